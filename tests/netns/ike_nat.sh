#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Address translation between two hosts that run btnsd: at the initiator, at
# the responder, and a NAT that forgets. ESP goes in UDP, and the latch tells
# the addresses of both sides of the NAT.
# timeout: 150
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
_need nft
plan 8
setup a b

R4=10.2.0.254
# masquerade FROM TO: what a sends has the router's address and other ports
masquerade() {
	at r nft -f - <<-N
		table ip n
		flush table ip n
		table ip n {
			chain post {
				type nat hook postrouting priority srcnat;
				ip saddr $A4 oifname vb meta l4proto { tcp, udp } snat to $R4:$1-$2
			}
		}
	N
}
# forward: b is reached by the router's address on a's side
forward() {
	at r nft -f - <<-N
		table ip n
		flush table ip n
		table ip n {
			chain pre {
				type nat hook prerouting priority dstnat;
				ip daddr 10.1.0.254 meta l4proto { tcp, udp } dnat to $B4
			}
		}
	N
}
# in_udp CAPTURE SOURCE: ESP in UDP from there; plain CAPTURE: ESP without
in_udp() {
	captured_min "$1" "src $2 and udp port 4500 and udp[8:4] != 0 and greater 60" 3
}
plain() { [ "$(captured "$1" "ip proto 50")" = 0 ]; }
diagnose() { [ -z "$_faults" ] || note "$(tail_log a b)" "$(ctl b sa list)"; }

# ---- the initiator is behind it ------------------------------------------------
masquerade 20000 30000 || bail "no address translation"
conf a 'ike=keepalive = 1;'
conf b
daemon a
daemon b
want a $A4/32 $B4/32 && want b $B4/32 10.2.0.0/24 || bail "no policies"
capture inside va
capture outside vb
serve one.s b $B4 5001
dial one.c a $B4 5001
cond "connected" within 10 connected one.c
cond "a knows b" within 3 key_peer a 5001 b
cond "b knows a" within 3 key_peer b 5001 a
cond "data" talk one
cond "a's ESP" in_udp inside $A4
cond "b's ESP" in_udp outside $B4
cond "translated" captured_min outside "src $R4 and udp src portrange 20000-30000 and udp dst port 4500" 3
cond "no bare ESP" plain outside
cond "nothing clear" eq "$(clear outside 5001)" 0
diagnose
all "an initiator behind a NAT: ESP in UDP, in transport mode, both ends latched"
cond "a: private" eq "$(row a 5001 private)" "local $A4:4500 remote -"
cond "a: public" eq "$(row a 5001 public)" "local - remote $B4:4500"
cond "b: private" eq "$(row b 5001 private)" "local $B4:4500 remote $A4:*"
port=$(xfrm b state list src $R4 | sed -n 's/.*encap type espinudp sport \([0-9]*\) .*/\1/p')
cond "b: public" eq "$(row b 5001 public)" "local - remote $R4:$port"
cond "the port is the NAT's" test "${port:-0}" -ge 20000
all "L08 L12 the latch tells the peer's private and public address"
cond "keepalives" within 8 captured_min outside "src $R4 and udp and udp[4:2] = 9 and udp[8] = 0xff" 2
cond "only from behind" eq "$(captured outside "src $B4 and udp[4:2] = 9")" 0
all "keepalives come from behind the NAT, and only from there"

# ---- the NAT forgets -----------------------------------------------------------
# nothing is sent for longer than it remembers; the next mapping has other ports
at r sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=1 \
	net.netfilter.nf_conntrack_udp_timeout_stream=1 || bail "no timeouts"
cond "before" talk one
masquerade 40000 50000
conf a 'ike=keepalive = 0;'
kill -HUP "${_pid_of[btnsd-a]}"
cond "reloaded" within 5 logs a 'configuration is in force'
nap 4
cond "data" talk one
cond "seen by b" within 12 logs b 'the peer has moved here from'
cond "another port" captured_min outside "src $R4 and udp src portrange 40000-50000 and udp dst port 4500" 1
cond "and back" captured_min outside "dst $R4 and udp dst portrange 40000-50000 and udp src port 4500" 1
cond "more" talk one
cond "same latch" is_state b 5001 established
cond "same SAs" not logs b 'is gone'
diagnose
all "the NAT gives another port: SAs and latch go on"
hang_up one
stop inside
stop outside
calm a b

# ---- the responder is behind it ------------------------------------------------
forward || bail "no address translation"
new_key a
new_key b
conf a
conf b
daemon a
daemon b
want a $A4/32 10.1.0.254/32 && want b $B4/32 $A4/32 || bail "no policies"
capture outside va
serve two.s b $B4 5002
dial two.c a 10.1.0.254 5002
cond "connected" within 10 connected two.c
cond "a knows b" within 3 key_peer a 5002 b
cond "b knows a" within 3 key_peer b 5002 a
cond "data" talk two
cond "in UDP" in_udp outside $A4
cond "nothing clear" eq "$(clear outside 5002)" 0
diagnose
all "a responder behind a NAT that forwards: both ends latched"
cond "b: private" eq "$(row b 5002 private)" "local $B4:4500 remote -"
cond "b: public" eq "$(row b 5002 public)" "local 10.1.0.254:* remote $A4:4500"
all "L08 a responder learns its own public address"
hang_up two
stop outside
calm a b

# ---- without one ---------------------------------------------------------------
at r nft flush ruleset
new_key a
new_key b
conf a 'ike=encap = "always";'
conf b
daemon a
daemon b
want_pair a b 6 || bail "no policies"
capture outside vb
cond "connection" connect three a b 6 5003
cond "b knows a" within 3 key_peer b 5003 a
cond "in UDP" captured_min outside "src $A6 and udp port 4500" 4
cond "no bare ESP" eq "$(captured outside "ip6 proto 50")" 0
diagnose
all "ike.encap = always, IPv6: ESP in UDP without a NAT"
hang_up three
stop outside
calm a b

masquerade 20000 30000
conf a
conf b 'ike=encap = "never";'
daemon a
daemon b
want a $A4/32 $B4/32 && want b $B4/32 10.2.0.0/24 || bail "no policies"
serve four.s b $B4 5004
dial four.c a $B4 5004
cond "said" within 8 logs b 'the peer is behind a NAT, and ike.encap = "never"'
cond "no SA" has_spis b $B4 0
cond "not connected" not connected four.c
all "ike.encap = never: refused, and the log says why"
finish
