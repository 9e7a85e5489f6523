#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The peer is gone for good: liveness fails, its latches break, and do not
# come back by themselves.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b

for h in a b; do
	conf $h "ike=dpd = 1; retries = 2;"
	daemon $h
done
want_pair a b 4 || bail "no policies"
monitor a mon latch
connect c a b 4 5001 || bail "no connection: $(tail_log a b)"
within 3 key_peer a 5001 b
at a sysctl -q -w net.btns.latch_disposition=wait
connect w a b 4 5002
within 3 key_peer a 5002 b
capture cap va
# b's machine is switched off: nothing goes to it, nothing comes from it
ip -n "$(ns r)" route add blackhole "$B4/32"
kill9 b
cond "broken" within 20 is_state a 5002 broken peer-dead
cond "the other too" grep -q ' broken .*:5001 .*reason peer-dead' "$tmp/mon.out"
[ -z "$_faults" ] || note "$(tail_log a)"
all "L19 N06 liveness fails: every latch to the peer is broken, reason peer-dead"
cond "ended" within 5 dead c.c
cond "reset" says c.c 'reset by peer'
all "L61 N07 the program of a connection with disposition reset is told"
cond "log" logs a 'dead'
cond "no SAs" within 5 has_spis a $B4 0
all "L19 btnsd says so, and the SAs of the dead peer go"
ip -n "$(ns r)" route del blackhole "$B4/32"
daemon b
tell w.c "after death"
cond "new connection" connect n a b 4 5003
cond "latched" within 3 key_peer a 5003 b
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L25 when it is back a new connection works"
tell w.c "after death, again"
within 3 hears w.s "after death"
cond "not delivered" not hears w.s "after death"
cond "broken" is_state a 5002 broken peer-dead
all "L19 the old latch stays broken, although its peer is back"
is "L45 nothing of the broken connection went out in the clear" \
	"$(clear cap 5002) $(clear cap 5001)" "0 0"
finish
