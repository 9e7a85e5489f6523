#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Policies for a part of what two hosts say: ICMP echo, and one UDP port. The
# SAs are for that part only, whoever begins; what else there is stays clear.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b

# both types at both ends, so that either may ask and be answered
for h in a b; do
	conf $h
done
echo_only() { # LOCAL-HOST LOCAL REMOTE
	want "$1" "$2/32" "$3/32" proto icmp type 8 priority 10 &&
		want "$1" "$2/32" "$3/32" proto icmp type 0 code 0 priority 11
}
pings() { at "$1" ping -n -c 1 -W 1 "$2" >"$tmp/ping.out" 2>&1; }
udp() { at "$1" bash -c "echo x >/dev/udp/$2/$3" 2>"$tmp/udp.err"; }
esp_from() { captured_min cap "ip proto 50 and src host $1" "$2"; }
sends_esp() { # HOST TO PORT FROM N
	udp "$1" "$2" "$3"
	esp_from "$4" "$5"
}

echo_only a $A4 $B4 && echo_only b $B4 $A4 || bail "no policies"
daemon a
daemon b
capture cap
cond "ping" within 15 pings a $B4
cond "ESP there" within 5 esp_from $A4 1
cond "ESP back" within 5 esp_from $B4 1
cond "no ICMP in the clear" eq "$(captured cap icmp)" 0
[ -z "$_faults" ] || note "$(tail_log a b)
$(ctl a sa list)"
all "a policy for ICMP echo: request and reply go under ESP"
note "$(ctl a sa list)"

cond "bound" eq "$(ctl a sa list | grep -c ' upper icmp .*type')" \
	"$(ctl a sa list | wc -l)"
cond "kernel" eq "$(xfrm a state list | grep -c 'sel .* proto icmp')" \
	"$(xfrm a state list | grep -c '^src')"
all "every SA is for types of ICMP, in the module and in the kernel"

# nobody listens: the error is ICMP too, and not an echo
cond "sent" within 10 eval 'udp a $B4 5050; captured_min cap "icmp[0] == 3" 1'
cond "no echo in the clear" eq "$(captured cap 'icmp[0] == 8 or icmp[0] == 0')" 0
all "other types of ICMP, and UDP, stay in the clear"

cond "ping" within 15 pings b $A4
cond "no echo in the clear" eq "$(captured cap 'icmp[0] == 8 or icmp[0] == 0')" 0
[ -z "$_faults" ] || note "$(tail_log a b)"
all "the other end may begin as well"
hang_up cap
stop cap

# ---- one UDP port --------------------------------------------------------

calm a b
want a $A4/32 $B4/32 proto udp dport 5300 || bail "no policy"
want b $B4/32 $A4/32 proto udp sport 5300 || bail "no policy"
daemon a
daemon b
capture cap
cond "ESP" within 15 sends_esp a $B4 5300 $A4 1
cond "none in the clear" eq "$(captured cap 'udp port 5300')" 0
cond "bound" eq "$(ctl b sa list | grep -c ' upper udp lport 5300')" 2
[ -z "$_faults" ] || note "$(tail_log a b)
$(ctl b sa list)"
all "a policy for one UDP port: what goes there goes under ESP"
cond "clear" within 10 eval 'udp a $B4 5301; captured_min cap "udp port 5301" 1'
cond "no SA more" eq "$(ctl b sa list | wc -l)" 2
all "another port stays in the clear"
hang_up cap
stop cap
finish
