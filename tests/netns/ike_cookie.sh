#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IKE_SA_INIT that does not go through at once: COOKIE, another group wanted,
# both, and no algorithm in common.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 9
setup a b
port=5000

# case SETTINGS-OF-a SETTINGS-OF-b
case_() {
	calm a b
	port=$((port + 1))
	conf a "ike=$1"
	conf b "ike=$2"
	daemon b
	daemon a
	want_pair a b "${3:-4}" || bail "no policies"
	capture cap$port
	try c$port a b "${3:-4}" $port
}
works() {
	cond "talks" talk c$port
	cond "b knows a" within 3 key_peer b $port a
	cond "one IKE SA" eq "$(ike_count cap$port 34 "${1:-$A4}")" 1
}
over() {
	[ -z "$_faults" ] || note "$(tail_log a b)"
	hang_up c$port
	stop cap$port
}
# inits ADDRESS: datagrams with an IKE_SA_INIT request from there
inits() { ike_datagrams cap$port 34 "$1" | wc -l; }
# notify TYPE ADDRESS: IKE_SA_INIT responses from there with that notify first
notify() { ike_answers cap$port 34 "$2" | grep -c "$1"; }
COOKIE=4006 INVALID_KE=0011 NO_PROPOSAL=000e

case_ 'dh = [ "x25519" ];' 'cookie_threshold = 0;'
works
cond "two requests" eq "$(inits $A4)" 2
cond "one COOKIE" eq "$(notify $COOKIE $B4)" 1
over
all "U01 COOKIE: the request is sent again with it"

case_ '' 'cookie_threshold = 0;' 6
works $A6
cond "two requests" eq "$(inits $A6)" 2
over
all "U01 COOKIE over IPv6"

case_ 'dh = [ "p256", "x25519" ];' 'dh = [ "x25519" ];'
works
cond "two requests" eq "$(inits $A4)" 2
cond "one INVALID_KE_PAYLOAD" eq "$(notify $INVALID_KE $B4)" 1
over
all "U01 INVALID_KE_PAYLOAD: the request is sent again with the other group"

case_ 'dh = [ "p384", "x25519" ];' 'dh = [ "x25519" ]; cookie_threshold = 0;'
works
cond "COOKIE" eq "$(notify $COOKIE $B4)" 1
cond "INVALID_KE_PAYLOAD" eq "$(notify $INVALID_KE $B4)" 1
over
all "U01 COOKIE and INVALID_KE_PAYLOAD in one go"

for dh in p256 p384 modp2048; do
	case_ "dh = [ \"$dh\" ]; aead = [ \"chacha20poly1305\", \"aes128gcm16\" ]; prf = [ \"sha512\", \"sha384\" ];" \
		"dh = [ \"x25519\", \"$dh\" ]; aead = [ \"aes256gcm16\", \"aes128gcm16\" ]; prf = [ \"sha256\", \"sha384\" ];"
	works
	cond "one request" eq "$(inits $A4)" 1
	over
	all "U01 $dh, AES-128-GCM, SHA2-384: what both have is taken"
done

case_ 'dh = [ "p384" ];' 'dh = [ "x25519" ];'
cond "a says so" within 10 logs a NO_PROPOSAL_CHOSEN
cond "b says so" within 5 logs b NO_PROPOSAL_CHOSEN
cond "answered" [ "$(notify $NO_PROPOSAL $B4)" -ge 1 ]
cond "no connection" not connected c$port.c
cond "nothing out" eq "$(clear cap$port $port)" 0
over
all "U02 L02 nothing in common: NO_PROPOSAL_CHOSEN on both sides, and no packet"
if command -v tshark >/dev/null; then
	is "U01 tshark decodes every IKE message" \
		"$(unreadable cap5001) $(unreadable cap5004)" "0 0"
else
	lacking "U01 tshark decodes every IKE message" "tshark is not installed"
fi
finish
