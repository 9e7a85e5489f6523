#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One noun per file keeps files short.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 2
tools/lib/sources.sh c | xargs -d '\n' wc -l |
	awk '$2 != "total" && $1 >= 900 { print $2 ": " $1 " lines" }' \
	>"$findings"
verdict "no C file has 900 lines or more"
tools/lib/sources.sh all | grep -vE '^(LICENSES|tests/static)/' |
	xargs -d '\n' grep -nE '\b(TODO|FIXME|XXX)\b' >"$findings"
verdict "nothing is left to be done later"
exit "$failed"
