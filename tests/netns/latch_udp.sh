#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# UDP: a connected socket is latched like a connection, one that is not is
# latched for each peer if it asks; what a break, a close and a repair do; the
# latch of a datagram can be asked for and required; notes on the error queue.
# shellcheck disable=SC2016,SC2317,SC2015 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 21
setup a b c
knob b latch_auto 0

# big_to FROM TO TEXT: more than fits into one packet
big_to() {
	tell "$1" "big 3000 $3"
	within 5 has_text "$tmp/$2.out" "\"bytes\":3000,\"text\":\"$3"
}

# ---- connected ------------------------------------------------------------
for f in 4 6; do
	[ $f = 4 ] && six='' || six=-6
	A=$(_addr a $f) B=$(_addr b $f) p=$((5000 + f * 10)) spi=0x${f}000
	secure a b $f $spi
	capture "cap$f"
	# shellcheck disable=SC2086
	usock s$f b $six --bind "$B,$p" --connect "$A,$((p + 1))"
	# shellcheck disable=SC2086
	usock c$f a $six --bind "$A,$((p + 1))" --connect "$B,$p"
	mark a
	cond "nothing said yet" no_latch a $p
	cond "arrives" says_to c$f s$f "one$f"
	cond "answer" says_to s$f c$f "two$f"
	cond "latched" is_state a $p established
	cond "counted" grown_min a OutOk 1
	cond "and in" grown_min a InOk 1
	tell c$f info
	cond "getsockopt" within 3 event c$f info state established peer "{\"id\":\"$ID_b"
	cond "big" big_to c$f s$f big$f
	cond "big back" big_to s$f c$f gib$f
	all "L06 L12 N27 UDP over IPv$f: a connected socket is latched by its first datagram"
	va=$(values a $p)

	# b speaks in the clear from the very address and port
	wipe b
	# nor does a's policy stop it: the latch alone does
	xfrm a policy delete src "$(_full "$B")" dst "$(_full "$A")" dir in
	tell s$f "send clear$f"
	cond "dropped" within 5 grown_min a InDropClear 1
	tell s$f "big 3000 clearbig$f"
	if [ $f = 6 ]; then
		cond "fragments too" within 5 grown_min a InDropFragment 1
	else
		cond "put together too" within 5 grown_min a InDropClear 2
	fi
	cond "not delivered" not got c$f "clear$f"
	cond "still latched" is_state a $p established
	all "L05 N30 IPv$f: clear datagrams of the flow, whole or in fragments, are dropped"
	xfrm a state flush
	bind_pair a b $f $((spi + 16)) && sa_pair a b $f $((spi + 16)) &&
		protect b "$B" "$A" || bail "no new SAs"
	cond "goes on" says_to c$f s$f "rekeyed$f"
	cond "back" says_to s$f c$f "dereyek$f"
	cond "same latch" eq "$(values a $p)" "$va"
	all "L14 N03 IPv$f: new SAs of the same peer: the latch and its values stay"

	xfrm a policy flush
	tell c$f "send SECRET$f"
	cond "broken" within 3 is_state a $p broken bypass
	cond "told" within 3 event c$f error call recv errno ECONNRESET
	cond "once" grown_is a SocketTold 1
	tell c$f "send SECRET$f again"
	cond "held back" within 3 grown_min a OutDropBroken 1
	cond "nothing in clear" not in_clear cap$f "SECRET$f"
	cond "stays broken" is_state a $p broken bypass
	all "L04 L45 L46 L61 N07 IPv$f: the policy goes: broken, the socket is told, nothing leaks"
	stop s$f
	stop c$f
	stop cap$f
	cond "goes" within 5 no_latch a $p
	all "L17 L43 N05 IPv$f: the socket is closed: its latch goes"
	wipe a b
done

# ---- waiting, and notes -------------------------------------------------------
secure a b 4 0x5000
usock ws b --bind $B4,5100 --connect $A4,5101
usock wc a --bind $A4,5101 --connect $B4,5100 --disposition wait --notify
says_to wc ws first || bail "no datagram"
xfrm a policy delete src $A4/32 dst $B4/32 dir out
cond "broken" within 3 is_state a 5100 broken bypass
cond "note of the break" within 3 event wc note state broken old established reason bypass errno 0
tell wc "send lost"
cond "no error" not event wc error
protect a $A4 $B4 2>/dev/null
cond "mended" within 3 is_state a 5100 established
cond "note of the repair" within 3 event wc note state established old broken
cond "goes on" says_to wc ws after
cond "what was said meanwhile is lost" not got ws lost
all "L47 L59 N08 N31 wait: as loss; break and repair are told by the error queue (MSG_ERRQUEUE)"
sock tc a --disposition wait --notify --bind $A4,5111 $B4 5110
serve ts b $B4 5110
stop tc
sock tc a --disposition reset --notify $B4 5110
within 5 event tc connected || bail "no connection"
xfrm a policy delete src $A4/32 dst $B4/32 dir out
cond "note, then error" within 3 event tc note state broken reason bypass errno ECONNRESET
cond "error" within 3 event tc error call read errno ECONNRESET
all "L59 N07 TCP: a note with state and reason comes with the reset"
stop tc
stop ts
protect a $A4 $B4 2>/dev/null
within 3 is_state a 5100 established || bail "not mended"

# ---- closed by an administrator ---------------------------------------------------
mark a
ctl a latch close "$(latch_id a 5100)" >/dev/null
cond "note" within 3 event wc note state closed reason admin
tell ws "send unheard"
cond "in: dropped" within 3 grown_min a InDropClosed 1
tell wc "send unsaid"
cond "out: dropped" within 3 grown_min a OutDropClosed 1
cond "nothing came" not got wc unheard
cond "nothing went" not got ws unsaid
cond "the latch stays while it cuts off" is_state a 5100 closed admin
all "L49 L50 N09 closed by an administrator: dropped both ways as long as the socket stays connected"
tell wc "connect $B4,5100"
usock ws2 b --bind $B4,5102 --connect $A4,5101
tell wc "connect $B4,5102"
cond "another peer port" says_to wc ws2 elsewhere
cond "its own latch" is_state a 5102 established
cond "the old one goes" within 5 no_latch a 5100
all "N05 N27 connected elsewhere: a new latch, and the old one goes"
stop ws
stop ws2
stop wc
wipe a b

# ---- no SA yet -----------------------------------------------------------------------
protect_pair a b 4
usock ls b --bind $B4,5120 --connect $A4,5121
usock lc a --bind $A4,5121 --connect $B4,5120 --ask require
capture lcap
tell lc "send EARLY"
cond "larval" within 3 is_state a 5120 larval pending
cond "nothing at all" eq "$(captured lcap udp)" 0
bind_pair a b 4 0x5100 && sa_pair a b 4 0x5100
tell lc "send late"
cond "established" within 5 is_state a 5120 established
cond "arrives" within 3 got ls late
cond "the first is lost, not late" not got ls EARLY
cond "never in clear" not in_clear lcap EARLY
all "L02 L25 L26 no SA yet: larval, nothing leaves, the next datagram goes under the SA"
stop lcap
stop ls
stop lc

# ---- not connected ---------------------------------------------------------------------
secure a c 4 0x5200
usock plain a --bind $A4,5130
usock many a --bind $A4,5131 --ask require --echo
usock pb b --bind $B4,5132
usock pc c --bind $C4,5133
tell pb "sendto $A4,5130 unasked"
cond "delivered" within 3 got plain unasked
cond "no latch" no_latch a 5130
all "N28 a socket that is not connected and asks for nothing has no latches"
mark a
tell pb "sendto $A4,5131 from-b"
cond "b heard" within 3 got many from-b
tell pc "sendto $A4,5131 from-c"
cond "c heard" within 3 got many from-c
cond "answers" within 3 got pc from-c
cond "one for b" is_state a 5132 established
cond "one for c" is_state a 5133 established
tell many "of $B4,5132"
cond "b's is b's" within 3 event many of state established peer "{\"id\":\"$ID_b"
tell many "of $C4,5133"
cond "c's is c's" within 3 event many of peer "{\"id\":\"$ID_c"
tell many "of $B4,9999"
cond "nobody's is none" within 3 event many of id 0 state none
all "N21 N28 N32 it asks: a latch for each peer, and each datagram's can be asked for"
id=$(latch_id a 5132)
tell many "pin $B4,5132 $((id + 1000))"
cond "wrong one" within 3 event many error call pin errno EINVAL
tell many "pin $C4,5133 $id"
cond "another's" within 3 eval '[ "$(grep -c "\"pin\",\"errno\":\"EINVAL" "$tmp/many.out")" = 2 ]'
tell many "pin $B4,5132 $id"
cond "its own" within 3 event many did call pin
knob a latch_idle 1
cond "c's goes when idle" within 6 no_latch a 5133
cond "b's stays" is_state a 5132 established
all "N28 the latch of a peer's datagrams can be required: EINVAL for another's, and it stays though idle"
xfrm c policy flush
tell pc "sendto $A4,5131 in-clear"
cond "refused" within 3 grown_min a InDropRequired 1
cond "not delivered" not got many in-clear
all "L03 L42 require: what comes unprotected is not delivered"
xfrm a policy flush
tell many "sendto $B4,5132 SPILL"
cond "held back" within 3 grown_min a OutDropBroken 1
cond "broken" is_state a 5132 broken bypass
cond "the socket hears nothing of one peer" not event many error call recv
all "L45 N28 broken for one peer: cut off, and no error to a socket with many"
stop many
stop plain
cond "all go" within 5 no_latch a
all "L43 N05 closed: all its latches go"
finish
