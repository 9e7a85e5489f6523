#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel TLS on top of a latched socket: it has TCP's only ULP, which btns
# leaves alone, and it breaks as TCP does.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 90
plan 4
_need tcpsock
setup a b
secure a b 4 0x1000

# tls_pair NAME PORT: NAME.c and NAME.s, connected, both with TLS
tls_pair() {
	tcps_serve "$1.s" b $B4 "$2"
	tcps "$1.c" a $B4 "$2"
	does "$1.c" connect || bail "no connection"
	tell "$1.s" accept
	within 3 event "$1.s" accept || bail "not accepted"
	does "$1.c" tls && does "$1.s" tls
}

if ! tls_pair k 4750; then
	note "$(cat "$tmp/k.c.out")"
	skip_rest="this kernel has no TLS for sockets"
	for what in "works" "breaks" "waits" "asks"; do
		skip "L12 kernel TLS $what" "$skip_rest"
	done
	finish
fi
capture tls va
cond "latched at a" is_state a 4750 established
cond "latched at b" is_state b 4750 established
tell k.c "send from-the-client"
tell k.s recv
cond "a record arrives" within 3 event k.s data text "from-the-client "
tell k.c info
cond "the socket shows its latch" within 3 event k.c info state established
cond "under ESP" captured_min tls esp 1
cond "and no TCP beside it" eq "$(captured tls tcp)" 0
all "L12 L06 kernel TLS on a latched socket: works, and the socket shows its latch"

enters k.c read || bail "read does not block"
# what comes when the latch has followed its socket is nobody's, and answered
# with a reset as policy says: in the clear now
gc=$(at a sysctl -n net.btns.latch_gc_ms)
knob a latch_gc_ms 60000
mark a
xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1
cond "broken" within 3 grown_is a LatchBroken 1
cond "read() of TLS: ECONNRESET" within 3 event k.c read errno ECONNRESET
tell k.s "send LATE"
cond "nothing leaves" eq "$(captured tls "tcp and src $A4")" 0
cond "nothing was delivered after" not event k.c data
xfrm a policy delete src $A4/32 dst $B4/32 proto tcp dir out
knob a latch_gc_ms "$gc"
all "L59 L45 a break under kernel TLS: the blocked read() gets ECONNRESET"
stop k.c
stop k.s
within 8 no_latch a && within 8 no_latch b || bail "latches are left"

knob a latch_disposition wait
tls_pair w 4751 || bail "no TLS the second time"
enters w.c read || bail "read does not block"
mark a
xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1
cond "broken" within 3 is_state a 4751 broken
tell w.s "send later-on"
cond "dropped" within 5 grown_min a InDropBroken 1
cond "not delivered" not event w.c data
xfrm a policy delete src $A4/32 dst $B4/32 proto tcp dir out
cond "delivered when mended, in one piece" within 10 event w.c data text "later-on "
all "L47 L46 wait under kernel TLS: nothing while broken, the record after"
stop w.c
stop w.s
knob a latch_disposition reset

tcps r.s b --listen $B4 4752
does r.s ask require && does r.s listen || bail "no server"
tcps r.c a $B4 4752
does r.c ask require || bail "ask"
does r.c connect || bail "no connection"
tell r.s accept
within 3 event r.s accept
does r.c tls && does r.s tls || bail "no TLS"
tell r.c info
cond "its wish" within 3 event r.c info ask require
tell r.c "ask prefer"
cond "EISCONN" within 3 event r.c ask errno EISCONN
all "L14 L41 under kernel TLS the wish is shown and cannot be changed, as under TCP"
stop r.c
stop r.s
finish
