#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A namespace has 65536 bindings of SAs and no more; at the limit the kernel says
# so, and what is bound stays as it is.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
# slow
_need manysa
plan 4
setup a b
secure a b 4 0x1000
connect c a b 4 5701 || bail "no connection"
most=65536
bound() { ctl a status | awk '/^sas/ { print $2 }'; }
mark a
at a manysa bind 10.1.0.1 10.9.0.9 $most >"$tmp/many"
cond "as many as there is room for" grep -qx "done $((most - 2))" "$tmp/many"
cond "errno" grep -q "^then ENOSPC: " "$tmp/many"
cond "cause" grep -q "too many bindings" "$tmp/many"
cond "counted" grown_is a SaBindRefused 1
cond "all there" eq "$(bound)" $most
all "N15 the binding behind the last is refused with ENOSPC"
cond "the same again is no new one" vouch a $B4 0x1000 "$ID_b" $A4 $B4
cond "a latch goes on" talk c
cond "established" is_state a 5701 established
mark a
cond "refused" not vouch a $B4 0x7000 "$ID_b" $A4 $B4
cond "nothing changed" eq "$(bound) $(grown a SaBound)" "$most 0"
all "what is bound is not harmed by it"
cond "one back" ctl a sa unbind dst 10.9.0.9 spi 0x100000
cond "room for one" vouch a $B4 0x7000 "$ID_b" $A4 $B4
cond "not for two" not vouch a $B4 0x7001 "$ID_b" $A4 $B4
all "one taken back makes room for one"
xfrm a state flush proto esp
none() { [ "$(bound)" = 0 ]; }
cond "none" within 10 none
all "L17 a flush of the SAs ends them all"
hang_up c
finish
