#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Suites of ESP but the default one: negotiated, installed, latched, rekeyed, and
# on the wire as another program has it that was given the same key.
# timeout: 240
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 16
setup a b

# octets HEX: the octets themselves
octets() { printf '%b' "$(fold -w 2 <<<"$1" | awk '{ printf "\\x%s", $1 }')"; }

# esp CAPTURE: the first ESP packet from a, in hex, behind an IP header without options
esp() {
	local hex

	hex=$(tcpdump -n -c 1 -x -r "$tmp/$1.pcap" "ip proto 50 and src $A4" \
		2>/dev/null | awk '/^\t0x/ { for (i = 2; i <= NF; i++) printf "%s", $i }')
	echo "${hex:40}"
}
# sa_key ALGORITHM: the key that the kernel of a has for what it sends, in hex
sa_key() {
	xfrm a state list dst "$B4" |
		awk -v what="$1" '$1 == what { print substr($3, 3); exit }'
}
hex() { od -An -v -tx1 | tr -d ' \n'; }

# icv_is CAPTURE PORT HASH OCTETS: it ends in the HMAC of what is before it
icv_is() {
	local hex len

	hex=$(esp "$1")
	len=$((${#hex} - 2 * $4))
	eq "$(octets "${hex:0:len}" | openssl dgst "-$3" -mac HMAC \
		-macopt "hexkey:$(sa_key auth-trunc)" -binary |
		hex | cut -c1-$((2 * $4)))" "${hex:len}"
}
# opens CAPTURE PORT CIPHER: what an AEAD has in the place of plain text is a
# stream, so that its cipher alone opens it: a segment to that port. Both take
# the salt from behind the key and the IV from the packet, and count blocks: AES
# in the last four octets, from 2 (RFC 4106), ChaCha20 in the first four, least
# octet first, from 1 (RFC 7634); the block before is for the ICV.
opens() {
	local hex key salt iv clear

	hex=$(esp "$1")
	key=$(sa_key aead)
	salt=${key: -8}
	case $3 in
	chacha20) iv=01000000$salt${hex:16:16} ;;
	*) iv=$salt${hex:16:16}00000002 ;;
	esac
	clear=$(octets "${hex:32:${#hex}-64}" |
		openssl enc -d "-$3" -K "${key::-8}" -iv "$iv" | hex)
	# destination port and, as the last octet of the trailer, TCP
	eq "${clear:4:4} ${clear: -2}" "$(printf '%04x' "$2") 06"
}

# suite LIST-OF-a LIST-OF-b PORT QUALITY CHECK ARGUMENTS
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
	all "K56 L01 $1: agreed, latched as such"
	check "K56 $1: another program with the key has the same on the wire" \
		"$5" "cap$3" "$3" "${@:6}"
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
	all "L14 N03 $1: rekeyed under traffic, nothing lost, same latch"
}
suite '"aes256-sha256"' '"aes256gcm16", "aes256-sha256"' 5001 \
	"cbc(aes) key 256 bits, hmac(sha256), icv 128 bits" icv_is sha256 16
suite '"chacha20poly1305", "aes128-sha512"' '"aes128-sha512"' 5002 \
	"cbc(aes) key 128 bits, hmac(sha512), icv 256 bits" icv_is sha512 32
suite '"aes256-sha384"' '"aes256-sha384"' 5004 \
	"cbc(aes) key 256 bits, hmac(sha384), icv 192 bits" icv_is sha384 24
suite '"aes128gcm16"' '"aes256gcm16", "aes128gcm16"' 5005 \
	"rfc4106(gcm(aes)) key 128 bits, icv 128 bits" opens aes-128-ctr
suite '"chacha20poly1305"' '"aes256gcm16", "chacha20poly1305"' 5006 \
	"rfc7539esp(chacha20,poly1305) key 256 bits, icv 128 bits" opens chacha20

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
