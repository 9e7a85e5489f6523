#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The networks of RFC 5386 section 3, in transport mode: a is SG-A, b is Q, c
# is C or the rogue, 10.4.0.0/16 is B's. BTNS peers get what BTNS_OK gives
# them and nobody owns; named peers get their own.
# timeout: 240
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 16
setup a b c

PROTECTED='action protect'
refused_ts() { # HOST-THAT-ASKED NAME CAPTURE
	cond "told" within 10 logs "$1" TS_UNACCEPTABLE
	cond "no connection" not connected "$2.c"
	cond "nothing came" eq "$(captured "$3" 'ip proto 6 or ip proto 50')" 0
	[ -z "$_faults" ] || note "$(tail_log "$1" a b)"
}

# ---- SG-A ----------------------------------------------------------------

conf b id=fqdn:q.example
conf c
daemon b
daemon c
fp_b=$(fp b)
conf a id=fqdn:a.example "pad=
	{ name = \"any\"; btns = true; any = true; },
	{ name = \"B\"; id = \"fqdn:b.example\"; key = \"SHA256:$(printf '%064d' 0)\";
	  addresses = [ \"10.4.0.0/16\" ]; },
	{ name = \"Q\"; id = \"fqdn:q.example\"; key = \"$fp_b\";
	  addresses = [ \"$B4/32\" ]; }"
daemon a
# shellcheck disable=SC2086
sg_a() {
	ctl a policy add src $A4/32 dst $B4/32 $PROTECTED priority 10 &&
		ctl a policy add src $A4/32 dst 10.4.0.0/16 $PROTECTED \
			priority 20 &&
		ctl a policy add src $A4/32 dst 10.0.0.0/8 $PROTECTED \
			btns-ok on priority 30 || bail "no policies"
}
sg_a
want b $B4/32 $A4/32
want c $C4/32 $A4/32
capture wire va
cond "connects" connect q b a 4 5001
cond "as Q" within 3 id_peer a 5001 fqdn:q.example
cond "its own address only" eq "$(ctl a sa list |
	grep -c "remote $B4/32")" "$(ctl a sa list | wc -l)"
[ -z "$_faults" ] || note "$(tail_log a b)"
all "T01 U09 Q gets SAs for its own address, under a policy without BTNS_OK"
cond "connects" connect c c a 4 5002
cond "by its key" within 3 key_peer a 5002 c
[ -z "$_faults" ] || note "$(tail_log a c)"
all "T04 B09 an unknown peer gets SAs for its own address, by the wildcard and the rule with BTNS_OK"
hang_up c

# the flag off and on again
calm c
xfrm a state flush
ctl a policy set src $A4/32 dst 10.0.0.0/8 btns-ok off
daemon c
want c $C4/32 $A4/32
capture off vc
try off c a 4 5003
refused_ts c off off
all "U09 without BTNS_OK the same peer gets TS_UNACCEPTABLE"
cond "connects" connect q2 b a 4 5004
cond "as Q" within 3 id_peer a 5004 fqdn:q.example
all "U09 a named peer is not touched by the flag"
hang_up off
hang_up q
hang_up q2
stop off
calm c
ctl a policy set src $A4/32 dst 10.0.0.0/8 btns-ok on
daemon c
want c $C4/32 $A4/32
cond "connects" connect on c a 4 5005
[ -z "$_faults" ] || note "$(tail_log a c)"
all "U09 with it on again it does"
hang_up on

# the rogue: c with somebody else's name or address
calm c b
conf c id=fqdn:q.example
daemon c
want c $C4/32 $A4/32
xfrm a state flush
capture rogue1 vc
try rogue1 c a 4 5006
cond "refused" within 10 logs c AUTHENTICATION_FAILED
cond "no connection" not connected rogue1.c
cond "nothing came" eq "$(captured rogue1 'ip proto 6 or ip proto 50')" 0
[ -z "$_faults" ] || note "$(tail_log a c)"
all "T05 a rogue that asserts Q's name without Q's key is refused"
hang_up rogue1
stop rogue1

conf c
rogue() { # NAME PORT ADDRESS
	calm c
	ip -n "$(ns c)" addr add "$3/32" dev eth0
	ip -n "$(ns r)" route add "$3/32" dev vc
	daemon c
	want c "$3/32" $A4/32
	capture "$1" vc
	serve "$1.s" a $A4 "$2"
	dial "$1.c" c $A4 "$2" ",bind=$3"
	refused_ts c "$1" "$1"
	cond "no SA" not bound a "$3" "key:$(fp c)"
	hang_up "$1"
	stop "$1"
	ip -n "$(ns c)" addr del "$3/32" dev eth0
	ip -n "$(ns r)" route del "$3/32" dev vc
}
rogue rogue2 5007 $B4
all "T06 B09 U14 a rogue that the wildcard matches gets no SA for Q's address"
rogue rogue3 5008 10.4.0.7
all "T06 B09 U14 nor for one in B's network"

# ---- Q, a file server ----------------------------------------------------

calm a b c
conf a id=fqdn:a.example
conf c
daemon a
daemon c
conf b id=fqdn:q.example "pad=
	{ name = \"any\"; btns = true; any = true; },
	{ name = \"A\"; id = \"fqdn:a.example\"; key = \"$(fp a)\";
	  addresses = [ \"$A4/32\" ]; }"
daemon b
ctl b policy add src $B4/32 dst $A4/32 action protect priority 10
ctl b policy add src $B4/32 dst 10.0.0.0/8 proto tcp sport 2049 \
	action protect btns-ok on priority 20
want c $C4/32 $B4/32
want a $A4/32 $B4/32
cond "connects" connect nfs c b 4 2049
cond "by its key" within 3 key_peer b 2049 c
[ -z "$_faults" ] || note "$(tail_log b c)"
all "T08 T09 an unknown peer gets SAs for port 2049"
cond "only for it" eq "$(ctl b sa list | grep -F "key:$(fp c)" |
	grep -vc ' lport 2049')" 0
cond "and all of it" eq "$(ctl b sa list | grep -F "key:$(fp c)" |
	grep -c ' rport ')" 0
[ -z "$_faults" ] || note "$(ctl b sa list)"
all "T08 the selectors of these SAs name port 2049"
capture other vc
try other c b 4 2050
refused_ts c other other
all "T08 and none for another port"
hang_up other
cond "connects" connect admin a b 4 2050
cond "by its name" within 3 id_peer b 2050 fqdn:a.example
[ -z "$_faults" ] || note "$(tail_log a b)"
all "T08 A, which Q knows, gets them for all"
hang_up admin
hang_up nfs
stop other

# ---- C, with nothing but BTNS, and what it does not protect ------------------

# what C's own policy says is asked; b is Q as before, a is the rogue
calm a b c
for h in b c; do
	daemon $h
done
ctl b policy add src $B4/32 dst 10.0.0.0/8 proto tcp sport 2049 \
	action protect btns-ok on priority 20
ctl c policy add src $C4/32 dst 0.0.0.0/0 proto tcp dport 2049 \
	action protect btns-ok on priority 20
ctl c policy add src $C4/32 dst 0.0.0.0/0 action bypass priority 30
CLEAR='(tcp port 22 or tcp port 80)'
IKE='(udp port 500 or udp port 4500 or ip proto 50)'
capture t10 vc
cond "a port" connect ssh c b 4 22
cond "talks" talk ssh
cond "another peer" connect web c a 4 80
cond "in the clear" captured_min t10 "$CLEAR" 6
cond "nobody is asked" eq "$(captured t10 "$IKE")" 0
cond "no latch" no_latch c 22
cond "no SA" eq "$(ctl c sa list | wc -l)" 0
[ -z "$_faults" ] || note "$(tail_log b c)"
all "T10 L02 C: what is not for port 2049 goes in the clear: no IKE, no latch"

cond "connects" connect files c b 4 2049
cond "by its key" within 3 key_peer c 2049 b
cond "under ESP" captured_min t10 "ip proto 50" 3
cond "not in the clear" eq "$(clear t10 2049)" 0
cond "there are SAs" eq "$(ctl c sa list | grep -c ' upper tcp .*rport 2049')" 2
cond "for that port only" eq "$(ctl c sa list | wc -l)" 2
[ -z "$_faults" ] || note "$(tail_log b c)
$(ctl c sa list)"
all "T10 U09 C: port 2049 of Q is latched to a bare key, by SAs for that port"

cond "the first goes on" talk ssh
cond "a new one" connect ssh2 c b 4 22
cond "still none in ESP" captured_min t10 "host $B4 and tcp port 22" 10
cond "still no latch" no_latch c 22
all "T10 L02 C: and other ports of the same peer are in the clear as before"
for end in ssh ssh2 web files; do
	hang_up $end
done
stop t10

# the rogue asks for whatever it likes: as to port 22, and as from port 2049
conf a
daemon a
want a $A4/32 $C4/32
capture rogue4 va
try rogue4 a c 4 22
refused_ts a rogue4 rogue4
cond "no SA" has_spis c $A4 0
hang_up rogue4
serve rogue5.s c $C4 700
dial rogue5.c a $C4 700 ",sourceport=2049"
cond "its port" within 10 eval \
	'ctl c sa list | grep -F "key:$(fp a)" | grep -q "upper tcp .*rport 2049"'
cond "nothing else" eq "$(ctl c sa list | grep -F "key:$(fp a)" |
	grep -vc ' upper tcp .*rport 2049')" 0
# it asked for all: that is cut to the policy, not to the packet that asked
cond "all of that port" eq "$(ctl c sa list | grep -F "key:$(fp a)" |
	grep -c ' lport ')" 0
[ -z "$_faults" ] || note "$(tail_log a c)
$(ctl c sa list)"
all "T10 U09 C: a rogue gets SAs for its own port 2049, all of it, and for nothing else"
hang_up rogue5
stop rogue4
finish
