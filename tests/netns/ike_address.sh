#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# This host's own address goes and another comes: nobody is called dead, no
# latch breaks, nothing is sent in the clear, and the new address serves.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 4
setup a b

# FAMILY OLD NEW PEER [FLAG]: addresses with their lengths, but for the peer's
change() {
	local f=$1 old=$2 new=$3 to=$4 n

	cond "connected" connect "c$f" a b "$f" "500$f"
	cond "latched" within 3 key_peer a "500$f" b
	all "IPv$f: protected"
	n=$(logged a 'our address .* is gone')
	at a ip -"$f" addr add "$new" dev eth0 "${@:5}"
	at a ip addr del "$old" dev eth0
	cond "said" within 15 gone_again "$n"
	cond "no SA is left" has_spis a "$to" 0
	cond "not dead" not logs a 'the peer is dead'
	cond "the latch stands" key_peer a "500$f" b
	connect "d$f" a b "$f" "501$f"
	cond "anew" within 5 key_peer a "501$f" b
	cond "not in the clear" eq \
		"$(captured wire "(ip proto 6 or ip6 proto 6) and not icmp6")" 0
	[ -z "$_faults" ] || note "$(tail_log a b; at a ip addr)"
	all "L19 IPv$f: the address goes, the latch stays, the next address serves"
}
gone_again() { [ "$(logged a 'our address .* is gone')" -gt "$1" ]; }

# two failures are enough: to run out of requests would take a minute and a half
conf a "ike=dpd = 1; retries = 12;"
conf b "ike=dpd = 0;"
daemon a
daemon b
want a 10.1.0.0/24 "$B4/32"
want b "$B4/32" 10.1.0.0/24
want a fd00:1::/64 "$B6/128"
want b "$B6/128" fd00:1::/64
at a sysctl -q -w net.ipv4.conf.all.promote_secondaries=1
capture wire va
change 4 "$A4/24" 10.1.0.77/24 "$B4"
change 6 "$A6/64" fd00:1::77/64 "$B6" nodad
finish
