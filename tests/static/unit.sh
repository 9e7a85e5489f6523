#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: programs
# btnsd.service: systemd takes each line of it, and it lets btnsd make each system
# call that btnsd's own filters let it make.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/static/syscalls.sh
. tests/static/syscalls.sh
need systemd-analyze

plan 2
dest=$(mktemp -d)
trap 'rm -rf "$dest" "$findings"*' EXIT
make -s O="$BTNS_BUILD" DESTDIR="$dest" PREFIX=/usr install \
	>"$findings.log" 2>&1 || cp "$findings.log" "$findings"
unit=$dest/usr/lib/systemd/system/btnsd.service
# it is not where it says
sed -i "s,=/usr/sbin/btnsd,=$dest/usr/sbin/btnsd," "$unit"
systemd-analyze verify --man=no "$unit" >"$findings.said" 2>&1 ||
	cp "$findings.said" "$findings"
# warnings are no failure, and other units of this machine are not ours
grep -F btnsd.service "$findings.said" >>"$findings"
verdict "systemd-analyze verify finds nothing in it"

unit_calls "$unit" >"$findings.allowed" 2>"$findings.err"
grep -o 'SCMP_SYS([a-z0-9_]*)' userspace/btnsd/jail.c |
	sed 's/SCMP_SYS(\(.*\))/\1/' | sort -u |
	comm -23 - "$findings.allowed" | sed 's/^/SystemCallFilter= lacks /' \
	>"$findings"
[ ! -s "$findings.err" ] || cat "$findings.err" >>"$findings"
verdict "SystemCallFilter= has all system calls of btnsd's own filters"
exit "$failed"
