#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SAs that go on purpose: the peer hears a Delete, and what is latched gets new
# ones or waits; nothing goes out in the clear.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 7
setup a b
for h in a b; do
	conf $h
	daemon $h
done
want_pair a b 4 || bail "no policies"
capture cap
connect c a b 4 5001 || bail "no connection: $(tail_log a b)"
within 3 key_peer a 5001 b
va=$(values a 5001) vb=$(values b 5001)
old=$(spis a $B4)

xfrm a state flush
cond "INFORMATIONAL" within 5 eval '[ "$(ike_count cap 37 $A4)" -ge 1 ]'
cond "b's old SA goes" within 5 eval '! spis b $B4 | grep -qxF "$old"'
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L28 ip xfrm state flush: the peer hears a Delete, and deletes its own"
cond "goes on" talk c
cond "new SAs" not eq "$(spis a $B4)" "$old"
cond "no second IKE SA" eq "$(ike_count cap 34 $A4) $(ike_count cap 34 $B4)" "1 0"
cond "CREATE_CHILD_SA" [ $(($(ike_count cap 36 $A4) + $(ike_count cap 36 $B4))) -ge 1 ]
[ -z "$_faults" ] || note "$(tail_log a b)"
all "N03 L25 the next packet makes new child SAs in the IKE SA that is there"
cond "a" eq "$(values a 5001)" "$va"
cond "b" eq "$(values b 5001)" "$vb"
all "L14 N03 the latches outlive their SAs, unchanged"

# as an administrator stops it: good-bye to the peer, no SA left
quit a
cond "b" within 5 has_spis b $A4 0
cond "a" within 5 has_spis a $B4 0
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L28 SIGTERM: Delete for the IKE SA, no SA is left on either side"
tell c.c "while there is nobody"
within 1 false
cond "a" is_state a 5001 established
cond "nothing clear" eq "$(clear cap 5001)" 0
daemon a
cond "goes on" talk c
cond "arrives" within 10 hears c.s "while there is nobody"
cond "a" eq "$(values a 5001)" "$va"
cond "b" eq "$(values b 5001)" "$vb"
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L16 N03 with a new btnsd the same connection goes on, with the same latch"

# one SA deleted by hand, once what the new btnsd replaced has gone
within 10 has_spis a $A4 1 || bail "SAs stay: $(spis a $A4)"
in=$(spis a $A4)
xfrm a state delete src $B4 dst $A4 proto esp spi "$in"
cond "b's goes" within 5 eval '! spis b $A4 | grep -qxF "$in"'
cond "goes on" talk c
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L28 N03 one SA deleted by hand: its pair goes on both sides, new ones come"
is "L04 nothing was in the clear" "$(clear cap 5001)" 0
finish
