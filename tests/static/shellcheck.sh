#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need shellcheck

# Following what each script sources costs ten times as much. A script alone does
# not show that a variable is set, used or a number: those notes are left out.
set -- -x
[ -z "${BTNS_FAST:-}" ] || set -- --norc --severity=warning \
	-e SC1091,SC2154,SC2034,SC2317,SC2329,SC2119,SC2120,SC2015

plan 1
tools/lib/sources.sh sh |
	xargs -d '\n' -P "$(nproc)" -n 4 shellcheck "$@" -f gcc >"$findings" 2>&1
verdict "shellcheck finds nothing in the shell scripts"
exit "$failed"
