#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the tree's own files of a kind, one a line: c | kernel | sh | all
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1

files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		# new files count before they are committed, deleted ones do not
		git ls-files -co --exclude-standard | while IFS= read -r f; do
			[ -f "$f" ] && printf '%s\n' "$f"
		done
	else
		# no git here, or the tree is another user's: what it would ignore
		find . \( -path ./build -o -name .git -o -name __pycache__ \) \
			-prune -o -type f ! -name '*.o' ! -name '*.cmd' \
			! -name '*~' ! -name '.*.swp' \
			! -name '.checkpatch-camelcase*' -print | sed 's|^\./||'
	fi | sort
}

case ${1:-all} in
c) files | grep '\.[ch]$' ;;
kernel) files | grep -E '^(kernel|include)/.*\.[ch]$' ;;
sh)
	files | while IFS= read -r f; do
		case $f in
		*.sh) echo "$f" ;;
		*.*) ;;
		*) head -n 1 "$f" | grep -qE '^#!.*\b(ba|da)?sh\b' && echo "$f" ;;
		esac
	done
	;;
all) files ;;
*)
	echo "usage: sources.sh c|kernel|sh|all" >&2
	exit 2
	;;
esac
exit 0
