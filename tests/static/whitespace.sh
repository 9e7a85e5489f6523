#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The part of the style that no tool version disagrees about.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

ours() {
	tools/lib/sources.sh all | grep -vE '^(LICENSES/|tests/fuzz/corpus/)' |
		grep -vE '\.(bin|der|pem)$'
}

plan 3
ours | xargs -d '\n' grep -nHE '[ 	]+$' >"$findings"
verdict "no white space at the end of a line"
tools/lib/sources.sh c | xargs -d '\n' grep -nHE '^    +[^ *]' >"$findings"
verdict "C is indented by tabs"
ours | while IFS= read -r f; do
	[ ! -s "$f" ] || [ -z "$(tail -c 1 "$f" | tr -d '\n')" ] ||
		echo "$f: no newline at its end"
done >"$findings"
verdict "every file ends with a newline"
exit "$failed"
