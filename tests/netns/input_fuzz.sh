#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile input at random: tests/tools/nlfuzz (netlink), optfuzz (socket options)
# and ctlfuzz (net.btns.*) change seeds of tests/fuzz/corpus a little and look what
# comes of it, while a latched connection goes on beside them. Their points are
# subtests.
#
# Each run begins with the same; others, or longer, are had by
#	BTNS_FUZZ_SEED=... BTNS_FUZZ_SECONDS=600 tools/rig/uml run \
#		--limit 1900 tests/netns/input_fuzz.sh
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 90
_need nlfuzz optfuzz ctlfuzz
plan 7
seconds=${BTNS_FUZZ_SECONDS:-8}
seed=${BTNS_FUZZ_SEED:-5660}
setup a b
note "BTNS_FUZZ_SEED=$seed BTNS_FUZZ_SECONDS=$seconds"

# a latch that must come through all of this
secure a b 4 0x1000
connect l a b 4 5501 || bail "no connection"
before=$(values a 5501)
# fuzz TOOL: it ends well, and all of its points are there
fuzz() {
	bg_at fuzz a "$1" --seed "$seed" --seconds "$seconds" \
		"$here/../fuzz/corpus/$1.seeds"
	cond "status" ends_with 0 fuzz $((seconds + 40))
	sed 's/^/    /' "$tmp/fuzz.out"
	cond "points" eq "$(grep -c '^ok ' "$tmp/fuzz.out")" \
		"$(sed -n 's/^1\.\.//p' "$tmp/fuzz.out")"
	cond "failed" eq "$(grep '^not ok' "$tmp/fuzz.out")" ""
}
beside() {
	cond "works" talk l
	cond "unchanged" eq "$(values a 5501)" "$before"
}

fuzz nlfuzz
all "L11 L17 nlfuzz: requests that are nearly right change nothing, or are in order"
beside
all "L14 nlfuzz: a latched connection does not notice"
fuzz optfuzz
all "L11 L17 optfuzz: socket options that are nearly right change nothing, or are in order"
beside
all "L14 optfuzz: a latched connection does not notice"
fuzz ctlfuzz
all "L60 ctlfuzz: texts for knobs that are nearly right change nothing, or are what they say"
beside
all "L14 ctlfuzz: a latched connection does not notice"
check "the kernel has nothing to report" not grep -q 'WARNING: \|BUG: ' <(dmesg)
hang_up l
finish
