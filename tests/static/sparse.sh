#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: kernel
# Against Debian's headers of 6.1: make C=2 of a 7.x refuses the sparse that
# Debian 12 has, and then checks nothing.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need sparse

plan 1
out=$BTNS_BUILD/ko/sparse
rm -rf "$out"
{ tools/rig/qemu build 6.1 && kdir=$(tools/rig/qemu kdir 6.1); } \
	>"$findings.log" 2>&1 || echo "no headers of 6.1" >>"$findings"
tools/lib/module.sh "${kdir:-}" "$out" C=2 \
	CF='-D__CHECK_ENDIAN__' >"$findings.log" 2>&1 ||
	echo "the build failed" >>"$findings"
grep -i 'sparse is not available' "$findings.log" >>"$findings"
# what sparse says of the kernel's own headers is not ours to mend
grep -E '(^|/)(kernel|include)/[^:]*\.[ch]:[0-9]+:[0-9]+: (warning|error)' \
	"$findings.log" | grep -v 'linux-headers-' >>"$findings"
[ ! -s "$findings" ] || cat "$findings.log" >>"$findings"
verdict "sparse has no warning about the module"
exit "$failed"
