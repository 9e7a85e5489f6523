#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SCTP looks sockets and associations up in ways of its own: what belongs to
# another socket, another interface or another peer decides nothing for ours.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 5
modprobe sctp 2>/dev/null
grep -q '^SCTP' /proc/net/protocols || lacks "this kernel has no SCTP"
setup a b c

# for secure: a to the second address of b
# shellcheck disable=SC2034
Ax=$A4 Bx=10.2.0.2
at b ip addr add $Bx/24 dev eth0
# paths HOST PORT STATE N: it has so many latches of that port in that state
paths_min() { [ "$(latch "$1" port "$2" state "$3" | wc -l)" -ge "$4" ]; }

# ---- which socket listens ------------------------------------------------------
# the newer of two that share a port is found first
ssock v6 b -6 --only --bind ::,7001 --listen --ask require
ssock v4 b --bind 0.0.0.0,7001 --listen --ask off
mark b
ssock c6 c -6 --bind "$C6,7000" --connect "$B6,7001"
cond "refused" within 5 grown_min b InDropRequired 1
cond "not up" not event c6 up
ssock c4 c --bind "$C4,7002" --connect "$B4,7001"
cond "the other takes its own" within 5 event c4 up
all "L42 N17 a socket of all IPv4 addresses does not decide for one of IPv6 that requires"
for n in c4 c6 v4 v6; do stop $n; done
ssock v4 b --bind 0.0.0.0,7003 --listen --ask require
ssock v6 b -6 --only --bind ::,7003 --listen --ask off
mark b
ssock c4 c --bind "$C4,7004" --connect "$B4,7003"
cond "refused" within 5 grown_min b InDropRequired 1
cond "not up" not event c4 up
all "L42 N17 nor one of IPv6 only for one of IPv4"
for n in c4 v4 v6; do stop $n; done

# ---- another interface --------------------------------------------------------------
secure a b 4 0x1000
capture wire
ssock s b --dev eth0 --bind $B4,7101 --listen
ssock s2 a --bind $A4,7100 --connect $B4,7101
within 5 event s2 up && says_to s2 s one || bail "no association"
cond "latched" is_state b 7100 established
id=$(latch_id b 7100)
# old enough that no association is waited for
older() { # MILLISECONDS
	local ms

	ms=$(ctl b -j latch show "$id" | grep -o '"age_ms": *[0-9]*' | tr -dc 0-9)
	[ "${ms:-0}" -ge "$1" ]
}
within 5 older 2500 || bail "not older: $(ctl b -j latch show "$id")"
at b sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lo.rp_filter=0
mark b
at b rawsctp --bypass --src $A4 --dst $B4 --sport 7100 --dport 7101 --dev lo
cond "dropped" within 5 grown_min b InDropClear 1
cond "the same latch" eq "$(latch_id b 7100)" "$id"
wipe a b
tell s "send SECRETone"
cond "cut off" within 5 grown_min b OutDropBroken 1
cond "nothing in clear" not in_clear wire SECRET
all "L04 L05 N30 an INIT in the clear that comes by another interface ends no latch"
stop s
stop s2
within 5 no_latch b 7100

# ---- hidden by net.sctp.l3mdev_accept ----------------------------------------------
if at b sysctl -q -w net.sctp.l3mdev_accept=0 2>"$tmp/l3"; then
	secure a b 4 0x1100
	ssock l b --bind $B4,7201 --listen
	ssock l2 a --bind $A4,7200 --connect $B4,7201
	within 5 event l2 up && says_to l2 l one || bail "no association"
	id=$(latch_id b 7200)
	cond "old enough to be reaped" within 5 older 2500
	cond "the same latch" eq "$(latch_id b 7200)" "$id"
	wipe a b
	tell l "send SECRETtwo"
	cond "cut off" within 5 grown_min b OutDropBroken 1
	cond "nothing in clear" not in_clear wire SECRET
	all "L17 L04 an association lives also where net.sctp.l3mdev_accept hides it"
	stop l
	stop l2
	within 5 no_latch b 7200
	at b sysctl -q -w net.sctp.l3mdev_accept=1
else
	skip "L17 L04 an association lives also where it is hidden" "$(head -n 1 "$tmp/l3")"
fi

# ---- a path that waits, and another peer ----------------------------------------------
knob a latch_disposition wait
knob b latch_auto 0
# only for what they say: SCTP looks for a route before it knows its own address
pair_for() { # SPI SRC DST
	local h

	for h in a b; do
		sa $h "$2" "$3" "$1" gcm256 transport sel src "$2" dst "$3" ||
			bail "no SA"
	done
}
protect_pair a b x
bind_pair a b 4 0x1200
pair_for 0x1200 $A4 $B4
pair_for 0x1201 $B4 $A4
protect_pair a b 4
ssock p b --bind $B4+$Bx,7301 --listen
ssock p2 a --bind $A4,7300 --connect $Bx+$B4,7301
cond "one path waits" within 5 paths_min a 7300 larval 1
cond "up by the other" within 15 event p2 up
cond "which is latched" within 3 paths_min a 7300 established 1
# somebody else is behind b's addresses now
vouch a $B4 0x1300 "$ID_c" $A4 $B4 && sa a $A4 $B4 0x1300 || bail "no SA"
cond "broken" within 5 paths_min a 7300 broken 1
cond "the other waits yet" paths_min a 7300 larval 1
vouch a $Bx 0x1310 "$ID_c" $A4 $Bx && sa a $A4 $Bx 0x1310 || bail "no SA"
vouch a $A4 0x1311 "$ID_c" $A4 $Bx && sa a $Bx $A4 0x1311 || bail "no SA"
ip -n "$(ns c)" addr add $Bx/32 dev lo
ip -n "$(ns c)" route add $A4/32 via 10.3.0.254 src $Bx
sa c $Bx $A4 0x1311 || bail "no SA"
xfrm c policy add src $Bx/32 dst $A4/32 dir out tmpl proto esp mode transport
capture forged vc
mark a
at c rawsctp --src $Bx --dst $A4 --sport 7301 --dport 7300
cond "it was protected" within 5 captured_min forged esp 1
cond "dropped" within 5 grown_min a InDropBroken 1
tell p2 "send SECRETthree"
cond "so is what goes out" within 5 grown_min a OutDropBroken 1
cond "that is not latched to another" eq "$(latch a port 7300 state established)" ""
cond "nobody is let in by" eq "$(latch a port 7300 | grep -c "$ID_c")" 0
all "L33 L44 N29 a path that waits takes no other peer than the one that broke had"
stop p
stop p2
stop forged
stop wire
finish
