#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xfrm interfaces: what goes through them is protected where the module does
# not see it any more, so it is not latched, on neither end, and that is said.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 7
setup a b

AX=10.9.0.1 BX=10.9.0.2
# wire HOST OWN OTHER INNER: an xfrm interface with if_id 7
wire() {
	ip -n "$(ns "$1")" -batch - <<-X || return 1
		link add x0 type xfrm dev eth0 if_id 7
		addr add $4/24 dev x0
		link set x0 up
	X
	xfrm "$1" policy add src 10.9.0.0/24 dst 10.9.0.0/24 dir out if_id 7 \
		tmpl src "$2" dst "$3" proto esp mode tunnel &&
		xfrm "$1" policy add src 10.9.0.0/24 dst 10.9.0.0/24 dir in if_id 7 \
			tmpl src "$3" dst "$2" proto esp mode tunnel
}
inner="sel src 10.9.0.0/24 dst 10.9.0.0/24"
# shellcheck disable=SC2086
if ! { wire a $A4 $B4 $AX && wire b $B4 $A4 $BX &&
	sa_pair a b 4 0x1000 gcm256 tunnel if_id 7 $inner &&
	vouch a $B4 0x1000 "$ID_b" $AX $BX &&
	vouch a $A4 0x1001 "$ID_b" $AX $BX &&
	vouch b $B4 0x1000 "$ID_a" $BX $AX &&
	vouch b $A4 0x1001 "$ID_a" $BX $AX; }; then
	bail "no xfrm interface"
fi

# ---- preferred ---------------------------------------------------------------
capture wire vb
mark a b
sock s b -l 4601 --json-info $BX
within 5 listening b 4601 || bail "no server"
sock c a --json-info $BX 4601
cond "connects" within 8 event c connected
cond "accepted" within 8 event s connected
cond "the client is told" within 3 event c info reason interface
cond "and has no latch" event c info state none
cond "the server is told" within 3 event s info reason interface
cond "and has none" event s info state none
cond "protected all the same" within 5 captured_min wire esp 3
cond "nothing in clear" eq "$(captured wire "host $AX")" 0
all "L42 N17 through xfrm interfaces: connected, not latched, and getsockopt() says why"
cond "none at a" no_latch a 4601
cond "none at b" no_latch b 4601
cond "none was ever made at a" grown_is a LatchMade 0
cond "none was ever made at b" grown_is b LatchMade 0
cond "nothing was dropped at b" grown_is b OutDropClear 0
all "N14 never a half latch: an inbound SYN through such an SA makes none"
stop c
stop s

# ---- required -----------------------------------------------------------------
mark a b
sock r a --ask require $BX 4602
cond "EACCES" within 5 event r error call connect errno EACCES
cond "counted" grown_min a OutDropRequired 1
stop r
cond "no latch is left" within 5 no_latch a 4602
all "L42 N15 required by the client: EACCES"
sock rs b -l 4603 --ask require $BX
within 5 listening b 4603 || bail "no server"
dial rc a $BX 4603
cond "refused" within 5 grown_min b InDropRequired 1
cond "not accepted" not event rs connected
cond "no latch" no_latch b 4603
all "L03 N17 required by the listener: the SYN is not taken"
stop rc
stop rs

# ---- one end only ------------------------------------------------------------
# b reaches the same network by a policy: what comes in was not through an
# interface there, what goes out at a is
ip -n "$(ns b)" link del x0
xfrm b policy flush
xfrm b state flush
within 5 eq "$(ctl b sa list | wc -l)" 0
ip -n "$(ns b)" addr add $BX/32 dev lo
ip -n "$(ns b)" route add $AX/32 via 10.2.0.254 src $BX
# shellcheck disable=SC2086
if ! { sa b $A4 $B4 0x1000 gcm256 tunnel $inner &&
	sa b $B4 $A4 0x1001 gcm256 tunnel $inner &&
	vouch b $B4 0x1000 "$ID_a" $BX $AX &&
	vouch b $A4 0x1001 "$ID_a" $BX $AX &&
	xfrm b policy add src $BX dst $AX dir out \
		tmpl src $B4 dst $A4 proto esp mode tunnel &&
	xfrm b policy add src $AX dst $BX dir in \
		tmpl src $A4 dst $B4 proto esp mode tunnel; }; then
	bail "no tunnel at b"
fi
serve one.s b $BX 4604
dial one.c a $BX 4604
cond "works" talk one
cond "latched where it can be" is_state b 4604 established
cond "not where it cannot" no_latch a 4604
all "N17 each end decides for itself"
# such an SA over a latched flow: of another peer, and yet no conflict
mark b
sa b $A4 $B4 0x1050 gcm256 tunnel if_id 9 sel src $AX dst $BX
cond "goes on" talk one
cond "never broken" grown_is b LatchBroken 0
all "N16 an SA of an interface covers no latch"
hang_up one

# ---- another namespace's interface -------------------------------------------
wipe a b
ip -n "$(ns a)" link del x0
within 8 no_latch a
within 8 no_latch b
ip -n "$(ns r)" link add x1 type xfrm dev va if_id 8
ip -n "$(ns r)" link set x1 netns "$(ns a)"
ip -n "$(ns a)" -batch - <<X
addr add $AX/24 dev x1
link set x1 up
X
sock x a --ask require $BX 4605
cond "EACCES" within 5 event x error call connect errno EACCES
all "L42 an interface whose SAs are in another namespace: EACCES if it is required"
stop x
ip -n "$(ns a)" link del x1
finish
