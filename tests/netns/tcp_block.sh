#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A break while the program is blocked in a call: connect(), accept(), read(),
# poll(), write(), sendfile(), splice() and the same through io_uring. It is
# woken, hears the errno of its disposition, and gets nothing that came after.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 7
_need tcpsock
setup a b

bypass_on() {
	xfrm "$1" policy add src "$2/32" dst "$3/32" proto tcp dir out priority 1
}
bypass_off() {
	xfrm "$1" policy delete src "$2/32" dst "$3/32" proto tcp dir out
}

readers="read splice poll"
writers="write sendfile"
uring=
tcps probe a $B4 4700
tell probe uring-poll
if within 3 event probe enter op uring-poll; then
	uring=yes
	readers+=" uring-read uring-poll"
	writers+=" uring-write"
else
	note "this kernel has no io_uring: its calls are left out"
fi
stop probe

secure a b 4 0x1000
# nobody accepts: the kernel takes the connections and what fits of the data
tcps_serve srv b $B4 4700

# round ERRNO: one break meets all of them
round() {
	local errno=$1 op ops=0

	for op in $readers $writers; do
		tcps "$op" a --sndbuf 8192 $B4 4700
		does "$op" connect || bail "no connection for $op"
	done
	for op in $readers $writers; do
		enters "$op" "$op" || bail "$op does not block"
		ops=$((ops + 1))
	done
	# the writers come to a stop only when all buffers are full
	for op in $writers; do
		within 8 stalled "$op" || bail "$op does not stall"
	done
	mark a
	bypass_on a $A4 $B4
	for op in $readers $writers; do
		case $op in
		*poll) cond "$op wakes" within 4 event "$op" "$op" err 1 hup 1 ;;
		# had sent a part, which is what it returned: the error went
		# with it, as with any reset
		sendfile) cond "$op ends" within 4 event "$op" "$op" errno EPIPE ;;
		*) cond "$op: $errno" within 4 event "$op" "$op" errno "$errno" ;;
		esac
	done
	cond "every latch broke" grown_is a LatchBroken $ops
	cond "every program was told" grown_is a SocketAborted $ops
	for op in $readers $writers; do
		case $op in
		*poll) # the error is there to be read after poll()
			tell "$op" read
			cond "read after $op" within 3 event "$op" read errno "$errno"
			;;
		esac
		cond "nothing was delivered to $op" not event "$op" data
		stop "$op"
	done
	bypass_off a $A4 $B4
	cond "their latches go" within 5 no_latch a
}
# stalled NAME: its data wait in the kernel and it sleeps
stalled() { asleep "$1" && nap 0.1 && asleep "$1" && nap 0.1 && asleep "$1"; }

round ECONNRESET
all "L59 L61 L45 reset: blocked in read, splice, poll, write, sendfile${uring:+, io_uring}: woken, ECONNRESET"
knob a latch_disposition unreachable
round EHOSTUNREACH
all "L59 unreachable: the same calls, EHOSTUNREACH"
knob a latch_disposition reset
stop srv
within 5 no_latch b

# ---- wait: nobody is woken ----------------------------------------------------
knob a latch_disposition wait
tcps_serve srv b $B4 4701
tcps w a $B4 4701
does w connect || bail "no connection"
enters srv accept || within 3 event srv accept
enters w read || bail "read does not block"
mark a
bypass_on a $A4 $B4
cond "broken" within 3 is_state a 4701 broken
tell srv "send LATE"
cond "what comes is dropped" within 5 grown_min a InDropBroken 1
cond "not delivered" not event w data
cond "still blocked" asleep w
bypass_off a $A4 $B4
cond "mended" within 3 is_state a 4701 established
cond "then it is delivered" within 10 event w data text "LATE "
all "L46 L47 L59 wait: read() stays blocked, gets nothing while broken, and all of it after"
stop w
stop srv
within 5 no_latch a
knob a latch_disposition reset
wipe a b

# ---- connect() ------------------------------------------------------------------
# larval: no SA at all; an administrator gives up waiting
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1000 \
	tmpl proto esp mode transport
ops=connect${uring:+ uring-connect}
for op in $ops; do
	tcps "$op" a $B4 4702
	enters "$op" "$op" || bail "$op does not block"
	cond "$op waits" within 3 is_state a 4702 larval
	ctl a latch close all >/dev/null
	cond "$op: ECONNRESET" within 4 event "$op" "$op" errno ECONNRESET
	stop "$op"
	cond "its latch goes" within 5 no_latch a 4702
done
all "L48 L26 closed by an administrator while blocked in connect() without an SA: ECONNRESET"

# established, but the SYN is not answered: b has no SA
wipe a b
bind_pair a b 4 0x2000
sa a $A4 $B4 0x2000
sa a $B4 $A4 0x2001
protect a $A4 $B4
for op in $ops; do
	for d in reset:ECONNRESET unreachable:EHOSTUNREACH; do
		knob a latch_disposition "${d%:*}"
		tcps "$op" a $B4 4703
		enters "$op" "$op" || bail "$op does not block"
		cond "$op sent its SYN" within 3 is_state a 4703 established
		bypass_on a $A4 $B4
		cond "$op: ${d#*:}" within 4 event "$op" "$op" errno "${d#*:}"
		bypass_off a $A4 $B4
		stop "$op"
		cond "its latch goes" within 5 no_latch a 4703
	done
done
knob a latch_disposition reset
all "L59 N15 broken while blocked in connect(): ECONNRESET or EHOSTUNREACH"
wipe a b

# ---- accept(): the child breaks in the queue -------------------------------------
secure a b 4 0x3000
accepts="accept${uring:+ uring-accept}"
for op in $accepts; do
	tcps_serve srv b $B4 4704
	tcps cl a $B4 4704
	does cl connect || bail "no connection"
	tell cl "send EARLY"
	cond "latched at b" within 3 is_state b 4704 established
	within 3 eval '[ "$(at b ss -Htn sport = :4704 | awk "{print \$2}")" -gt 0 ]'
	mark b
	bypass_on b $B4 $A4
	cond "broken" within 3 grown_is b LatchBroken 1
	cond "told in the queue" within 3 grown_is b SocketAborted 1
	tell cl "send LATE"
	cond "the latch keeps dropping" within 5 grown_min b InDropBroken 1
	tell srv "$op"
	cond "$op gives the child" within 3 event srv "$op" total 0
	tell srv read
	cond "its read: ECONNRESET" within 3 event srv read errno ECONNRESET
	cond "nothing from after the break" not event srv data text "LATE "
	bypass_off b $B4 $A4
	# or what it has still to send again finds the next listener, which takes
	# it for the answer to a SYN cookie: one more latch
	tell cl reset
	cond "nothing of it is left" within 5 no_latch a 4704
	stop cl
	stop srv
	cond "the latch goes" within 5 no_latch b
done
all "L59 N07 broken in the accept queue: accept() gives it, read() gives ECONNRESET, nothing of after the break"

# blocked in accept() with no child: a break of another connection is not its
tcps_serve srv b $B4 4705
tcps cl a $B4 4705
enters srv accept || bail "accept does not block"
does cl connect || bail "no connection"
cond "accepted" within 3 event srv accept total 0
enters srv read || bail "read does not block"
tcps_serve other b $B4 4706
enters other accept || bail "accept does not block"
bypass_on b $B4 $A4
cond "the reader is told" within 3 event srv read errno ECONNRESET
cond "the listener is not" not event other accept
bypass_off b $B4 $A4
stop cl
tcps cl a $B4 4706
does cl connect || bail "no connection"
cond "it goes on accepting" within 3 event other accept total 0
all "L59 N04 a listener that is blocked in accept() hears nothing of a break, and goes on"
stop cl
stop srv
stop other
finish
