#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile input: tests/tools/badsockopt spoils one thing after another and looks
# whether it is refused, and whether anything changed. Its points are a subtest.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
plan 3
setup a b

# a latch that must come through all of this
secure a b 4 0x1000
connect l a b 4 5501 || bail "no connection"
before=$(values a 5501)
bg_at bad a badsockopt
cond "status" ends_with 0 bad 120
sed 's/^/    /' "$tmp/bad.out"
cond "points" [ "$(grep -c '^ok ' "$tmp/bad.out")" -ge 20 ]
cond "failed" eq "$(grep '^not ok' "$tmp/bad.out")" ""
all "L11 badsockopt: every malformed request is refused and changes nothing"
cond "works" talk l
cond "unchanged" eq "$(values a 5501)" "$before"
all "L14 a latched connection does not notice"
cond "no warning" not grep -q 'WARNING: \|BUG: ' <(dmesg)
all "the kernel has nothing to report"
hang_up l
finish
