#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The dependency rule: calls and includes only go the way these tables say
# (Documentation/architecture has the picture). Fails on an arrow that is not
# in them. Kernel side: each file may call the non-static btns_ functions of
# the files named after it; user side: each folder may include what follows.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

# FILE: FILES whose functions it may call. latch stands for latch*.c,
# ask.c, own.c and wish.c.
kernel_calls='
main: *
netlink-gen: netlink
netlink: latch sa pad spd ident event nlparse nlput mib
sockopt: sockopt_peer latch said ident flow mib
sockopt_peer: sockopt latch flow
kmgr: latch sa spd mib
hook: said flow latch mib
latch: said sa spd ident user qop flow icmp tcpopt chunk event mib
said: sa spd qop
sa: pad spd ident qop event mib
pad: event ident mib
spd: pad mib
event: nlput mib
sysctl: mib
nlparse: pad
nlput:
ident:
user:
qop: flow
icmp: flow
flow:
tcpopt:
chunk:
mib:
trace:
'

# SYMBOL: FILES that may call it against the direction above, and why
# - registering hooks is control, done by whoever makes the first latch
# - a knob that says when to look for what is over holds from now on
# - a socket may ask for what policy does not
# - a binding that changes or goes may break latches: an event, as from kmgr
kernel_exceptions='
btns_hook_update: latch sockopt sysctl
btns_latch_owner_retime: sysctl
btns_latch_conflict: sa
btns_ask_protects: sa
btns_latch_event_binding: sa
btns_latch_event_gone: sa
'

# FOLDER or FILE (longest match wins): prefixes that its "..." and <...>
# includes of ours, OpenSSL, libmnl, libevent and libconfig may have
user_includes='
userspace/libbtns/: libbtns/ linux/btns kernel/pad_match.h libmnl/
userspace/libbtns/ident.c: libbtns/ linux/btns openssl/
userspace/libbtns/known.c: libbtns/ linux/btns openssl/
userspace/libbtns/peers.c: libbtns/ linux/btns openssl/
userspace/libbtns/padconf: libbtns/ linux/btns kernel/pad_match.h libconfig.h
userspace/btnsctl/: btnsctl/ libbtns/ linux/btns kernel/pad_match.h jansson.h
userspace/btnsd/crypto/: btnsd/crypto/ btnsd/ike/wire.h btnsd/ike/buf.h openssl/
userspace/btnsd/ike/: btnsd/ libbtns/ linux/btns kernel/pad_match.h
userspace/btnsd/ike/id.c: btnsd/ libbtns/ linux/btns kernel/pad_match.h openssl/
userspace/btnsd/ike/wire.h:
userspace/btnsd/ike/buf: btnsd/ike/buf.h
userspace/btnsd/ike/parse: btnsd/ike/
userspace/btnsd/ike/build: btnsd/ike/
userspace/btnsd/ike/rules: btnsd/ike/
userspace/btnsd/ike/message: btnsd/ike/
userspace/btnsd/ike/names: btnsd/ike/
userspace/btnsd/: btnsd/ libbtns/ linux/btns kernel/pad_match.h event2/
userspace/btnsd/conf: btnsd/ libbtns/ linux/btns kernel/pad_match.h libconfig.h
userspace/btnsd/kern: btnsd/ libbtns/ linux/btns kernel/pad_match.h libmnl/ event2/
kernel/pad_match.h: kernel/ selector.h spd_match.h
kernel/congruence.h: selector.h spd_match.h
kernel/selector.h:
kernel/spd_match.h: selector.h
'

# kernel_check: edges between files by symbol, against the table
kernel_check() {
	awk -v table="$kernel_calls" -v exceptions="$kernel_exceptions" '
	function group(f) { return f ~ /^latch_/ || f ~ /^(ask|own|wish)$/ ? "latch" : f }
	function load(text, into,    n, lines, i, j, k, words, left) {
		n = split(text, lines, "\n")
		for (i = 1; i <= n; i++) {
			k = index(lines[i], ":")
			if (!k) continue
			left = substr(lines[i], 1, k - 1)
			into[left, ""] = 1
			j = split(substr(lines[i], k + 1), words, " ")
			for (; j > 0; j--) into[left, words[j]] = 1
		}
	}
	function code(s) {
		if (s ~ /^[ \t]*\*/ || s ~ /^[ \t]*\/\*/) return ""
		gsub(/\/\*.*\*\//, "", s)
		gsub(/"[^"]*"/, "", s)
		gsub(/(struct|enum|union) btns_[a-z0-9_]+/, "", s)
		return s
	}
	BEGIN { load(table, may); load(exceptions, extra) }
	{
		f = FILENAME
		sub(/.*\//, "", f)
		sub(/\.c$/, "", f)
		t = code($0)
	}
	pass == 1 && t ~ /^[a-z]/ && t !~ /^static/ && t !~ /;[ \t]*$/ {
		if (match(t, /btns_[a-z0-9_]+\(/))
			home[substr(t, RSTART, RLENGTH - 1)] = f
	}
	pass == 2 {
		from = group(f)
		if (!((from, "") in may) && !(f in unknown)) {
			print FILENAME ": not in the table of tools/check-layers.sh"
			unknown[f] = bad = 1
		}
		while (match(t, /btns_[a-z0-9_]+/)) {
			s = substr(t, RSTART, RLENGTH)
			t = substr(t, RSTART + RLENGTH)
			if (!(s in home)) continue
			to = group(home[s])
			if (to == from || (from, to) in may || (from, "*") in may)
				continue
			if ((s, from) in extra) continue
			print FILENAME ":" FNR ": " s "() is in " home[s] \
				".c: " from " may not call " to
			bad = 1
		}
	}
	END { exit bad }
	' pass=1 kernel/*.c pass=2 kernel/*.c
}

user_check() {
	local files=()

	mapfile -t files < <(find userspace kernel/pad_match.h \
		kernel/congruence.h kernel/selector.h kernel/spd_match.h \
		-name '*.[ch]' \
		2>/dev/null | sort)
	[ "${#files[@]}" -gt 0 ] || return 0
	awk -v table="$user_includes" '
	BEGIN {
		n = split(table, lines, "\n")
		for (i = 1; i <= n; i++) {
			k = index(lines[i], ":")
			if (k) rule[substr(lines[i], 1, k - 1)] = \
				substr(lines[i], k + 1) " "
		}
	}
	FNR == 1 {
		best = ""
		for (r in rule)
			if (index(FILENAME, r) == 1 && length(r) > length(best))
				best = r
		if (best == "") {
			print FILENAME ": not in the table of tools/check-layers.sh"
			bad = 1
		}
	}
	/^#[ \t]*include[ \t]*["<]/ {
		s = $0
		sub(/^[^"<]*["<]/, "", s)
		sub(/[">].*/, "", s)
		# system headers are of no interest, others people'\''s libraries are
		if ($0 !~ /include[ \t]*"/ &&
		    s !~ /^(openssl|libmnl|event2)\/|^(libconfig|jansson)\.h|^linux\/btns/)
			next
		m = split(rule[best], words, " ")
		for (ok = 0; m > 0; m--)
			if (index(s, words[m]) == 1) ok = 1
		# a header beside the file, by its bare name
		dir = FILENAME
		sub(/[^\/]*$/, "", dir)
		if (s !~ /\// && index(best, "/") && $0 ~ /include[ \t]*"/ &&
		    s ~ /\.h$/) ok = 1
		if (!ok) {
			print FILENAME ":" FNR ": may not include " s
			bad = 1
		}
	}
	END { exit bad }
	' "${files[@]}"
}

rc=0
kernel_check || rc=1
user_check || rc=1
exit $rc
