#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need shellcheck

# Following what each script sources costs ten times as much. A script alone does
# not show that a variable is set, used or a number: those notes are left out.
followed=(-x)
alone=(--norc --severity=warning
	-e "SC1091,SC2154,SC2034,SC2317,SC2329,SC2119,SC2120,SC2015")
[ -z "${BTNS_FAST:-}" ] || followed=("${alone[@]}")

# only_sets SCRIPT: nothing but constants for the script that it sources, which
# is looked at for itself
only_sets() {
	! grep -vE '^[[:space:]]*(#|$)' "$1" |
		grep -qvE '^[A-Za-z_]+=[^$`]*$|^\. "[$][(]dirname "[$]0"[)]/'
}

# run OPTION...: on the scripts whose names come in
run() {
	xargs -r -d '\n' -P "$(nproc)" -n 4 shellcheck "$@" -f gcc >>"$findings" 2>&1
}

plan 1
tools/lib/sources.sh sh | while IFS= read -r f; do
	if only_sets "$f"; then
		echo "$f" >>"$findings.sets"
	else
		echo "$f"
	fi
done | run "${followed[@]}"
run "${alone[@]}" <"$findings.sets"
verdict "shellcheck finds nothing in the shell scripts"
exit "$failed"
