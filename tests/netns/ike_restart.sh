#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd dies and comes back, on one end, on the other, on both at once, with
# the other end asking whether it lives: latches and connections stay.
# timeout: 150
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 10
setup a b

before() { # FAMILY PORT: what must not change
	va=$(values a "$2") vb=$(values b "$2")
	ia=$(latch_id a "$2") ib=$(latch_id b "$2")
}
same() { # PORT
	is_state a "$1" established && is_state b "$1" established &&
		eq "$(latch_id a "$1")" "$ia" && eq "$(latch_id b "$1")" "$ib" &&
		eq "$(values a "$1")" "$va" && eq "$(values b "$1")" "$vb"
}
# other HOST ADDRESS SPIS: all SAs towards it are others than these
other() {
	local now

	now=$(spis "$1" "$2")
	[ -n "$now" ] && ! grep -qxF "$3" <<<"$now"
}
# judge WHAT FAMILY PORT: both ends have a pair of new SAs, nothing was lost
judge() {
	local what=$1 f=$2 port=$3 ax ay

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	cond "new SAs in a" within 20 other a "$ay" "$old_a"
	cond "new SAs in b" within 20 other b "$ax" "$old_b"
	cond "one pair in a" within 15 has_spis a "$ay" 1
	cond "one pair in b" within 15 has_spis b "$ax" 1
	cond "a to b" flows c.c c.s
	cond "b to a" flows c.s c.c
	[ -z "$_faults" ] || note "$(tail_log a b; xfrm a state; ctl a sa list)"
	all "L16 N03 $what: new SAs, the old ones go, both directions flow"
	cond "same" same "$port"
	all "L16 L14 $what: the latches are the same, with the same values"
	old_a=$(spis a "$ay") old_b=$(spis b "$ax")
}

# quiet peers are asked for life every second
for h in a b; do
	conf $h "ike=dpd = 1;"
	daemon $h
done
want_pair a b 4 || bail "no policies"
capture cap
monitor a mon latch
connect c a b 4 5001 || bail "no connection: $(tail_log a b)"
within 3 key_peer a 5001 b
before 4 5001
pump c.c
pump c.s
old_a=$(spis a $B4) old_b=$(spis b $A4)

kill9 a
cond "flows without btnsd" flows c.c c.s
daemon a
judge "kill -9 of the initiator's btnsd" 4 5001

kill9 b
cond "flows without btnsd" flows c.s c.c
# long enough for a to ask twice and get no answer
within 3 false
daemon b
judge "kill -9 of the responder's, while its peer asks for life" 4 5001

kill9 a
kill9 b
daemon b
daemon a
judge "kill -9 of both" 4 5001

unpump c.c
unpump c.s
cond "a to b" within 10 arrived c.c c.s
cond "b to a" within 10 arrived c.s c.c
all "L16 nothing that was sent meanwhile is lost or doubled"
is "L04 L16 nothing was in the clear" "$(clear cap 5001)" 0
is "L16 N07 no break was reported" "$(grep -c ' broken ' "$tmp/mon.out")" 0
cond "new connection" connect n a b 4 5002
cond "latched" within 3 key_peer a 5002 b
all "L25 the restarted btnsd serves new connections"
finish
