# SPDX-License-Identifier: GPL-2.0-or-later
# One test's output as a KTAP subtest, and its count.
# Variables: name, rc (exit status), fault (a sentence, when the rig found one),
# number (its place in the whole run), seconds (how long it took, if known),
# totals (file that gets "pass fail skip name seconds").
function line(text) { print "    " text }

BEGIN {
	plan = -1
	n = pass = fail = skip = 0
	line("KTAP version 1")
	line("# Subtest: " name)
}
/^KTAP version/ || /^TAP version/ { next }
/^1\.\.[0-9]+/ {
	if (plan < 0) {
		plan = substr($1, 4) + 0
		if ($0 ~ /# SKIP/) {
			why = $0
			sub(/.*# SKIP */, "", why)
		}
		line($0)
		next
	}
}
/^not ok / { n++; fail++; line($0); next }
/^ok / {
	n++
	if ($0 ~ /# SKIP/) {
		skip++
		why = $0
		sub(/.*# SKIP */, "", why)
	} else
		pass++
	line($0)
	next
}
/^#/ { line($0); last = $0; sub(/^# */, "", last); next }
/^ +(KTAP version|1\.\.|ok |not ok |#)/ { line($0); next }
{ line("# " $0); last = $0 }
END {
	if (plan > n) {
		line("# " (plan - n) " of " plan " planned tests did not report")
		fail += plan - n
	} else if (plan >= 0 && n > plan) {
		line("# " n " tests reported, " plan " planned")
		fail++
	}
	if (n == 0 && plan <= 0) {
		# no test points of its own: the script is one
		if (rc == 0) pass = 1
		else if (rc == 4) { skip = 1; if (why == "") why = last }
		else fail = 1
	} else if (rc != 0 && rc != 4 && fail == 0) {
		line("# exit status " rc " though every test point passed")
		fail++
	}
	if (fault != "" && n == 0 && fail) {
		line("# " fault)
	} else if (fault != "") {
		line("# " fault)
		fail++
	}
	if (seconds != "") line("# took " seconds " s")
	if (fail) print "not ok " number " " name
	else if (pass == 0 && skip) print "ok " number " " name " # SKIP " why
	else print "ok " number " " name
	print pass, fail, skip, name, seconds + 0 >> totals
}
