#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A socket whose latch waits for an SA asks for something else, and opens the same
# conversation again: what it asks for now decides.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
_need latchudp tcpsock sctpsock
modprobe sctp 2>/dev/null
# timeout: 120
plan 6
setup a b

# hears_xfrm HOST: somebody listens to a group of NETLINK_XFRM (6)
hears_xfrm() {
	at "$1" awk '$2 == 6 && $4 != "00000000" { ok = 1 } END { exit !ok }' \
		/proc/net/netlink
}
bg_at acq a ip xfrm monitor acquire
within 5 hears_xfrm a || bail "ip xfrm monitor does not listen"
capture wire va

# waits: policy protects what has no SA yet
waits() {
	xfrm a policy add src "$(_full "$ax")" dst "$(_full "$ay")" dir out \
		priority 1000 tmpl proto esp mode transport || bail "no policy"
}
# lets_go: there is none, nor an SA in the making
lets_go() {
	xfrm a policy flush
	xfrm a state flush
}

for f in 4 6; do
	[ $f = 4 ] && six='' || six=-6
	ax=$(_addr a $f) ay=$(_addr b $f) p=$((4800 + f * 10))

	waits
	mark a
	tcps t$f a --nonblock --bind "$ax,$((p + 1))" "$ay" $p
	cond "prefers" does t$f ask prefer
	tell t$f connect
	cond "waits" within 5 is_state a $p larval pending
	id=$(latch_id a $p)
	cond "disconnected" does t$f disconnect
	cond "requires" does t$f ask require
	tell t$f connect
	cond "waits anew" within 5 is_state a $p larval pending
	cond "by a latch of its own" not eq "$(latch_id a $p)" "$id"
	lets_go
	cond "refused" within 8 grown_min a OutDropRequired 1
	cond "not a packet" eq "$(captured wire "port $p")" 0
	all "L10 L11 IPv$f: TCP, disconnected and connected again with require: not a SYN in the clear"
	stop t$f

	waits
	mark a
	# shellcheck disable=SC2086
	usock u$f a $six --bind "$ax,$((p + 3))" --ask prefer
	tell u$f "sendto $ay,$((p + 2)) SECRET"
	cond "waits" within 5 is_state a $((p + 2)) larval pending
	id=$(latch_id a $((p + 2)))
	tell u$f "ask require"
	tell u$f "sendto $ay,$((p + 2)) SECRET"
	cond "waits anew" within 5 eval '[ "$(latch_id a $((p + 2)))" != "$id" ]'
	cond "still larval" is_state a $((p + 2)) larval pending
	lets_go
	tell u$f "sendto $ay,$((p + 2)) SECRET"
	cond "refused" within 5 grown_min a OutDropRequired 1
	cond "nothing in the clear" not in_clear wire SECRET
	all "L10 L11 IPv$f: UDP, not connected: a datagram goes by what the socket asks for now"
	stop u$f

	what="IPv$f: SCTP, one-to-many: INIT is sent again by what the socket asks for now"
	if ! grep -q '^SCTP' /proc/net/protocols; then
		skip "L10 N29 $what" "this kernel has no SCTP"
		continue
	fi
	waits
	mark a
	# shellcheck disable=SC2086
	ssock s$f a $six --many --bind "$ax,$((p + 5))" --ask prefer
	tell s$f "sendto $ay,$((p + 4)) SECRET"
	cond "waits" within 5 is_state a $((p + 4)) larval pending
	id=$(latch_id a $((p + 4)))
	tell s$f "ask require"
	cond "requires" within 5 event s$f ask
	cond "waits anew" within 8 eval '[ "$(latch_id a $((p + 4)))" != "$id" ]'
	cond "still larval" is_state a $((p + 4)) larval pending
	lets_go
	cond "refused" within 8 grown_min a OutDropRequired 1
	cond "not a packet" eq "$(captured wire sctp)" 0
	all "L10 N29 $what"
	stop s$f
done
stop acq
finish
