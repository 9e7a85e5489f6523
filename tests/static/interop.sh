#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of Documentation/interop.rst are what is recorded of the runs with
# other daemons, and what is recorded is of the rows that the scripts have.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 1
tools/interop --check >"$findings" 2>&1
verdict "the tables of other daemons are what their scripts said"
exit "$failed"
