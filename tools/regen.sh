#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Generate the uAPI header and the netlink tables from the YNL spec, with the
# generator of a kernel source tree. The results are committed, so that nobody
# needs that tree to build; with --check nothing is written and the exit code
# is 1 if a committed file is not what the spec gives.
#
# usage: tools/regen.sh [--check] [KERNEL-SOURCE]
#	KERNEL-SOURCE defaults to $BTNS_LINUX_SRC, or else to the newest tree
#	below /var/cache/btns/linux.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
spec=Documentation/netlink/specs/btns.yaml
check=no
[ "${1-}" = --check ] && { check=yes; shift; }
src=${1-${BTNS_LINUX_SRC-}}

if [ -z "$src" ]; then
	for gen in /var/cache/btns/linux/*/tools/net/ynl/pyynl/ynl_gen_c.py \
		   /var/cache/btns/linux/*/*/tools/net/ynl/pyynl/ynl_gen_c.py; do
		[ -f "$gen" ] && src=${gen%/tools/net/ynl/*}
	done
fi
gen=$src/tools/net/ynl/pyynl/ynl_gen_c.py
if [ ! -f "$gen" ]; then
	echo "regen: no kernel source with $gen: give one as argument or in BTNS_LINUX_SRC" >&2
	exit 4
fi
for py in ${PYTHON-python3 /usr/bin/python3} ''; do
	[ -z "$py" ] && {
		echo "regen: apt install python3-yaml python3-jsonschema" >&2
		exit 4
	}
	"$py" -c 'import yaml, jsonschema' 2>/dev/null && break
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' INT TERM

# The generator climbs from the spec until it sees a MAINTAINERS file, and
# wants the schema beside specs/: give it a tree of its own.
mkdir -p "$tmp/Documentation/netlink/specs" "$tmp/include/uapi/linux" \
	 "$tmp/kernel"
: > "$tmp/MAINTAINERS"
cp "$src/Documentation/netlink/genetlink.yaml" "$tmp/Documentation/netlink/"
cp "$top/$spec" "$tmp/$spec"

generate() {
	(cd "$tmp" && timeout 60 "$py" -B "$gen" --mode "$1" "--$2" \
		--spec "$spec" -o "$3")
	sed -i 's,tools/net/ynl/ynl-regen.sh,tools/regen.sh,' "$tmp/$3"
}
generate uapi header include/uapi/linux/btns.h
generate kernel header kernel/netlink-gen.h
generate kernel source kernel/netlink-gen.c

# Linux 6.1 has no split operations: compat.h supplies the type and turns the
# table into what that kernel takes (see BTNS_GENL_SPLIT_OPS there). The
# generator has no word for who may listen to a group: only administrators.
sed -i 's,^#include <net/genetlink.h>$,&\n\n#include "compat.h",' \
	"$tmp/kernel/netlink-gen.h"
sed -i -e 's,^\t\.split_ops\t= btns_nl_\(.*\)\,$,\tBTNS_GENL_SPLIT_OPS(btns_nl_\1)\,,' \
       -e '/^\t\.n_split_ops\t=/d' \
       -e 's,^\t\[\(BTNS_NLGRP_.*\)\] = { \("[a-z]*"\)\, }\,$,\t[\1] = { \2\, GENL_MCAST_CAP_NET_ADMIN }\,,' \
	"$tmp/kernel/netlink-gen.c"
if ! grep -q '^	BTNS_GENL_SPLIT_OPS(' "$tmp/kernel/netlink-gen.c" ||
   ! grep -q 'GENL_MCAST_CAP_NET_ADMIN' "$tmp/kernel/netlink-gen.c" ||
   ! grep -q '^#include "compat.h"' "$tmp/kernel/netlink-gen.h"; then
	echo "regen: the generator's output has changed: adapt the sed lines" >&2
	exit 1
fi

status=0
for f in include/uapi/linux/btns.h kernel/netlink-gen.h kernel/netlink-gen.c; do
	if [ $check = no ]; then
		cmp -s "$tmp/$f" "$top/$f" || cp "$tmp/$f" "$top/$f"
	elif ! diff -u "$top/$f" "$tmp/$f"; then
		echo "regen: $f differs from the spec: run tools/regen.sh" >&2
		status=1
	fi
done
exit $status
