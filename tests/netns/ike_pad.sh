#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RFC 5386 section 2: who is taken for whom. a connects, b decides by its PAD;
# what a asserts and which key it has changes from case to case.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 17
setup a b

# the keys stay, so that PADs can name them
conf a
conf b
daemon a
daemon b
key=$(fp a)
calm a b
OTHER=SHA256:$(printf '%064d' 0 | tr 0 d)
port=5000

# case CONF-OF-a PAD-OF-b: fresh daemons; one connection is tried
case_() {
	calm a b
	port=$((port + 1))
	# shellcheck disable=SC2086
	conf a $1
	conf b "pad=$2"
	daemon b
	daemon a
	want_pair a b 4 || bail "no policies"
	capture "cap$port" va
	try "c$port" a b 4 $port
}
over() {
	[ -z "$_faults" ] || note "$(tail_log a b)"
	hang_up "c$port"
	stop "cap$port"
}
# b takes a for its bare key
as_key() {
	cond "talks" talk "c$port"
	cond "b sees the key" within 3 key_peer b $port a
	over
}
# b takes a for who the PAD says
as_id() {
	cond "talks" talk "c$port"
	cond "b sees the name" within 3 id_peer b $port "$1"
	over
}
# b refuses: the reason is in its log, a is told AUTHENTICATION_FAILED
refused() {
	cond "b says why" within 10 logs b "$1"
	cond "a is told" within 5 logs a AUTHENTICATION_FAILED
	cond "no connection" not connected "c$port.c"
	cond "no SA in b" has_spis b $A4 0
	cond "no SA in a" has_spis a $B4 0
	cond "no binding" not bound b $A4 "key:$key"
	cond "nothing on the wire" eq \
		"$(captured "cap$port" 'ip proto 6 or ip proto 50')" 0
	over
}

case_ "" "$PAD_ANY"
as_key
all "U04 the wildcard takes any key"

case_ "" "{ name = \"k\"; btns = true; key = \"$key\"; }"
as_key
all "U04 an entry for a given key takes that key"

case_ "" "{ name = \"k\"; btns = true; key = \"$OTHER\"; }"
refused 'no PAD entry|PAD'
all "U08 U04 no entry for the key and no wildcard: refused"

case_ "" "{ name = \"n\"; id = \"fqdn:a.example\"; key = \"$key\"; }"
refused 'PAD'
all "U08 a bare key is not taken for a name that it does not assert"

case_ "id=fqdn:a.example" \
	"$PAD_ANY, { name = \"n\"; id = \"fqdn:a.example\"; key = \"$key\"; addresses = [ \"$A4/32\" ]; }"
as_id fqdn:a.example
all "B01 B07 U06 an entry by name comes first, though the wildcard is written before it"
is "B02 B08 the wildcard is the last entry" \
	"$(ctl b pad list | tail -n 1 | grep -c ' btns any')" 1

case_ "id=fqdn:a.example" \
	"{ name = \"k\"; btns = true; key = \"$key\"; }, { name = \"n\"; id = \"fqdn:a.example\"; key = \"$key\"; }"
as_id fqdn:a.example
all "U06 the name is looked for first, though the key is listed as well"

case_ "id=fqdn:stranger.example" \
	"{ name = \"n\"; id = \"fqdn:a.example\"; key = \"$key\"; addresses = [ \"10.9.0.0/16\" ]; }, $PAD_ANY"
as_key
all "B03 a name that nobody knows is not taken: the peer is its key"
is "B03 U03 nothing of the asserted name is in the latch or the binding" \
	"$( (ctl b latch list; ctl b sa list) | grep -c stranger)" 0

case_ "id=fqdn:a.example" \
	"{ name = \"n\"; id = \"fqdn:a.example\"; key = \"$OTHER\"; addresses = [ \"10.9.0.0/16\" ]; }, $PAD_ANY"
refused 'a\.example.*key|key.*a\.example'
all "B04 T05 a known name with another key is refused, though a wildcard is there"

case_ "id=fqdn:a.example" \
	"{ name = \"n\"; id = \"fqdn:a.example\"; key = \"$OTHER\"; }, { name = \"k\"; btns = true; key = \"$key\"; }"
refused 'a\.example.*key|key.*a\.example'
all "B04 and though its very key has a BTNS entry"

case_ "id=ipv4:$A4" "{ name = \"n\"; id = \"ipv4:$A4\"; key = \"$key\"; }"
as_id "ipv4:$A4"
all "U06 an address as a name"

# the PAD may change while btnsd runs
case_ "" "$PAD_ANY"
as_key
all "U04 a peer that is welcome"
ctl b pad flush
cond "SAs go" within 10 has_spis b $A4 0
xfrm a state flush
try late a b 4 5090
cond "b says why" within 10 logs b 'PAD'
cond "no SA" has_spis b $A4 0
cond "no connection" not connected late.c
[ -z "$_faults" ] || note "$(tail_log a b)"
all "U08 T11 when its entry is taken away it is welcome no more"

# what a file may not say
conf b "pad=$PAD_ANY, { name = \"any2\"; btns = true; any = true; }"
cond "refused" not eval 'btnsd -n -c "$tmp/b.conf" >"$tmp/out" 2>&1'
cond "says why" grep -q 'b\.conf:.*any' "$tmp/out"
all "B02 B08 a file with two wildcards is refused"
check "B02 btnsctl refuses a second wildcard as well" eval \
	'ctl b pad add name w1 btns any && ! ctl b pad add name w2 btns any'
conf b "pad={ name = \"x\"; id = \"fqdn:a.example\"; btns = true; }"
check "U03 U04 a BTNS entry by name is refused" not btnsd -n -c "$tmp/b.conf"
finish
