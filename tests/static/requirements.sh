#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 1
tools/requirements --check >"$findings" 2>&1
verdict "every requirement names its code and a test that carries its id"
exit "$failed"
