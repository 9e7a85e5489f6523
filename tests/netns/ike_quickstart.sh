#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documentation/quickstart.rst, command by command: a whole network by one
# policy, any key; then one peer by its name.
# timeout: 90
# shellcheck disable=SC2317 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 5
setup a b

# the PAD comes from btnsctl here, not from btnsd.conf
conf a pad=none
conf b pad=none
for h in a b; do
	daemon "$h"
	cond "pad in $h" ctl "$h" pad add name any btns any
done
cond "policy in a" ctl a policy add dst 10.2.0.0/16 action protect btns-ok on
cond "policy in b" ctl b policy add dst 10.1.0.0/16 action protect btns-ok on
all "the commands of the quick start are taken"

capture wire
cond "connection" connect c1 a b 4 5001
cond "a knows b" within 5 key_peer a 5001 b
cond "b knows a" within 5 key_peer b 5001 a
all "B05 U04 L12 any two hosts of the network: latched to the key of the other end"
check "nothing of it went in the clear" eq "$(clear wire 5001)" 0
hang_up c1

# b is to be known by its name: it says it, and a knows its key
calm a b
fpb=$(fp b)
conf b pad=none id=fqdn:db.example
for h in a b; do
	daemon "$h"
done
ctl a policy add dst 10.2.0.0/16 action protect btns-ok on
ctl b policy add dst 10.1.0.0/16 action protect btns-ok on
cond "pad" ctl a pad add name db id fqdn:db.example key "$fpb" addr "$B4/32"
cond "connection" connect c2 a b 4 5002
cond "a knows b by its name" within 5 id_peer a 5002 fqdn:db.example
all "B01 B03 the peer that the PAD names is known by its name"
hang_up c2

# and nobody else may have its address
calm a b
new_key b
for h in a b; do
	daemon "$h"
done
ctl a policy add dst 10.2.0.0/16 action protect btns-ok on
ctl b policy add dst 10.1.0.0/16 action protect btns-ok on
try c3 a b 4 5003
cond "refused" within 10 logs a 'key is not the one of that identity'
cond "no connection" not connected c3.c
cond "no SA" has_spis a "$B4" 0
all "B04 who claims that name without that key gets nothing"
hang_up c3
finish
