#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random socket, policy, SA, helper and administrator events on two hosts, and a
# stranger who knows all numbers, against a model of the state machine. Not a
# byte of a latched connection is on the wire, or delivered, outside its latch.
#
# What a run was, its first note says; the same seed has the same events:
#	BTNS_TORTURE_SEED=... BTNS_TORTURE_SECONDS=600 tools/rig/uml run \
#		--limit 700 tests/netns/torture.sh
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 150
_need torture capgrep
plan 8
seconds=${BTNS_TORTURE_SECONDS:-40}
seed=${BTNS_TORTURE_SEED:-$((RANDOM << 30 | RANDOM << 15 | RANDOM))}
setup a b c
note "BTNS_TORTURE_SEED=$seed BTNS_TORTURE_SECONDS=$seconds"

# who shares nothing with torture, and looks at the router's other side
bg_at seen r capgrep -i vb --text 'TORTURE '
within 10 hears seen ready || bail "capgrep: $(cat "$tmp/seen.err")"
torture --seed "$seed" --seconds "$seconds" --slow "$BTNS_SLOW" \
	--log "$tmp/events" "/run/netns/$_tag-a" "/run/netns/$_tag-b" \
	"/run/netns/$_tag-r" "/run/netns/$_tag-c" >"$tmp/torture.out" 2>&1
rc=$?
stop seen INT
[ $rc = 0 ] || note "$(grep -v '^did ' "$tmp/torture.out")"

# fault KIND: the run ended with such a one
fault() { grep "^fault $1 " "$tmp/torture.out"; }
# of KEY: that count of the run
of() { awk -v k="$1" '$1 == k { print $2 }' "$tmp/torture.out"; }
# saw KEY: that count of the other's
saw() {
	local k

	k=$(grep -o "\"$1\":[0-9]*" "$tmp/seen.out")
	echo "${k##*:}"
}
# enough KEY N...: the run had so many of each, on a fast machine; says of what
# it had too few
enough() {
	local rc=0

	while [ $# -gt 0 ]; do
		[ $(($(of "$1") * BTNS_SLOW)) -ge "$2" ] || {
			echo "$(of "$1") $1, not $2"
			rc=1
		}
		shift 2
	done
	return "$rc"
}
note "$(for k in steps opened latched broken mended closed got forged quiets; do
	echo -n "$k $(of $k), "
done)seen $(saw esp) ESP and $(saw tcp) TCP"

cond "not on a's side of the router" not fault wire
cond "nor on b's" eq "$(saw 'TORTURE ')" 0
cond "which was seen as a whole" eq "$(saw dropped)" 0
all "L02 L04 L35 L45 not a byte of a latched connection is on the wire in the clear"
cond "none" not fault delivered
all "L03 L05 L46 N30 nothing is delivered that the latched peer did not send under the latch"
cond "as the model has them" not fault model
all "L30 L31 L33 L34 L36 L37 L62 N05 N06 N08 each latch is in a state that the model allows"
cond "told, and counted" not fault event
all "L43 N04 N07 every transition is told, in order, and is one that there is"
cond "as they were" not fault value
all "L14 N03 what is latched never changes"
cond "all is heard" not fault lost
all "L47 N31 whenever nothing is wrong, what waited goes on, and not a record is lost"
torture --seed "$seed" --plan "$(wc -l <"$tmp/events")" >"$tmp/plan"
cond "as planned" cmp "$tmp/plan" "$tmp/events"
cond "another is another" not cmp -s "$tmp/plan" \
	<(torture --seed $((seed + 1)) --plan "$(wc -l <"$tmp/events")")
all "the same seed gives the same sequence of events"
if [ "$rc" = 0 ]; then
	cond "of everything enough" enough quiets 4 latched 20 broken 20 \
		mended 10 closed 4 forged 10 got 1000
	cond "and under ESP" [ $(($(saw esp) * BTNS_SLOW)) -ge 1000 ]
fi
cond "to its end" eq "$rc" 0
all "the run went to its end, and had of everything enough"
finish
