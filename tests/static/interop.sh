#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of Documentation/interop.rst are what is recorded of the runs with
# other daemons, and what is recorded is of the rows that the scripts have, for each
# version of each.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 4
tools/interop --check >"$findings" 2>&1
verdict "the tables of other daemons are what their scripts said"

copy=$(mktemp -d)
trap 'rm -rf "$copy" "$findings"*' EXIT
results=tests/netns/peer_results
# anew: the tree as it is, as far as that is about other daemons
anew() {
	rm -rf "$copy/tree"
	mkdir "$copy/tree"
	cp --parents -t "$copy/tree" tools/interop Documentation/interop.rst \
		"$results" tests/netns/peer*.sh
}
# without SED-COMMAND: what --check says where the results are others
without() {
	anew
	sed -i "$1" "$copy/tree/$results"
	# nothing is added, so that the tables are those of these results
	"$copy/tree/tools/interop" --update
	"$copy/tree/tools/interop" --check && echo "--check is content"
}

{
	# a row that other versions still have
	without '/^ok strongSwan 6.1.0: rekey of the IKE SA: /d' >"$findings.log" 2>&1
	grep -qF 'no row "rekey of the IKE SA" of strongSwan 6.1.0:' "$findings.log" ||
		cat "$findings.log"
	without '/^ok Libreswan 5.2: .*, IPv6: /d' >"$findings.log" 2>&1
	grep -qF 'no row "rekey of the child SA, IPv6" of Libreswan 5.2:' "$findings.log" ||
		cat "$findings.log"
	[ "$(grep -vc 'of Libreswan 5.2:' "$findings.log")" = 0 ] || cat "$findings.log"
} >"$findings"
verdict "--check misses a row of one version, though others have it"

{
	without '/strongSwan 6.1.0/d' >"$findings.log" 2>&1
	grep -qF 'has runs of nothing for strongswan-forky' "$findings.log" ||
		cat "$findings.log"
	without 's/strongSwan 6.0.1/strongSwan 6.0.2/; s/: trixie: /: sid: /' \
		>"$findings.log" 2>&1
	grep -qF 'has strongSwan 6.0.2, which no script of now has' "$findings.log" ||
		cat "$findings.log"
} >"$findings"
verdict "and a version, and one too many"

# a run of one point, of a version that is there
{
	anew
	git -C "$copy/tree" -c init.defaultBranch=x init -q
	git -C "$copy/tree" -c user.name=x -c user.email=x@example.org \
		commit -q --allow-empty -m x
	commit=$(git -C "$copy/tree" rev-parse --short HEAD)
	printf '# %s\n    not ok 3 N03 %s\n' \
		'strongSwan 6.1.0 (6.1.0-1 of forky)' \
		'strongSwan 6.1.0: rekey of the IKE SA: we begin' >"$copy/said"
	touch -d 2001-02-03 "$copy/said"
	"$copy/tree/tools/interop" --update "$copy/said"
	diff "$results" "$copy/tree/$results" | grep '^>' >"$findings.log"
	printf '> %s\n' "# ran: strongSwan 6.1.0: forky: 2001-02-03 $commit: 1" \
		"not ok strongSwan 6.1.0: rekey of the IKE SA: we begin" |
		diff - "$findings.log"
	cells=$(grep -cE '^(not )?ok strongSwan 6\.1\.0: ' "$results")
	grep -qx "Last run on 2001-02-03, at commit $commit: 1 of $cells cells." \
		"$copy/tree/Documentation/interop.rst" ||
		echo "the document does not say when that was"
} >"$findings" 2>&1
verdict "--update says when and at which commit a peer was run, and changes no other line"
exit "$failed"
