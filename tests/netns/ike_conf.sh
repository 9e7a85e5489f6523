#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd -n: which files it takes, and that it says in one line with file, line
# and remedy why it does not; the key that it makes at first start; a file that
# is read again while connections stand.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 33
setup a b

HEX=$(printf '%064d' 0 | tr 0 a)
file() { printf '%s\n' "$1" >"$tmp/x.conf"; }
good() { # WHAT TEXT
	file "$2"
	check "a good file: $1" btnsd -n -c "$tmp/x.conf"
}
bad() { # WHAT TEXT LINE PATTERN
	file "$2"
	cond "status" not eval 'btnsd -n -c "$tmp/x.conf" >"$tmp/out" 2>&1'
	cond "place" grep -q "x\.conf:$3: " "$tmp/out"
	cond "reason" grep -Eq -- "$4" "$tmp/out"
	cond "one line" eq "$(wc -l <"$tmp/out")" 1
	[ -z "$_faults" ] || note "$(cat "$tmp/out")"
	all "a bad file: $1"
}

good "empty: all by default" ''
good "everything" "
identity = { key = \"/etc/btns/key.pem\"; algorithm = \"rsa\"; id = \"fqdn:a.example\"; };
listen = { addresses = [ \"0.0.0.0\", \"::1\" ]; };
ike = { dh = [ \"x25519\", \"p256\", \"p384\", \"modp2048\" ]; aead = [ \"aes256gcm16\", \"aes128gcm16\", \"chacha20poly1305\" ];
	prf = [ \"sha256\", \"sha384\", \"sha512\" ]; lifetime = 14400; dpd = 30; retries = 5;
	cookie_threshold = 32; half_open_max = 1024; half_open_per_address = 16; };
child = { aead = [ \"aes256gcm16\" ]; lifetime = 3600; bytes = 0; pfs = true; replay_window = 128; };
pad = ( { name = \"db\"; id = \"fqdn:db.example\"; key = \"SHA256:$HEX\"; addresses = [ \"10.1.0.0/16\", \"fd00::/16\" ]; },
	{ name = \"k\"; btns = true; key = \"SHA256:$HEX\"; }, $PAD_ANY );"
for id in fqdn:a.example rfc822:a@b.example ipv4:192.0.2.1 ipv6:2001:db8::1 \
	keyid:0102ff dn:3000; do
	good "id $id" "identity = { id = \"$id\"; };"
done
bad "syntax" 'ike = { dh = [ "x25519" };' 1 'syntax'
bad "unknown group" $'\nikes = { };' 2 'ikes'
bad "unknown setting" $'ike = {\n\tdhs = [ "x25519" ];\n};' 2 'dhs'
bad "unknown algorithm" 'ike = { dh = [ "md5" ]; };' 1 'md5.*x25519'
bad "no algorithm" 'child = { aead = [ ]; };' 1 'aead'
bad "the same twice" 'ike = { prf = [ "sha256", "sha256" ]; };' 1 'twice'
bad "number too small" 'child = { lifetime = 1; };' 1 'lifetime.* 10 '
bad "negative number" 'ike = { dpd = -1; };' 1 'dpd'
bad "text for a number" 'ike = { retries = "5"; };' 1 'retries.*number'
bad "number for text" 'identity = { key = 5; };' 1 'key.*quotes'
bad "relative path" 'identity = { key = "key.pem"; };' 1 'absolute'
bad "identity of no kind" 'identity = { id = "a.example"; };' 1 'fqdn:'
bad "key as an identity on the wire" \
	"identity = { id = \"key:SHA256:$HEX\"; };" 1 'identity'
bad "address" 'listen = { addresses = [ "300.1.2.3" ]; };' 1 '300.1.2.3'
bad "too few bytes" 'child = { bytes = 10; };' 1 'bytes'
bad "PAD entry without a name" 'pad = ( { btns = true; any = true; } );' 1 'name'
bad "B02 two wildcards" "pad = ( $PAD_ANY, { name = \"b\"; btns = true; any = true; } );" 1 'any|wildcard'
bad "short fingerprint" 'pad = ( { name = "k"; btns = true; key = "SHA256:abcd"; } );' 1 'SHA256|key'
cond "status" not eval 'btnsd -n -c "$tmp/none.conf" >"$tmp/out" 2>&1'
cond "says so" grep -q 'none\.conf' "$tmp/out"
all "a file that is not there"
cond "unknown option" not btnsd --no-such-option
all "an unknown option is refused"
for n in '' 0 -1 +2 ' 2' 2x x 33 18446744073709551618; do
	cond "status" not eval 'btnsd "--reader=$n" >"$tmp/out" 2>&1'
	cond "\"$n\"" grep -qF "\"$n\" is no number of sockets from 1 to 32" "$tmp/out"
done
all "a reader is not started with what is no number of sockets"

conf a
umask 000
daemon a
cond "mode" eq "$(stat -c %a "$tmp/etc-a/key.pem")" 600
cond "readable" openssl pkey -in "$tmp/etc-a/key.pem" -noout
first=$(fp a)
cond "fingerprint in the log" logs a "$first"
quit a
daemon a
cond "kept" eq "$(fp a)" "$first"
all "the first start makes a key that only root can read, and later ones keep it"
quit a
chmod 644 "$tmp/etc-a/key.pem"
bg_at bad a btnsd -c "$tmp/a.conf"
cond "ends" within 10 dead bad
cond "refused" not ends_with 0 bad
cond "says why" grep -q 'key.pem' "$tmp/bad.err"
all "a key that others can read is refused, with the reason"

# ---- read again under traffic ------------------------------------------------
chmod 600 "$tmp/etc-a/key.pem"
calm a

# file_of_a SECONDS PAD [LINE...]: a's file again, whole
file_of_a() {
	local seconds=$1 pad=$2
	shift 2

	conf a child="lifetime = $seconds;" pad="$pad"
	[ $# = 0 ] || printf '%s\n' "$@" >>"$tmp/a.conf"
}
# hup WHAT: a reads its file; it says WHAT once more
hup() {
	local n

	n=$(logged a "$1")
	kill -HUP "${_pid_of[btnsd-a]}"
	within 10 _more "$1" "$n"
}
_more() { [ "$(logged a "$1")" -gt "$2" ]; }
# all that a has agreed on and that says what it may
state() {
	echo "$(spis a "$B4") $(spis a "$A4") $(spis b "$A4") $(spis b "$B4")"
	ctl a policy list
	ctl a pad list
}
keys_of() { state | head -n 1; }

file_of_a 3600 "$PAD_ANY"
conf b
daemon a
daemon b
want_pair a b 4
cond "connection" connect c83 a b 4 83
within 3 key_peer a 83 b
was=$(keys_of)
cond "SAs" eq "$(wc -w <<<"$was")" 4
pump c83.c
pump c83.s
cond "traffic" flows c83.c c83.s
capture again va
file_of_a 1800 "# in words: whoever it is
	$PAD_ANY" 'groups = { private = [ "10.77.0.0/16" ]; };'
cond "in force" hup 'in force'
cond "the group" grep -q "dst 10.77.0.0/16 .* group private" <(ctl a policy list)
cond "traffic on" flows c83.c c83.s
cond "and back" flows c83.s c83.c
cond "the same SPIs" eq "$(keys_of)" "$was"
cond "ESP" captured_min again "ip proto 50" 20
cond "not a word of IKE" eq "$(captured again "udp")" 0
cond "nor in the clear" eq "$(captured again "tcp")" 0
cond "latched" key_peer a 83 b
[ -z "$_faults" ] || note "$(tail_log a b; ctl a policy list)"
all "a file that is read again drops no SA and sends nothing"

was=$(state)
file_of_a 900 none 'groups = { private = [ "10.78.0.0/16" ]; };' \
	'children = { };'
line=$(wc -l <"$tmp/a.conf")
cond "refused" hup 'old configuration stays in force'
cond "the line is named" logs a "a\.conf:$line: .*children"
cond "traffic on" flows c83.c c83.s
cond "nothing has changed" eq "$(state)" "$was"
cond "not a word of IKE" eq "$(captured again "udp")" 0
cond "nor in the clear" eq "$(captured again "tcp")" 0
cond "latched" key_peer a 83 b
unpump c83.c
unpump c83.s
cond "all there" within 10 arrived c83.c c83.s
cond "and back" within 10 arrived c83.s c83.c
[ -z "$_faults" ] || note "$(tail_log a b; ctl a policy list)"
all "a file with a mistake changes nothing, its line is named; nothing was lost"
hang_up c83
finish
