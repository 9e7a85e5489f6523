# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # tmp is of lib.sh
# btnsd with ML-KEM, on top of ike.sh: with this machine's OpenSSL if that is 3.5
# or newer, else with C library and OpenSSL of a newer Debian, as tools/rig/peer
# has unpacked them. Its other libraries are this machine's.

_has_mlkem() {
	echo 'ike = { additional = [ "mlkem768" ]; };' >"$tmp/mlkem.conf"
	btnsd -n -c "$tmp/mlkem.conf" >"$tmp/mlkem" 2>&1
}

# with_mlkem DIR: daemons that are started from here on have it; DIR is where
# packages are, or empty
with_mlkem() {
	local loader program libs old new

	! _has_mlkem || return 0
	grep -q 'needs OpenSSL' "$tmp/mlkem" || bail "$(cat "$tmp/mlkem")"
	[ -n "$1" ] ||
		lacks "OpenSSL is older than 3.5, and no packages of a newer one"
	loader=$(compgen -G "$1/lib64/ld-linux-*.so.*") ||
		lacks "no program loader in $1"
	program=$(command -v btnsd)
	libs=$(dirname "$(ldd "$program" | awk '$1 ~ /^libmnl/ { print $3 }')")
	mkdir -p "$tmp/newer"
	# the program names its loader, and executes itself: another one of a name
	# as long
	old=/lib64/${loader##*/}
	new=/run/btns-loader/
	while [ ${#new} -lt ${#old} ]; do new+=l; done
	mkdir -p "${new%/*}"
	ln -sfn "$loader" "$new"
	sed "s,$old,$new," "$program" >"$tmp/newer/program"
	cat >"$tmp/newer/btnsd" <<-X
		#!/bin/sh
		export LD_LIBRARY_PATH=$1/usr$libs:$libs
		exec $tmp/newer/program "\$@"
	X
	chmod +x "$tmp/newer/program" "$tmp/newer/btnsd"
	PATH=$tmp/newer:$PATH
	_has_mlkem || bail "not even with $1: $(cat "$tmp/mlkem")"
	note "with OpenSSL of $1"
}

# jailed PID: it runs under a seccomp filter
jailed() { grep -q '^Seccomp:[[:space:]]*2$' "/proc/$1/status"; }
