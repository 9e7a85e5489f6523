#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The dependency rule, and that its checker can fail.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 2
tools/check-layers.sh >"$findings" 2>&1
verdict "calls and includes go one way only"

# a copy with two wrong arrows: the checker has to see both
copy=$(mktemp -d)
cp -r kernel userspace "$copy/" 2>/dev/null
mkdir -p "$copy/tools"
cp tools/check-layers.sh "$copy/tools/"
echo 'int btns_wrong_way(void) { return btns_hook_update(0); }' \
	>>"$copy/kernel/flow.c"
echo '#include "btnsd/btnsd.h"' >>"$copy/userspace/libbtns/nl.h"
seen=$("$copy/tools/check-layers.sh" 2>&1)
rm -rf "$copy"
case $seen in
*kernel/flow.c*btns_hook_update*userspace/libbtns/nl.h*) ;;
*) printf 'planted faults were not found:\n%s\n' "$seen" >"$findings" ;;
esac
verdict "the checker finds a call and an include that go the wrong way"
exit "$failed"
