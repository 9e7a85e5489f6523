#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsctl and the module: what is written is what is listed, as text and as
# JSON; who may do what; nothing is half done.
# shellcheck source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
_need python3 latchsock
plan 33
setup a b
K1=SHA256:$(printf '%064d' 1) K2=SHA256:$(printf '%064d' 2)

# refused CODE TEXT COMMAND...: exit code, and the text on standard error
refused() {
	local code=$1 text=$2 rc
	shift 2

	"$@" >"$tmp/ref.out" 2>"$tmp/ref.err"
	rc=$?
	[ $rc = "$code" ] && [ ! -s "$tmp/ref.out" ] &&
		[ "$(wc -l <"$tmp/ref.err")" = 1 ] &&
		grep -qF -- "$text" "$tmp/ref.err" || {
		echo "status $rc, wanted $code"
		cat "$tmp/ref.out" "$tmp/ref.err"
		return 1
	}
}
# json FILTER: a Python expression over the value d on standard input
json() { python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }

# ---- PAD -----------------------------------------------------------------
is "an empty PAD lists nothing" "$(ctl a pad list)" ""
is "an empty PAD is an empty list" "$(ctl a -j pad list)" "[]"
cond "wildcard" ctl a pad add name any btns any addr 10.2.0.0/16
cond "named" ctl a pad add name db id fqdn:db.example key "$K1" \
	addr 10.9.0.0/16 addr fd00:9::/32
cond "btns" ctl a pad add name pal btns key "$K2" addr 10.8.0.0/16
all "entries of all three kinds are added"
is "B01 B02 the PAD is listed in search order, wildcard last" \
	"$(ctl a pad list)" \
	"0 name db id fqdn:db.example key $K1 addr 10.9.0.0/16 addr fd00:9::/32
1 name pal btns key $K2 addr 10.8.0.0/16
2 name any btns any addr 10.2.0.0/16"
is "the PAD as JSON" \
	"$(ctl a -j pad list | json '[(e["index"],e["name"],e["btns"],e["any"],len(e["addresses"])) for e in d]')" \
	"[(0, 'db', False, False, 2), (1, 'pal', True, False, 1), (2, 'any', True, True, 1)]"
check "B02 a second wildcard is refused in one line" \
	refused 1 wildcard ctl a pad add name more btns any
check "a name that is taken is refused" \
	refused 1 name ctl a pad add name db id fqdn:x.example key "$K1" addr 10.7.0.0/16
check "an entry that is not there cannot be deleted" \
	refused 1 "" ctl a pad del nobody
before=$(ctl a pad list)
printf '%s\n' 'pad = ( { name = "one"; id = "fqdn:one.example"; key = "'"$K1"'";' \
	' addresses = [ "10.6.0.0/16" ]; },' \
	'{ name = "w1"; btns = true; any = true; addresses = [ "10.6.1.0/24" ]; } );' \
	>"$tmp/overlap.conf"
cond "refused" refused 1 "" ctl a pad load "$tmp/overlap.conf"
cond "unchanged" eq "$(ctl a pad list)" "$before"
all "B09 a PAD that the kernel refuses changes nothing"
printf '%s\n' 'pad = ( { name = "only"; btns = true; any = true; } );' >"$tmp/good.conf"
cond "loaded" ctl a pad load - <"$tmp/good.conf"
cond "listed" eq "$(ctl a pad list)" "0 name only btns any"
all "a PAD from standard input replaces all entries"
cond "del" ctl a pad del only
cond "empty" eq "$(ctl a pad list)" ""
all "an entry is deleted by its name"

# ---- policies ------------------------------------------------------------
cond "add" ctl a policy add dst 10.2.0.0/24 proto tcp dport 80 action protect \
	btns-ok on priority 7
cond "listed" eq "$(ctl a policy list | sed 's/^[0-9]* //')" \
	"in src 10.2.0.0/24 dst 0.0.0.0/0 proto tcp sport 80 action protect esp transport priority 7 btns-ok on
out src 0.0.0.0/0 dst 10.2.0.0/24 proto tcp dport 80 action protect esp transport priority 7 btns-ok on"
all "U09 a policy comes in both directions, for BTNS peers"
is "policies as JSON" \
	"$(ctl a -j policy list | json '[(p["dir"],p["btns_ok"],p["tmpl"][0]["mode"]) for p in d]')" \
	"[('in', True, 'transport'), ('out', True, 'transport')]"
cond "off" ctl a policy set dst 10.2.0.0/24 proto tcp dport 80 btns-ok off
cond "both are off" eq "$(ctl a policy list | grep -c 'btns-ok off')" 2
all "U09 the flag is taken away from both"
check "a policy for the same traffic is refused" \
	refused 1 "delete it first" ctl a policy add dst 10.2.0.0/24 proto tcp dport 80 action bypass
# the inbound half is there already: the outbound half must not stay behind
ip -n "$(ns a)" xfrm policy add src 10.5.0.0/24 dst 0.0.0.0/0 dir in action block
n=$(ctl a policy list | wc -l)
cond "refused" refused 1 "" ctl a policy add dst 10.5.0.0/24 action protect
cond "nothing new" eq "$(ctl a policy list | wc -l)" "$n"
all "a policy is made in both directions or not at all"
cond "delete" ctl a policy delete dst 10.2.0.0/24 proto tcp dport 80
cond "by index" ctl a policy delete index "$(ctl a policy list | cut -d' ' -f1)"
cond "none" eq "$(ctl a policy list)" ""
all "policies are deleted by traffic and by index"

# ---- bindings ------------------------------------------------------------
cond "set-up" ctl a pad add name any btns any
cond "policy" ctl a policy add dst 10.2.0.0/16 action protect btns-ok on
knob a pad_mode 1
sa=(dst 10.2.0.1 spi 0x1001 peer "key:$K1" method btns local 10.1.0.1 remote 10.2.0.1)
cond "verdict" eq "$(ctl a sa check "${sa[@]}")" ok
all "B09 U09 sa check says what sa bind would say"
monitor a mon sa
id=$(ctl a sa bind "${sa[@]}")
is "a binding is listed" "$(ctl a sa list)" \
	"${id#bound } esp 0x00001001 dst 10.2.0.1 peer key:$K1 method btns self none local 10.1.0.1/32 remote 10.2.0.1/32 upper any"
cond "unbind" ctl a sa unbind dst 10.2.0.1 spi 0x1001
cond "gone" eq "$(ctl a sa list)" ""
cond "bind event" within 5 grep -q "sa-bind ${id#bound } esp 0x00001001" "$tmp/mon.out"
cond "unbind event" within 5 grep -q "sa-unbind ${id#bound } esp" "$tmp/mon.out"
all "a binding is taken back; the monitor saw both"
stop mon
check "U09 traffic that no policy allows is refused, and check says why" \
	eq "$(ctl a sa check dst 10.3.0.1 spi 4096 peer "key:$K1" method btns local 10.1.0.1 remote 10.3.0.1)" policy-refused
check "the same by sa bind is a sentence" \
	refused 1 "" ctl a sa bind dst 10.3.0.1 spi 4096 peer "key:$K1" method btns local 10.1.0.1 remote 10.3.0.1
knob a pad_mode 0
ctl a pad flush
ctl a policy delete dst 10.2.0.0/16

# ---- latches -------------------------------------------------------------
secure a b 4 0x2000
monitor a latchmon latch
bg jsonmon btnsctl -n "$(ns a)" -j monitor latch
within 5 grep -q listening "$tmp/jsonmon.out"
bg_at server b latchsock -l 5001 --echo --json-info --once
within 5 grep -q listening "$tmp/server.out"
bg_at client a latchsock "$B4" 5001 --send hello --hold --json-info --interval 50 \
	--ask require --peer "$ID_b"
check "N17 L42 a socket reads its latch by getsockopt" \
	within 10 grep -q '"state":"established".*"id":"'"$ID_b"'"' "$tmp/client.out"
id=$(latch_id a 5001)
is "L40 the latch is listed as JSON with all that the socket saw" \
	"$(ctl a -j latch show "$id" | json '(d["state"],d["peer"]["id"],d["enc"],d["enc_keybits"],d["icv_bits"],d["mode"],d["ask"])')" \
	"('established', '$ID_b', 'rfc4106(gcm(aes))', 256, 128, 'transport', 'require')"
is "a latch that is not there is refused" \
	"$(refused 1 "id" ctl a latch show 999999 && echo yes)" yes
check "the unprivileged are told what they lack" \
	refused 1 CAP_NET_ADMIN at a setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$BTNS_BUILD/bin/btnsctl" latch list
check "the unprivileged are told so of events too" \
	refused 1 "cannot listen to events" at a setpriv --reuid 65534 --regid 65534 \
	--clear-groups timeout 10 "$BTNS_BUILD/bin/btnsctl" monitor
is "N09 an administrator closes a latch" "$(ctl a latch close "$id")" "closed 1"
check "N09 the program gets an error" \
	within 10 grep -q '"errno":"ECONNRESET"' "$tmp/client.out"
check "L25 the monitor saw the latch come and end" \
	within 5 grep -Eq "latch established -> $id closed .* reason admin" "$tmp/latchmon.out"
stop jsonmon INT
is "L25 the monitor's JSON is one object for each line, and it ends when told" \
	"$(sed "s/.*/&,/" "$tmp/jsonmon.out" | sed '1s/^/[/; $s/,$/]/' |
		json "(d[0]['event'], sorted({e['event'] for e in d[1:]}), any(e['state'] == 'closed' and e['id'] == $id for e in d[1:]))")" \
	"('listening', ['latch'], True)"
check "stats has every counter as a number" \
	eq "$(ctl a -j stats | json 'all(isinstance(v,int) for v in d.values()) and d["LatchMade"]')" 1
is "status counts what there is" \
	"$(ctl b -j status | json '(d["version"], d["sas"], d["sysctl"]["latch_auto"])')" \
	"('0.1.0', 2, '1')"
stop client
stop server
stop latchmon
finish
