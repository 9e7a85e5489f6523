# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every script in tools/ needs: messages, the cache folder, locks.
# Sourced; the caller has set -u and BTNS_TOP.

BTNS_CACHE=${BTNS_CACHE:-/var/cache/btns}
BTNS_BUILD=${BTNS_BUILD:-$BTNS_TOP/build}
BTNS_T0=${BTNS_T0:-$(date +%s)}
export BTNS_TOP BTNS_CACHE BTNS_BUILD BTNS_T0
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# say TEXT...: a progress line with the time since the start
say() {
	local t=$(($(date +%s) - BTNS_T0))

	printf '[%2d:%02d] %s\n' $((t / 60)) $((t % 60)) "$*" >&2
}

die() {
	say "error: $*"
	exit 1
}

# have PROGRAM...: all of them are there
have() {
	local p

	for p in "$@"; do
		command -v "$p" >/dev/null 2>&1 || [ -x "/usr/sbin/$p" ] ||
			[ -x "/sbin/$p" ] || return 1
	done
}

# keyed TEXT...: a short key that changes with any argument or standard input
keyed() {
	{
		printf '%s\n' "$@"
		cat
	} | sha256sum | cut -c1-12
}

# logged FILE COMMAND...: run with all output in FILE; shows its end on failure
logged() {
	local log=$1
	shift

	mkdir -p "$(dirname "$log")"
	if "$@" >"$log" 2>&1 </dev/null; then
		return 0
	fi
	say "failed: $* (whole log: $log)"
	{
		grep -nE '(error|warning):|\*\*\*|^E: ' "$log" | head -n 15
		echo ...
		tail -n 5 "$log"
	} | cut -c1-200 | sed 's/^/    | /' >&2
	return 1
}

# with_lock NAME COMMAND...: one at a time on this machine
with_lock() {
	local name=$1
	shift

	mkdir -p "$BTNS_CACHE"
	(
		flock 8
		"$@"
	) 8>"$BTNS_CACHE/.lock-$name"
}
