# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What the scripts share that make latches by the hundred thousand: how much
# memory there is, how many objects, and whether others talk on meanwhile.
# Sourced after lib.sh; `old` is the connection that lasts.

_slab() { awk '$1 == "btns_latch" { print $2 }' /proc/slabinfo; }
# MemAvailable in KiB, with the caches of files and of slabs given back
_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

# before: how it is now
before() {
	_slab0=$(_slab) _memory0=$(_memory)
	[ -n "$_slab0" ] || bail "this kernel does not list the slab"
	_talks=0 _slowest=0 _t0=$(now_ms)
}
# bytes_each N: what each of so many took since then, in REPLY
bytes_each() {
	_memory1=$(_memory)
	note "available $_memory0 KiB, then $_memory1"
	REPLY=$(((_memory0 - _memory1) * 1024 / $1))
}
# the allocator counts what a CPU keeps at hand as in use
_slab_back() { [ "$(_slab)" -le $((_slab0 + 500)) ]; }
_memory_back() { [ "$(_memory)" -ge $((_memory0 - 16384)) ]; }
# back: conditions that memory is where it was before
back() {
	cond "objects: $_slab0 before" within 10 _slab_back
	cond "memory: $_memory0 KiB before" within 10 _memory_back
	note "objects $_slab0, then $(_slab); available $_memory0 KiB, then $(_memory)"
}
# held_most HOST N: latches of all states
held_most() {
	ctl "$1" status >"$tmp/held" &&
		awk -v n="$2" '/^latches/ { exit !($2 <= n) }' "$tmp/held"
}

# soon SECONDS COMMAND...: until it succeeds, and `old` talks on all that time
soon() {
	local t end=$(($(now_ms) + $1 * 1000 * BTNS_SLOW))
	shift

	until "$@"; do
		t=$(now_ms)
		[ "$t" -lt $end ] || return
		talk old || return
		_talks=$((_talks + 1)) t=$(($(now_ms) - t))
		[ $t -le "$_slowest" ] || _slowest=$t
		nap
	done
}
# took WHAT: since before() or the last of these, and how the others fared
took() {
	note "$1 in $(($(now_ms) - _t0)) ms; $_talks lines each way meanwhile, the slowest in $_slowest ms"
	_talks=0 _slowest=0 _t0=$(now_ms)
}
