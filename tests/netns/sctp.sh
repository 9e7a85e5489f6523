#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SCTP: an association is latched by its INIT, and every pair of addresses that
# it uses to the same peer; what a break of one path, of all, and a foreign
# address do; one-to-one and one-to-many; addresses that come and go.
# shellcheck disable=SC2016,SC2317,SC2015,SC2034 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 150
plan 20
modprobe sctp 2>/dev/null
grep -q '^SCTP' /proc/net/protocols || lacks "this kernel has no SCTP"
setup a b c

# second addresses, and the pairs that they make: 4b 4b, 4 4b, 4b 4
A4b=10.1.0.2 B4b=10.2.0.2 Ax=$A4 Bx=10.2.0.2 Ay=10.1.0.2 By=$B4
for h in a b; do
	at $h ip addr add "$(_addr $h 4b)/24" dev eth0
	at $h sysctl -q -w net.sctp.addip_enable=1 net.sctp.addip_noauth_enable=1
done

# paths HOST PORT: latches of that port by state, as "N state"
paths() { latch "$1" port "$2" | awk '{n[$2]++} END {for (s in n) print n[s], s}'; }
paths_min() { # HOST PORT STATE N
	[ "$(latch "$1" port "$2" state "$3" | wc -l)" -ge "$4" ]
}
# peers HOST PORT: how many peers the latches of that port have
peers() { latch "$1" port "$2" | grep -o ' peer [^ ]*' | sort -u | wc -l; }
eq_paths() { eq "$(paths b 6500)" "1 established"; }
# has_path HOST REMOTE PORT
has_path() { latch "$1" port "$3" | grep -q " $2[,:. ]"; }

# ---- one path ----------------------------------------------------------------
for f in 4 6; do
	[ $f = 4 ] && six='' || six=-6
	A=$(_addr a $f) B=$(_addr b $f) p=$((6000 + f * 10)) spi=0x${f}000
	secure a b $f $spi
	capture "cap$f"
	# shellcheck disable=SC2086
	ssock s$f b $six --bind "$B,$p" --listen --ask require
	mark a b
	# shellcheck disable=SC2086
	ssock c$f a $six --bind "$A,$((p + 1))" --connect "$B,$p"
	cond "up" within 5 event c$f up
	cond "accepted" within 5 event s$f accepted
	cond "there" says_to c$f s$f "one$f"
	cond "and back" says_to s$f c$f "two$f"
	cond "latched" is_state a $((p + 1)) established
	cond "latched at b" is_state b $((p + 1)) established
	cond "one latch each" eq "$(paths a $((p + 1)))" "1 established"
	tell c$f info
	cond "getsockopt" within 3 event c$f info state established peer "{\"id\":\"$ID_b"
	tell s$f info
	cond "accepted socket" within 3 event s$f info state established peer "{\"id\":\"$ID_a"
	cond "nothing in clear" not in_clear cap$f "one$f"
	all "L06 L12 N17 N29 SCTP over IPv$f: the INIT latches the association on both ends"
	va=$(values a $((p + 1)))

	wipe b
	xfrm a policy delete src "$(_full "$B")" dst "$(_full "$A")" dir in
	# b's own latch is broken by its wipe: what it sends is held there
	cond "b holds it" within 5 is_state b $((p + 1)) broken
	tell s$f "send SECRET$f"
	cond "told" within 5 event s$f error call recv errno ECONNRESET
	cond "held" within 5 grown_min b OutDropBroken 1
	cond "nothing in clear" not in_clear cap$f "SECRET$f"
	cond "a is latched yet" is_state a $((p + 1)) established
	cond "same values" eq "$(values a $((p + 1)))" "$va"
	all "L04 L45 L46 L61 N07 IPv$f: SPD and SAD flushed: broken, the socket is told, nothing leaks"
	stop s$f
	stop c$f
	stop cap$f
	cond "goes at a" within 5 no_latch a $((p + 1))
	cond "goes at b" within 5 no_latch b $((p + 1))
	all "L17 L43 N05 IPv$f: the sockets are closed: the latches go"
	wipe a b
done

# ---- what is sent in the clear -------------------------------------------------
secure a b 4 0x4100
knob b latch_auto 0
ssock cs b --bind $B4,6101 --listen
ssock cc a --bind $A4,6100 --connect $B4,6101
within 5 event cc up && says_to cc cs first || bail "no association"
cond "b has no latch" no_latch b 6100
va=$(values a 6100)
mark a
wipe b
xfrm a policy delete src $B4/32 dst $A4/32 dir in
tell cs "send clear"
cond "dropped" within 5 grown_min a InDropClear 1
cond "not delivered" not got cc clear
cond "latched yet" is_state a 6100 established
all "L05 N30 chunks in the clear for a latched association are dropped"
xfrm a state flush
bind_pair a b 4 0x4110 && sa_pair a b 4 0x4110 && protect b $B4 $A4 ||
	bail "no new SAs"
cond "goes on" says_to cc cs rekeyed
cond "back" says_to cs cc dereyek
cond "same latch" eq "$(values a 6100)" "$va"
all "L14 N03 new SAs of the same peer: the latch and its values stay"
stop cc
stop cs
within 5 no_latch a 6100
wipe a b
knob b latch_auto 1

# ---- required ------------------------------------------------------------------
ssock rs b --bind $B4,6201 --listen --ask require
mark b a
ssock rc a --bind $A4,6200 --connect $B4,6201
cond "clear INIT is refused" within 5 grown_min b InDropRequired 1
cond "not up" not event rc up
stop rc
ssock rq a --bind $A4,6202 --connect $B4,6201 --ask require
cond "told" within 5 event rq error errno EACCES
cond "nothing left a" within 3 grown_min a OutDropRequired 1
stop rq
secure a b 4 0x4200
ssock ro a --bind $A4,6204 --connect $B4,6201 --ask require --peer "$ID_c"
cond "another peer" within 5 event ro error errno EKEYREJECTED
stop ro
ssock ry a --bind $A4,6206 --connect $B4,6201 --ask require --peer "$ID_b"
cond "the right one" within 5 event ry up
all "L42 N15 N17 N18 require: clear INITs are not answered, connect() gets EACCES or EKEYREJECTED"
stop ry
stop rs
within 5 no_latch a 6206
wipe a b

# ---- many paths ------------------------------------------------------------------
four() { # SPI: all four pairs of addresses
	secure a b 4 "$1"
	secure a b 4b $(($1 + 16))
	secure a b x $(($1 + 32))
	secure a b y $(($1 + 48))
}
four 0x4300
capture capm
ssock ms b --bind $B4+$B4b,6301 --listen
ssock mc a --bind $A4+$A4b,6300 --connect $B4,6301
cond "up" within 5 event mc up
cond "there" says_to mc ms multi
cond "paths latched at a" within 8 paths_min a 6300 established 3
cond "paths latched at b" within 8 paths_min b 6300 established 3
cond "one peer at a" eq "$(peers a 6300)" 1
cond "one peer at b" eq "$(peers b 6300)" 1
tell mc "of $B4b,6301"
cond "asked by its other address" within 3 event mc of state established peer "{\"id\":\"$ID_b"
all "L44 N29 a multi-homed association: each pair of addresses is latched, to one peer"

# the first path goes; the association does not
cut_first() {
	local h

	for h in a b; do
		xfrm $h policy delete src $A4/32 dst $B4/32 dir "$([ $h = a ] && echo out || echo in)"
		xfrm $h policy delete src $B4/32 dst $A4/32 dir "$([ $h = a ] && echo in || echo out)"
	done
	within 5 paths_min a 6300 broken 1
}
goes_on() { says_to mc ms SECRETone && says_to ms mc SECRETtwo; }
# SCTP has one address of its own for each of the peer's, which it takes by
# chance; one time in ten, all answers go by the very pair that is cut off
another() { # SPI
	stop mc
	stop ms
	within 10 no_latch a 6300 && within 10 no_latch b 6300 || return
	wipe a b
	four "$1"
	ssock ms b --bind $B4+$B4b,6301 --listen
	ssock mc a --bind $A4+$A4b,6300 --connect $B4,6301
	within 8 paths_min a 6300 established 3 && cut_first
}
cond "that path is broken" cut_first
went=
for spi in 0x4340 0x4380 0x43c0 ''; do
	goes_on && went=1 && break
	{ [ -n "$spi" ] && another $spi; } || break
done
cond "goes on, and back" [ -n "$went" ]
cond "not told" not event mc error
cond "not told" not event ms error
cond "nothing in clear" not in_clear capm SECRET
all "L61 N29 one path is cut off: SCTP goes on by another, the program is not told"
for h in a b; do xfrm $h policy flush; done
tell mc "send SECRETthree"
cond "all broken" within 5 paths_min a 6300 broken 3
cond "none good" not paths_min a 6300 established 1
cond "told" within 10 event mc error call recv errno ECONNRESET
cond "nothing in clear" not in_clear capm SECRET
all "L04 L45 L61 N07 no path is left: the program gets ECONNRESET, nothing leaks"
stop mc
stop ms
stop capm
cond "gone" within 5 no_latch a 6300
cond "gone" within 5 no_latch b 6300
all "L17 L43 the association is closed: all its latches go"
wipe a b

# ---- addresses of others ----------------------------------------------------------
# to b's second address a has SAs of c's: b named an address that is not its own
secure a b 4 0x4400
secure a b y 0x4410
vouch a $B4b 0x4420 "$ID_c" $A4 $B4b && vouch a $A4 0x4421 "$ID_c" $A4 $B4b &&
	sa_pair a b x 0x4420 && protect_pair a b x || bail "no SAs for x"
capture capo
mark a
ssock os b --bind $B4+$B4b,6401 --listen
ssock oc a --bind $A4,6400 --connect $B4,6401
cond "up" within 5 event oc up
cond "there" says_to oc os SECRETmine
cond "the other path is refused" within 8 grown_min a OutDropPeer 1
cond "and has no latch" not has_path a $B4b 6400
cond "goes on" says_to oc os SECREToften
cond "one peer" eq "$(peers a 6400)" 1
all "L33 L44 N29 an address that is somebody else's gets no path"

# c says in its INIT that b's address is its own, from b's port
secure a c 4 0x4500
at c ip addr add $B4/32 dev lo
mark a
ssock on c --bind $C4+$B4,6401 --connect $A4,6400
cond "refused" within 8 grown_min a InDropPeer 1
cond "no answer" not event on up
cond "goes on" says_to oc os still
cond "established" is_state a 6400 established
at c ip addr delete $B4/32 dev lo
all "L33 N29 an INIT of another peer that names an address of a latched association is dropped"
stop on
stop oc
stop os
stop capo
within 5 no_latch a 6400
wipe a b c

# ---- addresses that come and go ------------------------------------------------------
four 0x4600
ssock ds b --bind $B4,6501 --listen
ssock dc a --bind $A4,6500 --connect $B4,6501
within 5 event dc up && says_to dc ds one || bail "no association"
cond "one path" eq "$(paths b 6500)" "1 established"
tell dc "add $A4b"
cond "added" within 3 event dc did call add
cond "a second path" within 8 paths_min b 6500 established 2
cond "one peer" eq "$(peers b 6500)" 1
cond "goes on" says_to ds dc two
tell dc "delete $A4b"
cond "deleted" within 3 event dc did call delete
cond "one path" within 8 eq_paths
all "N29 ASCONF: an address that is added is latched to the same peer, one that is deleted goes"
stop dc
stop ds
within 5 no_latch b 6500

# ---- one to many ---------------------------------------------------------------------
secure b c 4 0x4700
ssock ns b --many --bind $B4,6601 --listen --ask require --echo
ssock na a --bind $A4,6600 --connect $B4,6601
ssock nc c --bind $C4,6600 --connect $B4,6601
cond "a is up" within 5 event na up
cond "c is up" within 5 event nc up
cond "a is answered" says_to na na froma
cond "c is answered" says_to nc nc fromc
tell ns "of $A4,6600"
cond "a's latch" within 3 event ns of peer "{\"id\":\"$ID_a"
tell ns "of $C4,6600"
cond "c's latch" within 3 event ns of peer "{\"id\":\"$ID_c"
all "N27 N29 L49 one socket, many associations: each is latched to its own peer, which can be asked"
mark b
xfrm b policy delete src $B4/32 dst $A4/32 dir out
cond "lost" within 5 event ns lost
cond "not an error of the socket" not event ns error
cond "c goes on" says_to nc nc again
all "L47 L61 N07 one association breaks: SCTP_COMM_LOST for it, the others go on"
for n in ns na nc; do stop $n; done
cond "gone" within 5 no_latch b 6601
all "L17 L43 the socket is closed: its latches go"
wipe a b c

# ---- in a VRF --------------------------------------------------------------------------
# a packet is received on the VRF then, and not on what the socket is bound to
if at b ip link add red type vrf table 100 2>"$tmp/vrf.err"; then
	at b ip link set red up
	at b ip link set eth0 master red
	at b ip route add default via 10.2.0.254 table 100
	# before 6.2 an address of a VRF could not be bound to
	echo quit | at b sctpsock --dev eth0 --bind $B4,6701 >"$tmp/vrf.err"
fi
if grep -q ready "$tmp/vrf.err"; then
	four 0x4800
	ssock vs b --dev eth0 --bind $B4,6701 --listen
	ssock vc a --bind $A4+$A4b,6700 --connect $B4,6701
	cond "up" within 5 event vc up
	cond "there" says_to vc vs vrf
	cond "both paths latched" within 8 paths_min b 6700 established 2
	cond "one peer" eq "$(peers b 6700)" 1
	all "N29 in a VRF, bound to a device in it: every path is latched"
	stop vc
	stop vs
	within 5 no_latch b 6700
else
	skip "N29 in a VRF: every path is latched" "no VRF: $(head -n 1 "$tmp/vrf.err")"
fi
at b ip link set eth0 nomaster
at b ip link del red 2>"$tmp/vrf.err"
finish
