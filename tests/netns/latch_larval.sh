#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# connect() before there is any SA: the latch waits, nothing goes out, nothing
# comes in, one acquire asks for keys, and the SYN goes as soon as they come.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 15
setup a b

# hears_xfrm HOST: somebody listens to a group of NETLINK_XFRM (6)
hears_xfrm() {
	at "$1" awk '$2 == 6 && $4 != "00000000" { ok = 1 } END { exit !ok }' \
		/proc/net/netlink
}
acquires() { grep -c '^acquire' "$tmp/acq.out"; }

# one FAMILY PORT SPI
one() {
	local f=$1 port=$2 spi=$3 what=IPv$1 ax ay id t0 t1 snd sport

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	# a has no inbound policy: what keeps the clear out is not xfrm
	xfrm a policy add src "$(_full "$ax")" dst "$(_full "$ay")" dir out \
		priority 1000 tmpl proto esp mode transport
	protect b "$ay" "$ax"
	bg_at acq a ip xfrm monitor acquire
	within 5 hears_xfrm a || bail "ip xfrm monitor does not listen"
	monitor a "events$port" latch
	mark a
	capture "cap$port" va
	serve "l$port.s" b "$ay" "$port"
	dial "l$port.c" a "$ay" "$port"
	# a second try of TCP shows that the first was held back
	cond "SYN and its repetition are held" within 5 \
		grown_min a OutDropLarval 2
	cond "nothing on the wire" eq \
		"$(captured "cap$port" "tcp or esp or ip6 proto 6 or ip6 proto 50")" 0
	cond "no connection" not connected "l$port.c"
	all "U02 L02 without an SA no SYN leaves, clear or protected ($what)"
	is "L25 exactly one acquire asks for keys ($what)" "$(acquires)" 1
	is "L26 the waiting latch is visible ($what)" \
		"$(state_of a "$port") $(reason_of a "$port")" "larval pending"
	id=$(latch_id a "$port")

	# the right answer, but in the clear
	snd=$(seq_of "l$port.c" snd)
	sport=$(seq_of "l$port.c" lport)
	inject r --src "$ay" --dst "$ax" --sport "$port" --dport "$sport" \
		--flags syn,ack --seq 1000 --ack "$snd"
	cond "dropped" within 3 grown_min a InDropLarval 1
	inject r --src "$ay" --dst "$ax" --sport "$port" --dport "$sport" \
		--flags rst,ack --seq 1000 --ack "$snd"
	cond "dropped too" within 3 grown_min a InDropLarval 2
	cond "not connected" not connected "l$port.c"
	cond "not refused" alive "l$port.c"
	cond "still waiting" is_state a "$port" larval pending
	all "L03 L26 a clear SYN-ACK with the right numbers is not accepted, nor a reset ($what)"

	bind_pair a b "$f" "$spi"
	sa b "$ax" "$ay" "$spi"
	sa b "$ay" "$ax" $((spi + 1))
	sa a "$ay" "$ax" $((spi + 1))
	t0=$(now_ms)
	sa a "$ax" "$ay" "$spi"
	cond "connects" within 5 connected "l$port.c"
	t1=$(now_ms)
	cond "by the kick" grown_min a LatchKick 1
	cond "in $((t1 - t0)) ms" [ $((t1 - t0)) -lt $((500 * BTNS_SLOW)) ]
	all "L25 the SYN goes as soon as the SA is there, not a second later ($what)"
	cond "data both ways" talk "l$port"
	cond "established" is_state a "$port" established
	cond "by the same latch" eq "$(latch_id a "$port")" "$id"
	cond "peer" eq "$(row a "$port" peer)" "$ID_b, proved by manual"
	cond "birth" grep -q 'latch none -> .* larval ' "$tmp/events$port.out"
	cond "fill" grep -q 'latch larval -> .* established ' \
		"$tmp/events$port.out"
	all "L25 N14 the waiting latch takes its values from the SA that came ($what)"
	cond "no clear TCP" eq \
		"$(captured "cap$port" "(tcp or ip6 proto 6) and src $ax")" 0
	stop "cap$port"
	stop acq
	stop "events$port"
	hang_up "l$port"
	wipe a b
}

one 4 4101 0x1000
one 6 4102 0x1100

# ---- it does not wait for ever -------------------------------------------
at a sysctl -q -w net.ipv4.tcp_syn_retries=1
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1000 \
	tmpl proto esp mode transport
bg_at acq a ip xfrm monitor acquire
within 5 hears_xfrm a
capture late va
serve t.s b $B4 4103
dial t.c a $B4 4103
cond "waits" within 3 is_state a 4103 larval
cond "ends" within 10 dead t.c
cond "says so" says t.c 'timed out'
cond "no latch" within 5 no_latch a
cond "nothing on the wire" eq "$(captured late 'tcp or esp')" 0
all "L26 L15 without keys connect() times out like any other, and the latch goes"
at a sysctl -q -w net.ipv4.tcp_syn_retries=6
stop t.s
wipe a b

# ---- SAs of two peers are there already ------------------------------------
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1000 \
	tmpl proto esp mode transport
protect b $B4 $A4
bind_pair a b 4 0x1300
sa_pair a b 4 0x1300
vouch a $B4 0x1310 "$ID_c" $A4 $B4
sa a $A4 $B4 0x1310
mark a b
capture two va
serve w.s b $B4 4104
dial w.c a $B4 4104
cond "refused, and again" within 5 grown_min a LatchConflict 2
cond "not established" is_state a 4104 larval peer
cond "not connected" not connected w.c
cond "nothing on the wire" eq "$(captured two 'tcp or esp')" 0
all "L31 N14 SAs of two peers for one flow: no latch comes to be, nothing goes out"
sa_del a $B4 0x1310
cond "connects" within 8 talk w
cond "to b" eq "$(row a 4104 peer)" "$ID_b, proved by manual"
all "L31 with one of the two gone it connects, to the peer that is left"
hang_up w
finish
