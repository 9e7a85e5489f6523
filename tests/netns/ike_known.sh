#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Leap of faith: a knows b by the key of the first contact. b changes its key:
# refused whoever calls, and what a's log says to type lets b in again.
# timeout: 120
# shellcheck disable=SC2317 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 8
setup a b

known=$tmp/var-a/known_peers
port=5000
k() { btnsctl known "$@" file "$known"; }
# fresh MODE: fresh daemons, a with that mode
fresh() {
	calm a b
	conf a "known=mode = \"$1\";"
	conf b
	daemon a
	daemon b
	want_pair a b 4 || bail "no policies"
}
# meet X Y: a connection from X to Y, left open as cPORT
meet() {
	port=$((port + 1))
	connect "c$port" "$1" "$2" 4 "$port" && within 3 key_peer a "$port" b
}
over() {
	[ -z "$_faults" ] || note "$(tail_log a b)"
	hang_up "c$port"
}
# refused X Y PATTERN: none, and a says why
refused() {
	port=$((port + 1))
	mark a
	capture "cap$port" va
	try "c$port" "$1" "$2" 4 "$port"
	cond "a says why" within 15 logs a "$3"
	cond "no connection" not connected "c$port.c"
	cond "no SA in a" within 5 has_spis a $B4 0
	cond "no binding" not bound a $B4 "key:$(fp b)"
	cond "nothing on the wire" eq \
		"$(captured "cap$port" 'ip proto 6 or ip proto 50')" 0
	stop "cap$port"
	over
}

fresh accept-new
cond "connects" meet a b
cond "one entry" k show $B4
cond "its key" grep -q "key $(fp b) learned" <(k show $B4)
cond "not in clear" not grep -qF $B4 "$known"
cond "for root only" eq "$(stat -c %a "$known")" 600
over
all "U16 the key of the first contact is written down, its address hashed"

cond "a is killed" kill9 a
daemon a
cond "connects" meet b a
cond "is jailed" eq "$(sed -n 's/^Seccomp:[[:space:]]*//p' \
	"/proc/${_pid_of[btnsd-a]}/status")" 2
over
fresh strict
cond "strict" meet a b
over
all "U16 known after a restart, in the other role, and strictly"

quit b
new_key b
fresh accept-new
refused b a "the key of $B4 has changed.*btnsctl known add $B4 $(fp b)"
all "U16 B04 b has another key and calls: refused, the log says what to do"

calm a b
fresh accept-new
refused a b "the key of $B4 has changed.*btnsctl known remove $B4"
all "U16 B04 b has another key and is called: refused"

cond "one key" eq "$(k show $B4 | wc -l)" 1
cond "add" k add $B4 "$(fp b)"
cond "lets in" meet a b
cond "two keys" eq "$(k show $B4 | wc -l)" 2
over
all "U16 the key is added under the running btnsd: b is let in"

fresh accept-new
cond "remove" k remove $B4
cond "nothing known" not k show $B4
cond "first contact" meet b a
cond "learned" grep -q "key $(fp b) learned" <(k show $B4)
talker=c$port
cond "forget" k remove $B4
cond "another" k add $B4 "SHA256:$(printf '%064d' 0)"
cond "talks" talk "$talker"
cond "same SAs" key_peer a $port b
over
all "U16 removed: a first contact again; what stands is left alone"

fresh strict
refused a b "the key of $B4 has changed"
k remove $B4
calm a b
fresh strict
refused a b "btnsctl known add $B4 $(fp b)"
all "U16 strict: a peer that nobody added is refused"

calm a b
echo "$B4 nonsense" >>"$known"
conf a "known=mode = \"accept-new\";"
bg_at spoilt a btnsd -c "$tmp/a.conf"
cond "ends" within 10 dead spoilt
cond "says where" says spoilt "$known:2: "
cond "btnsctl too" not k check
all "U16 a damaged file: btnsd does not start, and names the line"
finish
