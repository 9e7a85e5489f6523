#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SAs that conflict with a latch break it, before they can carry anything; it
# is mended when the last conflict is gone, and not sooner.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 21
setup a b
knob a latch_disposition wait
knob b latch_disposition wait

# events HOST-MONITOR WORDS: that transition was announced
announced() { grep -q "$2" "$tmp/$1.out"; }

# begin NAME PORT SPI [ALG]: a latched connection and a's events
begin() {
	secure a b 4 "$3" "${4:-gcm256}"
	monitor a "$1.ev" latch sa
	connect "$1" a b 4 "$2" || bail "no connection $1"
	mark a b
}
# over NAME
over() {
	stop "$1.ev"
	hang_up "$1"
	# or the next conflict would break this one's latch as well
	within 8 no_latch a || bail "the latch of $1 does not go"
	wipe a b
}
# broken_only NAME PORT REASON: broken, told, and dead on the wire
broken_only() {
	cond "broken for $3" within 3 is_state a "$2" broken "$3"
	cond "announced" within 3 announced "$1.ev" \
		"latch established -> .* broken .* reason $3"
	cond "once" eq "$(grep -c 'latch established -> ' "$tmp/$1.ev.out")" 1
	cond "counted once" grown_is a LatchBroken 1
	tell "$1.c" "said while broken"
	cond "held back" within 5 grown_min a OutDropBroken 1
	cond "not heard" not hears "$1.s" "said while broken"
}
# mended NAME PORT
mended() {
	cond "established again" within 3 is_state a "$2" established
	cond "told" within 3 announced "$1.ev" 'latch broken -> .* established'
	cond "counted" grown_is a LatchRepaired 1
	cond "nothing lost" within 10 hears "$1.s" "said while broken"
	cond "goes on" talk "$1"
}

# ---- another peer -----------------------------------------------------------
begin peer 4301 0x1000
# what a helper asks before it answers a proposal
would() {
	ctl a sa check dst $B4 spi 0x1050 peer "$1" method manual \
		self "$ID_a" local $A4/32 remote $B4/32 "${@:2}"
}
cond "conflict, and with which" eq "$(would "$ID_c")" \
	"conflict latch $(latch_id a 4301)"
cond "narrowed to another port it is none" eq "$(would "$ID_c" upper tcp rport 9)" ok
cond "the latch's peer has none" eq "$(would "$ID_b")" ok
cond "nothing is bound" eq "$(ctl a sa list | wc -l)" 2
cond "nothing is broken" is_state a 4301 established
all "L30 L32 sa-check says which latch an SA would break, and that a narrower one would not"
vouch a $B4 0x1050 "$ID_c" $A4 $B4
cond "bound" eq "$?" 0
cond "broken when bind answers" is_state a 4301 broken peer
cond "the event came first" eq "$(grep -n 'established -> .* broken' \
	"$tmp/peer.ev.out" | cut -d: -f1)" \
	"$(($(grep -n 'sa-bind .*0x00001050' "$tmp/peer.ev.out" | cut -d: -f1) - 1))"
all "L33 L34 binding another peer's SA for the flow breaks the latch, tells, then accepts"
mark a
sa a $A4 $B4 0x1050
sa b $A4 $B4 0x1050
broken=$(ip -s -n "$(ns a)" xfrm state list spi 0x1050 | grep -c '(packets)')
tell peer.c "said while broken"
cond "held back" within 5 grown_min a OutDropBroken 1
cond "state is listed" [ "$broken" -ge 1 ]
cond "not a packet under the new SA" grep -q ' 0(packets)' \
	<(ip -s -n "$(ns a)" xfrm state list spi 0x1050 | grep -A1 'lifetime current')
cond "not heard" not hears peer.s "said while broken"
cond "no event without a transition" grown_is a LatchBroken 0
all "L33 L45 N06 no packet of the flow is sent under the other peer's SA"
sa_del a $B4 0x1050
sa_del b $B4 0x1050
mended peer 4301
all "N08 N31 the other peer's SA deleted: established again, nothing lost"
over peer

# ---- an SA that nobody vouched for ------------------------------------------
begin anon 4302 0x1100
sa a $A4 $B4 0x1150
broken_only anon 4302 unidentified
all "L33 N06 N07 an SA nobody vouched for over the flow breaks the latch"
sa_del a $B4 0x1150
mended anon 4302
all "N08 deleted: established again"
over anon

# ---- a binding that is taken back, and comes late -------------------------------
begin late 4303 0x1200
cond "unbound" ctl a sa unbind dst $B4 spi 0x1200
broken_only late 4303 unidentified
all "L33 N06 N07 the binding of an SA in use taken back: it is nobody's, and breaks the latch"
cond "bound again" vouch a $B4 0x1200 "$ID_b" $A4 $B4
mended late 4303
all "N08 bound again, which SA and policy events do not tell of: established"
over late

# ---- other quality, other mode -----------------------------------------------
# as the other end would have it: same peer, vouched for, but not the same
n=0
for row in "gcm128 transport qop" "gcm64 transport qop" "cbc transport qop" \
	"null transport protection" "gcm256 tunnel protection" \
	"gmac transport protection"; do
	# shellcheck disable=SC2086
	set -- $row
	port=$((4310 + (n += 1))) spi=$((0x2000 + n * 0x100))
	begin "q$n" $port $spi
	bind_pair a b 4 $((spi + 16))
	cond "the same peer's binding breaks nothing" is_state a $port established
	sa a $A4 $B4 $((spi + 16)) "$1" "$2"
	broken_only "q$n" $port "$3"
	all "L01 L33 N06 N16 an SA of the same peer with $1 in $2 mode: broken, $3"
	if [ $n = 1 ]; then
		sa_del a $B4 $((spi + 16))
		mended "q$n" $port
		all "N08 deleted: established again"
	fi
	over "q$n"
done

# ---- replay protection and extended sequence numbers --------------------------
begin esn 4320 0x3000
bind_pair a b 4 0x3010
sa a $A4 $B4 0x3010 gcm256 transport replay-window 64 flag esn
broken_only esn 4320 qop
all "L01 N16 an SA with extended sequence numbers: broken, qop"
over esn

# ---- another identity of ours --------------------------------------------------
begin self 4321 0x3100
ctl a sa bind dst $B4 spi 0x3110 peer "$ID_b" method manual self "$ID_d" \
	local $A4/32 remote $B4/32 >/dev/null
sa a $A4 $B4 0x3110
broken_only self 4321 local-id
all "L01 N16 an SA under another identity of our own: broken, local-id"
over self

# ---- two conflicts ------------------------------------------------------------
begin two 4330 0x4000
sa a $A4 $B4 0x4050
cond "broken" within 3 is_state a 4330 broken unidentified
vouch a $B4 0x4060 "$ID_c" $A4 $B4
sa a $A4 $B4 0x4060
sa_del a $B4 0x4050
# the state after the first is gone has been looked at when a third came
vouch a $B4 0x4070 "$ID_c" $A4 $B4
sa a $A4 $B4 0x4070
sa_del a $B4 0x4070
tell two.c "said while broken"
cond "still broken, for the other" within 3 is_state a 4330 broken peer
cond "held back" within 5 grown_min a OutDropBroken 1
cond "never mended meanwhile" grown_is a LatchRepaired 0
all "N08 two conflicts, one cleared: still broken"
sa_del a $B4 0x4060
mended two 4330
all "N08 both cleared: established"
over two

# ---- no latch beside a conflict ------------------------------------------------
secure a b 4 0x5000
vouch b $B4 0x5050 "$ID_c" $B4 $A4
sa b $A4 $B4 0x5050
mark b
serve c.s b $B4 4340
dial c.c a $B4 4340
cond "SYN refused" within 5 grown_min b InDropPeer 1
cond "counted" grown_min b LatchConflict 1
cond "no latch at b" no_latch b 4340
cond "not accepted" not connected c.s
all "L29 L30 L31 N14 a listener makes no latch beside SAs of two peers, and takes no connection"
sa_del b $B4 0x5050
cond "connects" within 8 connected c.s
cond "latched" within 3 is_state b 4340 established
all "L31 N14 with the conflict gone it does"
hang_up c
finish
