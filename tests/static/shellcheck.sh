#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need shellcheck

plan 1
tools/lib/sources.sh sh | xargs -d '\n' -P "$(nproc)" -n 8 shellcheck -x -f gcc >"$findings" 2>&1
verdict "shellcheck finds nothing in the shell scripts"
exit "$failed"
