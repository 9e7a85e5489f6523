#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every file says its licence in its first lines, and it is the one that
# COPYING names for that part of the tree.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

# wanted FILE: its licence
wanted() {
	case $1 in
	kernel/congruence.h | kernel/pad_match.h | kernel/selector.h | \
		kernel/spd_match.h)
		echo 'GPL-2.0-or-later' ;;
	include/uapi/* | Documentation/netlink/specs/*.yaml)
		echo '((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)'
		;;
	kernel/netlink-gen.[ch])
		echo '((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)'
		;;
	kernel/* | Kbuild) echo 'GPL-2.0-only' ;;
	Documentation/man/libbtns.*) echo 'LGPL-2.1-or-later' ;;
	*.mk) echo 'GPL-2.0-or-later' ;;
	userspace/libbtns/*) echo 'LGPL-2.1-or-later' ;;
	*) echo 'GPL-2.0-or-later' ;;
	esac
}

plan 1
tools/lib/sources.sh all | while IFS= read -r f; do
	case $f in
	LICENSES/* | COPYING | tests/fuzz/corpus/* | tests/expected/*) continue ;;
	*.json | *.bin | *.pem | *.der | *.hex) continue ;;
	esac
	case $f in
	*.rst | *.md)
		# documentation may be under the licence of what it describes
		head -n 4 "$f" | grep -qE \
			'SPDX-License-Identifier: (GPL-2\.0-only|GPL-2\.0-or-later)' ||
			echo "$f: no SPDX line"
		continue
		;;
	esac
	tag=$(head -n 4 "$f" | sed -n 's/.*SPDX-License-Identifier: *//p' |
		head -n 1 | sed 's/ *\*\/ *$//; s/ *--> *$//')
	want=$(wanted "$f")
	[ "$tag" = "$want" ] || echo "$f: ${tag:-no SPDX line}, wants $want"
done >"$findings"
verdict "every file has its licence's SPDX line"
exit "$failed"
