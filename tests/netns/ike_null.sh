#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NULL authentication (RFC 7619): peers that prove nothing get SAs where an
# entry lets them, have no identity, and take nothing from anybody.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 12
setup a b

PAD_ANON='{ name = "anon"; auth = "null"; }'
conf a
conf b
daemon a
daemon b
key=$(fp a)
port=5000

# case PAD-OF-a PAD-OF-b: fresh daemons; one connection is tried
case_() {
	calm a b
	port=$((port + 1))
	conf a id=fqdn:a.example "pad=$1"
	conf b id=fqdn:b.example "pad=$2"
	daemon b
	daemon a
	want_pair a b 4 || bail "no policies"
	capture "cap$port" va
	try "c$port" "${3:-a}" "$(_other "${3:-a}")" 4 "$port"
}
_other() { [ "$1" = a ] && echo b || echo a; }
over() {
	[ -z "$_faults" ] || note "$(tail_log a b)"
	hang_up "c$port"
	stop "cap$port"
}
protected() {
	cond "ESP" captured_min "cap$port" 'ip proto 50' 4
	cond "nothing in the clear" eq "$(clear "cap$port" "$port")" 0
	cond "no SA that nobody spoke for" eq \
		"$(ctl a sa list | wc -l) $(ctl b sa list | wc -l)" "2 2"
}
refused() {
	cond "b says why" within 10 logs b "$1"
	cond "a is told" within 5 logs a AUTHENTICATION_FAILED
	cond "no connection" not connected "c$port.c"
	cond "no SA in b" has_spis b $A4 0
	cond "no SA in a" has_spis a $B4 0
	cond "nothing on the wire" eq \
		"$(captured "cap$port" 'ip proto 6 or ip proto 50')" 0
	over
}

case_ "$PAD_ANON" "$PAD_ANY"
refused 'no such peer that authenticates in this way'
all "U05 U08 without an entry for it NULL is refused, a wildcard or not"

case_ "$PAD_ANON" "{ name = \"a\"; id = \"fqdn:a.example\"; key = \"$key\"; addresses = [ \"10.9.0.0/16\" ]; }"
refused 'no such peer that authenticates in this way'
all "U05 U08 nor does it match a name"

case_ "$PAD_ANY" "$PAD_ANON"
refused 'no PAD entry matches'
all "U08 the entry for it takes nobody with a key"

case_ "$PAD_ANON" "$PAD_ANON"
cond "talks" talk "c$port"
cond "a sees nobody" within 3 nobody a "$port"
cond "b sees nobody" within 3 nobody b "$port"
protected
cond "b logs it" logs b 'established as responder, none by PAD entry anon, no key'
cond "no name of a's at b" eq "$( (ctl b latch list; ctl b sa list) |
	grep -c example)" 0
cond "the store has nobody" eq "$(ctl b peer list file "$tmp/var-b/peers" | wc -l)" 0
all "U05 with an entry on both sides: connected, protected, method none"

# what programs see and may ask for: SAs are there
end srv b "$(_listen_url $B4 474),fork"
within 5 listening b 474 || bail "no server"
sock any a --json-info --ask require $B4 474
cond "connected" within 5 event any info state established
cond "shown as none" event any info peer '{"id":"none","type":"none","method":"none"'
stop any
all "L10 require of protection: connected, and getsockopt() says that it is nobody"
sock one a --json-info --ask require --peer "key:${key#*:}" $B4 474
cond "refused" within 5 event one error call connect errno EKEYREJECTED
stop one
all "L42 require of a peer: EKEYREJECTED"
at a sysctl -q -w net.btns.latch_unidentified=0
sock no a --json-info --ask require $B4 474
cond "refused" within 5 event no error call connect errno EKEYREJECTED
stop no
at a sysctl -q -w net.btns.latch_unidentified=1
all "L42 require, and the administrator takes no latch without a peer: EKEYREJECTED"
over

# strict is about SAs without a binding: these have one
at b sysctl -q -w net.btns.pad_mode=2
case_ "$PAD_ANON" "$PAD_ANON" b
cond "talks" talk "c$port"
protected
over
at b sysctl -q -w net.btns.pad_mode=1
all "the other end begins, pad_mode is strict"

case_ "{ name = \"b\"; id = \"fqdn:b.example\"; key = \"$(fp b)\"; addresses = [ \"$B4/32\" ]; local_auth = \"null\"; }" \
	"{ name = \"anon\"; auth = \"null\"; local_auth = \"key\"; }"
cond "talks" talk "c$port"
cond "a sees b's name" within 3 id_peer a $port fqdn:b.example
cond "b sees nobody" within 3 nobody b "$port"
protected
over
all "one side proves its key, the other nothing"

case_ "$PAD_ANON" "{ name = \"x\"; id = \"fqdn:x.example\"; key = \"$key\"; addresses = [ \"$A4/32\" ]; }, $PAD_ANON"
cond "b says why" within 10 logs b 'belong to another PAD entry'
cond "a is told" within 5 logs a TS_UNACCEPTABLE
cond "no connection" not connected "c$port.c"
cond "no SA" has_spis b $A4 0
over
all "B09 nobody gets the address of a named entry"

# new keys of the same nobody: the module takes them for a latch on the old ones
calm a b
port=$((port + 1))
conf a "pad=$PAD_ANON" 'child=bytes = 300000;'
conf b "pad=$PAD_ANON"
daemon b
daemon a
want_pair a b 4 || bail "no policies"
monitor a sas sa
connect "c$port" a b 4 "$port" || bail "no connection"
id=$(latch_id a "$port")
pump "c$port.c"
within 40 keys_min sas $B4 3
unpump "c$port.c"
cond "keys" keys_min sas $B4 3
cond "all arrived" within 10 arrived "c$port.c" "c$port.s"
cond "a sees nobody" nobody a "$port"
cond "b sees nobody" nobody b "$port"
cond "the same latch" eq "$(latch_id a "$port")" "$id"
[ -z "$_faults" ] || note "$(tail_log a b)"
hang_up "c$port"
stop sas
all "U05 N03 rekeyed under traffic: nothing is lost, same latch"

# the module itself: a latch of a peer, and an SA of nobody for its traffic
case_ "$PAD_ANY" "$PAD_ANY, $PAD_ANON"
cond "talks" talk "c$port"
cond "latched" within 3 key_peer b $port a
sa="dst $A4 spi 0x7000 peer none local $B4/32 remote $A4/32"
# shellcheck disable=SC2086
cond "check says so" eq "$(ctl b sa check $sa | cut -d' ' -f1)" conflict
# shellcheck disable=SC2086
cond "bind refuses" not ctl b sa bind $sa
cond "the latch stands" key_peer b $port a
cond "talks still" talk "c$port"
over
all "L33 the module lets no SA of nobody break a latch"
finish
