#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd -n: which files it takes, and that it says in one line with file, line
# and remedy why it does not; the key that it makes at first start.
# shellcheck disable=SC2317,SC2015,SC2016 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 30
setup a

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
all "U04 the first start makes a key that only root can read, and later ones keep it"
quit a
chmod 644 "$tmp/etc-a/key.pem"
bg_at bad a btnsd -c "$tmp/a.conf"
cond "ends" within 10 dead bad
cond "refused" not ends_with 0 bad
cond "says why" grep -q 'key.pem' "$tmp/bad.err"
all "a key that others can read is refused, with the reason"
finish
