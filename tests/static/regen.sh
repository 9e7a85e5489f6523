#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: kernel
# Generated files are what their generator writes.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need python3

need_kernel

plan 1
tools/regen.sh --check "$BTNS_LINUX" >"$findings.log" 2>&1 || {
	cp "$findings.log" "$findings"
	echo "run tools/regen.sh and commit what it writes" >>"$findings"
}
verdict "the generated netlink files are what the spec gives"
exit "$failed"
