#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# AES-CBC with HMAC-SHA-2 for ESP: negotiated, installed, latched, rekeyed, and
# on the wire with the ICV that another program works out of the same key.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 7
setup a b

# octets HEX: the octets themselves
octets() { printf '%b' "$(fold -w 2 <<<"$1" | awk '{ printf "\\x%s", $1 }')"; }

# icv_is CAPTURE HASH OCTETS: the first ESP packet from a ends in the HMAC of
# what is before it, by the key of a's SA
icv_is() {
	local hex key len

	key=$(xfrm a state list dst "$B4" |
		awk '$1 == "auth-trunc" { print substr($3, 3); exit }')
	hex=$(tcpdump -n -c 1 -x -r "$tmp/$1.pcap" "ip proto 50 and src $A4" \
		2>/dev/null | awk '/^\t0x/ { for (i = 2; i <= NF; i++) printf "%s", $i }')
	# behind an IP header without options
	hex=${hex:40}
	len=$((${#hex} - 2 * $3))
	eq "$(octets "${hex:0:len}" |
		openssl dgst "-$2" -mac HMAC -macopt "hexkey:$key" -binary |
		od -An -v -tx1 | tr -d ' \n' | cut -c1-$((2 * $3)))" "${hex:len}"
}

# suite LIST-OF-a LIST-OF-b PORT QUALITY HASH OCTETS
suite() {
	conf a "child=aead = [ $1 ]; bytes = 300000;"
	conf b "child=aead = [ $2 ];"
	daemon a
	daemon b
	want_pair a b 4 || bail "no policies"
	capture "cap$3" va
	monitor a "sas$3" sa
	connect "c$3" a b 4 "$3" || bail "no connection: $(tail_log a b)"
	cond "latched" within 3 key_peer a "$3" b
	cond "quality" eq "$(row a "$3" quality)" "$4, replay on, esn off"
	cond "and at b" eq "$(row b "$3" quality)" "$4, replay on, esn off"
	cond "nothing in the clear" eq "$(clear "cap$3" "$3")" 0
	all "L01 $1: agreed, latched as such"
	check "$1: the ICV on the wire is that of the key" icv_is "cap$3" "$5" "$6"
	va=$(values a "$3")
	pump "c$3.c"
	within 40 keys_min "sas$3" $B4 3
	unpump "c$3.c"
	cond "keys" keys_min "sas$3" $B4 3
	cond "all arrived" within 10 arrived "c$3.c" "c$3.s"
	cond "same latch" eq "$(values a "$3")" "$va"
	[ -z "$_faults" ] || note "$(tail_log a b)"
	hang_up "c$3"
	stop "cap$3"
	stop "sas$3"
	calm a b
}
suite '"aes256-sha256"' '"aes256gcm16", "aes256-sha256"' 5001 \
	"cbc(aes) key 256 bits, hmac(sha256), icv 128 bits" sha256 16
all "L14 N03 rekeyed under traffic: nothing lost, same latch"
suite '"chacha20poly1305", "aes128-sha512"' '"aes128-sha512"' 5002 \
	"cbc(aes) key 128 bits, hmac(sha512), icv 256 bits" sha512 32
all "L14 N03 the same of two proposals, by the second"

conf a 'child=aead = [ "aes256-sha256" ];'
conf b
daemon a
daemon b
want_pair a b 4 || bail "no policies"
capture off va
try off a b 4 5003
cond "b says why" within 10 logs b 'none of its ESP proposals is acceptable'
cond "a is told" within 5 logs a NO_PROPOSAL_CHOSEN
cond "no connection" not connected off.c
cond "nothing on the wire" eq "$(captured off 'ip proto 6 or ip proto 50')" 0
[ -z "$_faults" ] || note "$(tail_log a b)"
hang_up off
all "without a common suite there is no SA: by default none is CBC"
finish
