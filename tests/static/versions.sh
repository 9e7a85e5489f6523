#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel versions are asked for in one place.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 1
grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION|linux/version\.h' \
	-r kernel include Kbuild --include='*.[ch]' --include=Kbuild |
	grep -v '^kernel/compat\.h:' >"$findings"
verdict "kernel version checks are in kernel/compat.h only"
exit "$failed"
