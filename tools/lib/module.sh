#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build btns.ko for one kernel in a copy of the module's sources, so that one
# tree serves many kernels and stays clean.
# Usage: module.sh KDIR OUT [make arguments, such as ARCH=um C=2]
set -eu -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
kdir=$1
out=$2
shift 2

if [ ! -e "$kdir/Makefile" ]; then
	echo "module.sh: no kernel headers in $kdir:" \
		"install linux-headers-$(uname -r) or give KDIR=" >&2
	exit 1
fi
mkdir -p "$out/kernel" "$out/include"
out=$(cd "$out" && pwd)
exec 9>"$out/.lock"
flock 9
# copy what differs, drop what is gone
(cd "$top" && find Kbuild kernel include -type f \
	\( -name Kbuild -o -name '*.[chS]' \) -print0) |
	while IFS= read -r -d '' f; do
		mkdir -p "$(dirname "$out/$f")"
		cmp -s "$top/$f" "$out/$f" || cp -p "$top/$f" "$out/$f"
	done
(cd "$out" && find kernel include -type f -name '*.[chS]' -print0) |
	while IFS= read -r -d '' f; do
		[ -e "$top/$f" ] || rm -f "$out/$f"
	done
# our own O= and other overrides mean something else to the kernel's make
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL O KBUILD_OUTPUT
exec make -s -C "$kdir" M="$out" ${V:+V=$V} -j"$(nproc)" modules "$@"
