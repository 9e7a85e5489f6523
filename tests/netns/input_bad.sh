#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile input: tests/tools/badnl (netlink) and badsockopt spoil one thing after
# another and look whether it is refused, and whether anything changed. Their
# points are subtests.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 300
plan 5
setup a b

# a latch that must come through all of this
secure a b 4 0x1000
connect l a b 4 5501 || bail "no connection"
before=$(values a 5501)
for tool in badnl badsockopt; do
	bg_at bad a $tool
	cond "status" ends_with 0 bad 120
	sed 's/^/    /' "$tmp/bad.out"
	cond "points" [ "$(grep -c '^ok ' "$tmp/bad.out")" -ge 20 ]
	cond "failed" eq "$(grep '^not ok' "$tmp/bad.out")" ""
	all "L11 $tool: every malformed request is refused and changes nothing"
	cond "works" talk l
	cond "unchanged" eq "$(values a 5501)" "$before"
	all "L14 $tool: a latched connection does not notice"
done
check "the kernel has nothing to report" not grep -q 'WARNING: \|BUG: ' <(dmesg)
hang_up l
finish
