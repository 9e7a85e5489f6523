#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Policies of a connection's own: an unprivileged program asks for protection
# where policy asks for none, and for SAs that serve nothing else. Only that one
# 5-tuple has them, from its first packet on, and they go with it.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
plan 13
setup a b
# shellcheck disable=SC2034
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

# keys, but no policy on either end
bind_pair a b 4 0x1000
sa_pair a b 4 0x1000
bind_pair a b 6 0x1100
sa_pair a b 6 0x1100

spd() { xfrm "$1" policy list | grep -v '^ *lifetime'; }
# own HOST: how many policies of sockets there are, in REPLY
own() {
	local n

	n=$(xfrm "$1" policy list | grep -c 'socket \(in\|out\)')
	eq "$n" "$2"
}
empty_a=$(spd a) empty_b=$(spd b)

sock l b -l 474 --json-info --ask require --protect $B4
sock plain b -l 475 $B4
sock l6 b -6 -l 476 --json-info --ask require --protect $B6
within 5 event l listening && within 5 event plain listening &&
	within 5 event l6 listening || bail "no servers: $(cat "$tmp"/{l,plain,l6}.{out,err})"

# ---- protection under no policy ---------------------------------------------------
capture wire
# shellcheck disable=SC2086
bg_at u a $nobody latchsock --json-info --timeout $((20 * BTNS_SLOW)) \
	--ask require --protect --disposition wait --send hidden --count 3 --hold $B4 474
cond "connected" within 8 event u connected
cond "latched" event u info state established
cond "accepted" within 8 event l connected
cond "latched there" within 3 is_state b 474 established
cond "data arrives" within 8 event l data text "hidden 000003 "
cond "nothing of it in the clear" eq "$(captured wire "tcp port 474")" 0
cond "not even its text" not in_clear wire hidden
cond "under ESP" captured_min wire "esp" 4
all "L11 L55 L56 L57 N24 an unprivileged program asks for protection: not a packet is in the clear"
cond "a's socket has a pair" own a 2
cond "b's listener and connection have theirs" own b 4
cond "exactly the 5-tuple" grep -Eq "src $A4/32 dst $B4/32 proto tcp sport [0-9]+ dport 474" <(spd a)
all "L55 the policies are the socket's, for exactly that 5-tuple"
sock p1 a --send open --count 1 --hold $B4 475
cond "connected" within 5 event p1 connected
cond "in the clear" within 5 captured_min wire "tcp port 475" 3
cond "arrives" within 5 event plain data text "open 000001 "
all "L55 a connection that does not ask stays in the clear"
sock p2 a $B4 474
mark b
cond "not answered" within 8 captured_min wire "tcp port 474 and tcp[tcpflags] == tcp-syn" 1
nap 0.3
cond "not accepted" eq "$(grep -c '"event":"connected"' "$tmp/l.out")" 1
cond "no answer in the clear" eq "$(captured wire "tcp src port 474")" 0
all "L55 N17 a clear SYN to the port that asks for protection is not answered"
stop p2
stop p1

# ---- policy edits --------------------------------------------------------------------
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 5 action allow
cond "goes on" within 3 is_state a 474 established
xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1 action block
cond "breaks" within 5 is_state a 474 broken block
all "L35 N24 an explicit bypass changes nothing for it; a block breaks it: the SPD has the last word"
xfrm a policy flush
cond "mends" within 5 is_state a 474 established
stop u
cond "gone in a" within 8 own a 0
cond "connection's gone in b" within 8 own b 2
stop l
cond "listener's gone in b" within 8 own b 0
cond "a as before" eq "$(spd a)" "$empty_a"
cond "b as before" eq "$(spd b)" "$empty_b"
all "L17 L18 L58 N01 the policies go with their sockets; the dumps are as before"

# ---- IPv6 ------------------------------------------------------------------------------
sock c6 a -6 --json-info --ask require --protect --send six --count 1 --hold $B6 476
cond "connected" within 8 event c6 connected
cond "latched" event c6 info state established
cond "arrives" within 8 event l6 data text "six 000001 "
cond "not in the clear" not in_clear wire "six 0"
all "L55 the same over IPv6"
stop c6
stop l6
stop wire

# ---- what the SPD says stays -------------------------------------------------------------
protect_pair a b 4
sock s b -l 477 --ask require --protect $B4
within 5 event s listening
sock d1 a --json-info --ask require --protect $B4 477
cond "connected" within 8 event d1 connected
cond "no policy of its own" own a 0
all "N24 where policy protects it is the policy that says how: nothing is added"
stop d1
xfrm a policy flush
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1 action block
sock d2 a --ask require --protect $B4 477
cond "refused" within 5 ends_with 1 d2
cond "no policy of its own" own a 0
all "L11 N24 where policy blocks, asking for protection does not get past it"
stop s
wipe a b

# ---- many at once ----------------------------------------------------------------------------
bind_pair a b 4 0x1200
sa_pair a b 4 0x1200
sock s b -l 478 --ask require --protect $B4
within 5 event s listening
sock m0 a --ask require --protect $B4 478
cond "the first" within 10 event m0 connected
stop m0
mark a b
for i in 1 2 3 4 5 6; do
	sock "m$i" a --json-info --ask require --protect --send many --count 2 --hold $B4 478
done
for i in 1 2 3 4 5 6; do
	cond "$i connected" within 10 event "m$i" connected
done
cond "six pairs" within 5 own a 12
cond "six arrive" within 8 eval '[ $(grep -c "many 000002" "$tmp/s.out") = 6 ]'
all "L57 six at once: each has its own"
# xfrm keeps the policies of all sockets in one list with the SPD
cond "a" grown_is a SpdWalk 0
cond "b" grown_is b SpdWalk 0
all "L57 N15 no SYN has the policies of the other sockets looked through"
for i in 1 2 3 4 5 6; do
	stop "m$i"
done
cond "none left" within 8 own a 0
# no SA serves it alone, so it waits; what it has says how it would go
protect a $A4 $B4
sock d3 a --ask require --narrow $B4 478
cond "a pair, as policy protects now" within 8 own a 2
stop d3
xfrm a policy flush
cond "none left" within 8 own a 0
sock d4 a --ask require --protect $B4 478
cond "connects, as policy does not any more" within 10 event d4 connected
stop d4
cond "looked through" grown_min a SpdWalk 1
all "L20 L57 N24 what the SPD says is heard at once"
knob a latch_auto 0
sock o a --ask off $B4 478
cond "not accepted" not within 1 event o connected
stop o
all "N02 no option, no policy object"
stop s
finish
