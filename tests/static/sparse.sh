#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: kernel
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need sparse
need_kernel

plan 1
out=$BTNS_BUILD/ko/sparse
rm -rf "$out"
tools/lib/module.sh "$BTNS_KDIR" "$out" ARCH=um C=2 \
	CF='-D__CHECK_ENDIAN__' >"$findings.log" 2>&1 ||
	echo "the build failed" >>"$findings"
# what sparse says of the kernel's own headers is not ours to mend
grep -E '(^|/)(kernel|include)/[^:]*\.[ch]:[0-9]+:[0-9]+: (warning|error)' \
	"$findings.log" | grep -v "^$BTNS_LINUX/" >>"$findings"
[ ! -s "$findings" ] || cat "$findings.log" >>"$findings"
verdict "sparse has no warning about the module"
exit "$failed"
