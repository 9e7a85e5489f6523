#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tunnel mode by btnsd: between two hosts, whose conversations are latched, with
# other addresses inside, and through a NAT; rekeyed by both ends.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
_need nft
plan 6
setup a b

R4=10.2.0.254
# tunnels HOST LOCAL REMOTE OUTER-LOCAL OUTER-REMOTE: both policies
tunnels() {
	want "$1" "$2" "$3" mode tunnel from "$4" to "$5"
}
# state_ok HOST ADDRESS: SAs towards it are in tunnel mode
state_ok() {
	xfrm "$1" state list dst "$2" >"$tmp/states"
	grep -q 'mode tunnel' "$tmp/states" &&
		! grep -q 'mode transport' "$tmp/states"
}
diagnose() { [ -z "$_faults" ] || note "$(tail_log a b)" "$(xfrm a state list)"; }

# one FAMILY PORT: two hosts
one() {
	local f=$1 port=$2 ax ay va

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	conf a 'child=bytes = 300000;'
	conf b
	daemon a
	daemon b
	tunnels a "$(_full "$ax")" "$(_full "$ay")" "$ax" "$ay" &&
		tunnels b "$(_full "$ay")" "$(_full "$ax")" "$ay" "$ax" ||
		bail "no policies"
	monitor a "sas$port" sa
	capture "cap$port"
	cond "connection" connect "c$port" a b "$f" "$port"
	cond "a knows b" within 3 key_peer a "$port" b
	cond "b knows a" within 3 key_peer b "$port" a
	cond "a's SAs" state_ok a "$ay"
	cond "b's SAs" state_ok b "$ax"
	cond "kind" eq "$(row a "$port" protection)" \
		"esp tunnel confidentiality integrity"
	cond "nothing clear" eq "$(clear "cap$port" "$port")" 0
	diagnose
	all "L09 two hosts in tunnel mode: both ends latched (IPv$f)"
	va=$(values a "$port")
	pump "c$port.c"
	within 40 keys_min "sas$port" "$ay" 3
	unpump "c$port.c"
	cond "arrived" within 10 arrived "c$port.c" "c$port.s"
	cond "keys" keys_min "sas$port" "$ay" 3
	cond "same latch" eq "$(values a "$port")" "$va"
	cond "one pair" within 15 has_spis a "$ay" 1
	cond "still tunnels" state_ok a "$ay"
	diagnose
	all "N03 rekeyed under traffic: all arrived, same latch (IPv$f)"
	hang_up "c$port"
	stop "cap$port"
	stop "sas$port"
	calm a b
}
one 4 5001
one 6 5002

# ---- other addresses inside, the peer is asked by what is outside ---------------
for h in a b; do
	new_key $h
	conf $h
	daemon $h
done
at a ip address add 192.168.0.1/32 dev lo
at b ip address add 192.168.1.1/32 dev lo
at a ip route add 192.168.1.0/24 via 10.1.0.254 src 192.168.0.1
at b ip route add 192.168.0.0/24 via 10.2.0.254 src 192.168.1.1
tunnels a 192.168.0.0/24 192.168.1.0/24 $A4 $B4 &&
	tunnels b 192.168.1.0/24 192.168.0.0/24 $B4 $A4 || bail "no policies"
capture inner
serve in.s b 192.168.1.1 5003
dial in.c a 192.168.1.1 5003
cond "connected" within 10 connected in.c
cond "a knows b" within 3 key_peer a 5003 b
cond "b knows a" within 3 key_peer b 5003 a
cond "data" talk in
cond "wide" grep -q 'sel src 192.168.0.0/24 dst 192.168.1.0/24' <(xfrm a state list)
cond "nothing clear" eq "$(clear inner 5003)" 0
diagnose
all "selectors wider than the hosts: networks behind both ends"
hang_up in
stop inner
calm a b

# ---- through a NAT ---------------------------------------------------------------
at r nft -f - <<-N || bail "no address translation"
	table ip n {
		chain post {
			type nat hook postrouting priority srcnat;
			ip saddr $A4 oifname vb udp dport { 500, 4500 } snat to $R4:20000-30000
		}
	}
N
for h in a b; do
	new_key $h
	conf $h
	daemon $h
done
tunnels a 192.168.0.0/24 192.168.1.0/24 $A4 $B4 &&
	tunnels b 192.168.1.0/24 192.168.0.0/24 $B4 $R4 || bail "no policies"
capture nat vb
serve nat.s b 192.168.1.1 5004
dial nat.c a 192.168.1.1 5004
cond "connected" within 10 connected nat.c
cond "b knows a" within 3 key_peer b 5004 a
cond "data" talk nat
cond "in UDP" captured_min nat "src $R4 and udp src portrange 20000-30000 and udp dst port 4500 and udp[8:4] != 0" 3
cond "inner addresses" grep -q "192.168.0.1" <(ctl b latch list)
diagnose
all "tunnel mode through a NAT: inner addresses are untouched"
hang_up nat
finish
