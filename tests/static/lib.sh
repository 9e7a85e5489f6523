# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the static tests: run from the top of the tree; verdict N TEXT prints the
# findings file as diagnostics and one test point.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
findings=$(mktemp)
trap 'rm -f "$findings" "$findings".*' EXIT
BTNS_BUILD=${BTNS_BUILD:-$PWD/build}
points=0

plan() {
	echo "KTAP version 1"
	echo "1..$1"
	# shellcheck disable=SC2034 # the scripts exit with it
	failed=0
}

# need PROGRAM: or the whole test is skipped
need() {
	command -v "$1" >/dev/null && return
	echo "1..0 # SKIP $1 is not installed"
	exit 4
}

# need_kernel: BTNS_LINUX and BTNS_KDIR, source and built tree of a kernel
need_kernel() {
	[ -n "${BTNS_LINUX:-}" ] || BTNS_LINUX=$(tools/rig/uml source) || exit 1
	[ -n "${BTNS_KDIR:-}" ] || BTNS_KDIR=$(tools/rig/uml kdir) || exit 1
	[ -e "$BTNS_LINUX/scripts/checkpatch.pl" ] || {
		echo "Bail out! no kernel source in $BTNS_LINUX"
		exit 1
	}
	export BTNS_LINUX BTNS_KDIR
}

# verdict TEXT: passed when there are no findings
verdict() {
	points=$((points + 1))
	if [ -s "$findings" ]; then
		head -n 100 "$findings" | sed 's/^/# /'
		[ "$(wc -l <"$findings")" -le 100 ] ||
			echo "# ... $(wc -l <"$findings") lines in all"
		echo "not ok $points $1"
		# shellcheck disable=SC2034
		failed=1
	else
		echo "ok $points $1"
	fi
	: >"$findings"
}
