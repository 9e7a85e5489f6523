#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd is two processes: a broker with our key, shared secrets and CAP_NET_ADMIN, and
# a reader with none of them. A reader that makes a system call which its filter has not is killed
# and started anew by the same broker, and latches do not notice. None
# of the secrets is in what either of them logs.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120,SC2001 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
_need memgrep forbid
plan 6
setup a b

broker() { echo "${_pid_of[btnsd-$1]}"; }
# reader HOST [OTHER]: the child of a host's broker, in REPLY, if it is not that
reader() {
	REPLY=$(pgrep -P "$(broker "$1")") && [ "$REPLY" != "${2:-}" ]
}
# jailed PID CAPABILITIES: has it these, no new ones, and a filter
jailed() {
	_read "/proc/$1/status"
	[[ $REPLY == *$'\nSeccomp:\t2'* && $REPLY == *$'\nNoNewPrivs:\t1'* &&
		$REPLY == *$'\nCapEff:\t'"$2"* &&
		$REPLY == *$'\nCapPrm:\t'"$2"* &&
		$REPLY == *$'\nCapInh:\t0000000000000000'* ]]
}
# no_core PID: it leaves no core file, and is none for a debugger of its own user
no_core() {
	_read "/proc/$1/limits"
	[[ $REPLY =~ Max\ core\ file\ size\ +0\ +0\  ]] &&
		not setpriv --bounding-set=-all head -c 1 "/proc/$1/environ"
}
# odd_fds PID: what it has open that is neither a socket nor the event loop's, nor
# what it writes its log to
odd_fds() {
	find "/proc/$1/fd" -mindepth 1 -printf '%l\n' |
		grep -Ev '^(socket:.*|anon_inode:.*|pipe:.*|/dev/null|.*/btnsd-.*\.(out|err))$'
}
# netlink_of HOST PID: inodes of netlink sockets that a process has open
netlink_of() {
	find "/proc/$2/fd" -mindepth 1 -printf '%l\n' |
		sed -n 's/^socket:\[\(.*\)\]$/\1/p' | sort >"$tmp/inodes"
	at "$1" awk 'NR > 1 { print $10 }' /proc/net/netlink | sort |
		comm -12 - "$tmp/inodes"
}
# lacks PID HEX: it was looked for, and is not there
lacks() {
	memgrep "$1" "$2"
	[ $? = 1 ]
}
# octets FILE: its first line, as memgrep takes them
octets() { tr -d '\n' <"$1" | od -An -v -tx1 | tr -d ' \n'; }
# from_hex HEX: the octets
from_hex() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
# base64_forms HEX: what is certain of their base64, whatever stands before them
base64_forms() {
	local before text

	for before in '' 00 0000; do
		text=$(from_hex "$before$1" | base64 -w 0)
		echo "${text:4:36}"
	done
}
# holds FILE HEX: has it these octets, as they are, in hexadecimal or in base64
holds() {
	grep -aqiF "$2" "$1" || grep -aqFf <(base64_forms "$2") "$1" ||
		od -An -v -tx1 "$1" | tr -d '\n' |
		grep -qF "$(sed 's/../ &/g' <<<"$2")"
}
# finds HEX FORM: it is found at the end of a's log if it is planted in that form
finds() {
	{
		_log a
		printf 'x%s' "$2"
	} >"$tmp/planted"
	holds "$tmp/planted" "$1"
}
# silent WHAT HEX: neither end has logged it; and it would have been found
silent() {
	local h form

	for h in a b; do
		_log "$h" >"$tmp/log"
		cond "log of $h" [ -s "$tmp/log" ]
		cond "$1 is not in the log of $h" not holds "$tmp/log" "$2"
	done
	for form in "$2" "${2^^}" "$(from_hex "$2" | base64 -w 0)" \
		"$(from_hex "7e$2" | base64 -w 0)" "$(from_hex "7e7e$2" | base64 -w 0)"; do
		cond "$1 is found as $form" finds "$2" "$form"
	done
	from_hex "$2" >"$tmp/planted"
	cond "$1 is found as it is" holds "$tmp/planted" "$2"
}
# by_secret HOST PEER ADDRESS: a configuration in which both share one
by_secret() {
	conf "$1" "id=fqdn:$1.example" "pad={ name = \"$2\"; id = \"fqdn:$2.example\";
		auth = \"psk\"; psk_file = \"$tmp/psk\"; addresses = [ \"$3/32\" ]; }"
}
reloads() { [ "$(logged a 'configuration is in force')" -ge "$1" ]; }
ready_times() { [ "$(logged a ' ready')" -ge "$1" ]; }

conf a 'child=bytes = 300000;'
conf b
daemon a
daemon b
want_pair a b 4 || bail "no policies"
reader a || bail "no reader"
first=$REPLY
reader b || bail "no reader"
other=$REPLY
monitor a sas sa
for h in "a $first" "b $other"; do
	read -r name pid <<<"$h"
	cond "broker $name" jailed "$(broker "$name")" 0000000000001000
	cond "reader $name" jailed "$pid" 0000000000000000
	cond "no core file of $name" no_core "$pid"
	cond "no core file of its broker" no_core "$(broker "$name")"
	cond "files of $name" eq "$(odd_fds "$pid")" ""
	cond "netlink of $name" eq "$(netlink_of "$name" "$pid")" ""
	cond "netlink of its broker" [ -n "$(netlink_of "$name" \
		"$(broker "$name")")" ]
done
all "the reader has no capability, no file, no netlink, and a filter; neither leaves a core file"

cond "connection" connect one a b 4 5001
cond "a knows b" within 3 key_peer a 5001 b
before=$(values a 5001)
pump one.c
cond "rekeyed" within 40 keys_min sas $B4 3
unpump one.c
cond "arrived" within 10 arrived one.c one.s
# another configuration and the store are read and written in there
kill -HUP "$(broker a)" "$(broker b)"
cond "a reads" within 5 logs a 'configuration is in force'
cond "b reads" within 5 logs b 'configuration is in force'
kill -USR2 "$(broker a)"
cond "counts" within 5 logs a 'stats: rx'
cond "the same" eq "$(reader a; echo "$REPLY")" "$first"
# what Ed25519 signs with: the last 32 octets of the key in PKCS#8
secrets=()
for h in a b; do
	hex=$(openssl pkey -in "$tmp/etc-$h/key.pem" -outform DER |
		tail -c 32 | od -An -v -tx1 | tr -d ' \n')
	secrets+=("$hex")
	reader "$h"
	cond "its broker has it" memgrep "$(broker "$h")" "$hex"
	cond "the reader has not" lacks "$REPLY" "$hex"
done
[ -z "$_faults" ] || note "$(tail_log a b)"
all "it signs, rekeys and reads files, and our key is nowhere in its memory"

cond "killed" forbid "$first"
cond "another" within 10 reader a "$first"
cond "said" within 5 logs a 'reader was killed by signal 31'
cond "ready" within 10 ready_times 2
reader a
cond "jailed again" jailed "$REPLY" 0000000000000000
cond "data" talk one
cond "took over" within 20 keys_min sas $B4 4
cond "established" is_state a 5001 established
cond "same latch" eq "$(values a 5001)" "$before"
cond "b too" is_state b 5001 established
cond "one pair" within 30 has_spis a $B4 1
cond "data" talk one
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L14 L16 a forbidden system call kills it: the broker starts another, the latch stays"

reader a
last=$REPLY
kill9 a
cond "its reader too" within 5 not kill -0 "$last"
cond "data without" talk one
daemon a
cond "took over" within 20 logs a 'an earlier btnsd stay'
cond "same latch" eq "$(values a 5001)" "$before"
hang_up one
reader a
last=$REPLY
quit a
cond "gone" not kill -0 "$last"
cond "its peer was told" within 5 has_spis b $A4 0
[ -z "$_faults" ] || note "$(tail_log a b)"
all "who ends the broker ends its reader, and peers are told if it is asked to"

quit b
(umask 077 && openssl rand -hex 32 >"$tmp/psk") || bail "no secret"
by_secret a b "$B4"
by_secret b a "$A4"
daemon a
daemon b
# SAs come first: the connection's first segments may be lost to it
serve two.s b "$B4" 5002
dial two.c a "$B4" 5002
cond "SAs" within 20 has_spis a "$B4" 1
cond "connection" within 20 is_state a 5002 established
cond "data" talk two
cond "by the secret" within 5 _peer_is a 5002 "fqdn:b.example, proved by psk"
hex=$(octets "$tmp/psk")
secrets+=("$hex")
for h in a b; do
	reader "$h"
	cond "its broker has it" memgrep "$(broker "$h")" "$hex"
	cond "the reader has not" lacks "$REPLY" "$hex"
done
# the same file as before is the same secret, and another is another
kill -HUP "$(broker a)"
cond "a reads" within 5 reloads 2
cond "SAs stay" has_spis a "$B4" 1
(umask 077 && openssl rand -hex 32 >"$tmp/psk") || bail "no secret"
kill -HUP "$(broker a)"
cond "it is another" within 5 logs a 'psk_file has changed'
hex=$(octets "$tmp/psk")
secrets+=("$hex")
cond "its broker has that one" memgrep "$(broker a)" "$hex"
reader a
cond "nor has it that one" lacks "$REPLY" "$hex"
[ -z "$_faults" ] || note "$(tail_log a b)"
all "a shared secret proves both, and is nowhere in the reader's memory"

cond "every message is logged" logs a 'D: .* the peer proves itself|D: .*established'
cond "two keys, two shared secrets" eq ${#secrets[@]} 4
for hex in "${secrets[@]}"; do
	silent "a secret" "$hex"
done
all "with -v neither our key nor a shared secret is in the log, in octets, hexadecimal or base64"
finish
