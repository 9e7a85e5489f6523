#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A peer that everybody knows floods its own SAs with SYNs, then with ACKs. Others
# talk on and connect as ever, and when it is over nothing of it is left.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
plan 8
setup a b c
secure a b 4 0x1000
# c can send and does not hear: it answers nothing, so its SYNs stay half open
bind_pair c b 4 0x2000
for h in b c; do sa $h $C4 $B4 0x2000 || bail "no SA"; done
sa b $B4 $C4 0x2001 || bail "no SA"
protect_pair c b 4
at b sysctl -q -w net.ipv4.tcp_synack_retries=1 net.ipv4.tcp_max_syn_backlog=4096
knob c latch_auto 0

slab() { awk '$1 == "btns_latch" { print $2 }' /proc/slabinfo; }
held() { ctl b status | awk '/^latches/ { print $2 }'; }
flood() { # FLAGS COUNT: from c, through its SA
	at c rawtcp --src $C4 --dst $B4 --sport 1 --dport 5601 --flags "$1" --flood "$2"
}
# a few more than the limit: CPUs may see the same room
within_limit() { [ "$(held)" -le "$1" ]; }
# a guest loses some of them before they reach its SA
many=3000
[ "$BTNS_SLOW" = 1 ] || many=1000

end srv b "$(_listen_url $B4 5601),fork,backlog=4096"
within 5 listening b 5601 || bail "no server"
connect old a b 4 5602 || bail "no connection"
slab0=$(slab)
base=$(held)
knob b latch_max 400
knob b embryo_max_peer 100

# one WHAT: the flood with the limits as they are
one() {
	local what=$1 n=$2

	mark b
	flood syn $many
	cond "it came through the SA" within 10 \
		grown_min b LatchEmbryoLimit $((many / 6))
	cond "bounded" within_limit $((base + 100 + 8))
	cond "the table is not full" grown_is b LatchLimit 0
	cond "nothing dropped for it" grown_is b InDropLimit 0
	cond "talks on" talk old
	dial "new$n" a $B4 5601
	cond "connects" within 5 connected "new$n"
	cond "latched at once" within 3 grown_min b InOk 3
	all "N18 a flood of SYNs by an identified peer: $what"
}
over() {
	local n

	for n in "$@"; do stop "$n"; done
	within 20 within_limit "$base"
}
one "others talk and connect" 1
cond "gone" over new1
all "N18 L43 its latches go with their SYNs"
at b sysctl -q -w net.ipv4.tcp_syncookies=0
one "the same without SYN cookies" 2
cond "gone" over new2
at b sysctl -q -w net.ipv4.tcp_syncookies=1
knob b embryo_max_peer 4096
knob b embryo_max 50
mark b
flood syn $many
cond "counted" within 10 grown_min b LatchEmbryoLimit $((many / 6))
cond "bounded" within_limit $((base + 50 + 8))
dial new3 a $B4 5601
cond "connects" within 5 connected new3
cond "and is latched" within 3 eval '[ "$(ctl a latch list port 5601 state established | wc -l)" = 1 ]'
all "N18 the same with the limit for all: who opens then is latched by its ACK"
stop new3
within 20 within_limit "$base" || bail "latches are left"
# an ACK to one of those SYNs that passed without a latch is no stray one
quiet() { [ -z "$(at b ss -Htn state syn-recv)" ]; }
within 20 quiet || bail "requests are left"

# ---- ACKs, as if they answered SYN cookies ----------------------------------
knob b embryo_max_peer 100
knob b embryo_max 16384
mark b
flood ack $many
cond "dropped" within 10 grown_min b InDropLimit $((many / 6))
cond "bounded" within_limit $((base + 100 + 8))
cond "talks on" talk old
dial new4 a $B4 5601
cond "connects" within 5 connected new4
all "N18 N19 a flood of ACKs is dropped at the limit, others connect"
cond "gone" over new4
all "N18 L43 and nothing of it is left"

# ---- a peer at its limit may yet connect --------------------------------------
knob b embryo_max_peer 0
mark a b
connect late a b 4 5603 || bail "no connection"
cond "passed" grown_min b LatchEmbryoLimit 1
cond "latched" is_state b 5603 established
cond "with its peer" eq "$(row b 5603 peer)" "$ID_a, proved by manual"
cond "born of its listener" grown_is b LatchListener 1
all "N18 N19 without room for a SYN the ACK makes the latch"
hang_up late
knob b embryo_max_peer 4096
cond "talks on" talk old
slab_back() { [ "$(slab)" -le $((slab0 + 500)) ]; }
if [ -r /proc/slabinfo ] && [ -n "$(slab)" ]; then
	cond "objects: $slab0, then $(slab)" within 10 slab_back
	all "L43 N18 the memory is where it was"
else
	skip "L43 N18 the memory is where it was" "this kernel does not list the slab"
fi
stop srv
finish
