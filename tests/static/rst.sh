#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every .rst file is what docutils can read: no table, title, list or reference
# that is broken. Roles and directives that only Sphinx has are passed over.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need python3
python3 -c 'import docutils' 2>"$findings.log" || {
	echo "1..0 # SKIP python3-docutils is not installed"
	exit 4
}

plan 1
tools/lib/sources.sh all | grep '\.rst$' >"$findings.files" || {
	echo "Bail out! no .rst file"
	exit 1
}
python3 - "$findings.files" >"$findings" 2>&1 <<'EOF' ||
import sys

from docutils.core import publish_doctree

WARNING, NEVER = 2, 5
SPHINX = ("Unknown directive type", "Unknown interpreted text role")


class Findings:
    """What docutils says, one call for each finding."""

    def write(self, text):
        if not any(kind in text for kind in SPHINX):
            # without the lines that it quotes
            print(text.strip().split("\n")[0])


with open(sys.argv[1]) as names:
    for name in names.read().splitlines():
        with open(name) as f:
            publish_doctree(f.read(), source_path=name, settings_overrides={
                "report_level": WARNING, "halt_level": NEVER,
                "warning_stream": Findings(),
                # nothing is read but the file itself
                "file_insertion_enabled": False, "raw_enabled": False,
                "_disable_config": True})
EOF
	echo "docutils failed" >>"$findings"
verdict "docutils can read every .rst file"
exit "$failed"
