#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No memory: whatever a program has the module do, each allocation on the way
# fails once. What fails says so and leaves nothing; what went on is complete.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 3
why="this kernel cannot fail allocations on demand"
if [ ! -e /proc/self/fail-nth ]; then
	[ "$BTNS_DEBUG" != kasan ] || lacks "$why"
	skip_all "$why"
fi
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug ||
	lacks "no debugfs"
setup a b
# also those that may sleep, and without a word in the log
echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
echo 0 >/sys/kernel/debug/failslab/verbose

secure a b 4 0x1000
serve_many() { end many b "TCP-LISTEN:7001,fork,reuseaddr"; }
serve_many
within 5 listening b 7001 || bail "no server"
pad_before=$(ctl a pad list) sa_before=$(ctl a sa list)
mark a
at a failnth $A4 $B4 7001 >"$tmp/nth" 2>"$tmp/nth.err"
rc=$?
note "$(cat "$tmp/nth" "$tmp/nth.err")"
# faulted OPERATION: at least one allocation of it failed, and it failed with it
faulted() { awk -v d="$1" '$1 == d && $3 > 0 {f = 1} END {exit !f}' "$tmp/nth"; }
for d in pad-add pad-del pad-replace sa-bind sa-unbind ask ask-listening \
	connect send; do
	cond "$d met failures" faulted $d
done
cond "all ended well" eq $rc 0
all "N15 each allocation fails once: an error or none, and in the end it works"
cond "PAD" eq "$(ctl a pad list)" "$pad_before"
cond "bindings" eq "$(ctl a sa list)" "$sa_before"
cond "latches" within 8 no_latch a
cond "refusals were counted" grown_min a LatchNoMemory 1
all "N15 nothing is half applied: the PAD, the bindings and the latches are as before"
cond "a connection" connect after a b 4 7010
cond "latched" is_state a 7010 established
all "L12 after all that a connection is latched"
hang_up after
stop many
finish
