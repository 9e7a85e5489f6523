#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: kernel
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need python3
need_kernel

plan 2
# shellcheck disable=SC2046
"$BTNS_LINUX/scripts/kernel-doc" -none -Wall \
	$(tools/lib/sources.sh kernel) 2>&1 | sort -u >"$findings"
verdict "kernel-doc comments of the module are well formed"
# shellcheck disable=SC2046
"$BTNS_LINUX/scripts/kernel-doc" -none \
	$(tools/lib/sources.sh c | grep '^userspace/') >"$findings" 2>&1
verdict "kernel-doc comments of the programs are well formed"
exit "$failed"
