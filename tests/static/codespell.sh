#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need codespell

# names of ours and of the protocols that look like misspelt words
words=ike,sa,sas,te,ue,inout,fo,nd,ba,ans,tre,ro,selectin,hist,ded,doesnt

plan 1
tools/lib/sources.sh all | grep -v -e '^LICENSES/' -e '^tests/fuzz/corpus/' |
	xargs -d '\n' codespell -q 3 -L "$words" >"$findings" 2>&1
verdict "no misspelt words"
exit "$failed"
