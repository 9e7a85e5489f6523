#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may have which SA: PAD and policies decide each binding (RFC 5386
# section 2), first rule by rule, then the examples of its section 3.
# timeout: 120
# shellcheck disable=SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
plan 30
setup a
knob a pad_mode 1

Q=192.0.2.10 R=192.0.2.20 C=198.51.100.7
spi=0x1000

# try PEER REMOTE [WORDS...]: the verdict on such an SA, which is then bound in
# earnest: the two must agree, and the refusal must have a sentence
try() {
	local peer=$1 remote=$2 verdict local=$A4/32
	shift 2

	case $remote in
	*:*) local=$A6/128 ;;
	*/*) ;;
	*) remote=$remote/32 ;;
	esac
	spi=$((spi + 1))
	set -- dst "${local%/*}" spi $spi peer "$peer" local "$local" \
		remote "$remote" "$@"
	verdict=$(ctl a sa check "$@" 2>"$tmp/check.err") ||
		[ -n "$verdict" ] || {
		echo "no verdict: $(cat "$tmp/check.err")"
		return
	}
	if ctl a sa bind "$@" >/dev/null 2>"$tmp/bind.err"; then
		[ "$verdict" = ok ] || verdict="$verdict, yet bound"
		ctl a sa unbind dst "${local%/*}" spi $spi ||
			verdict="$verdict, not unbound"
	else
		[ "$verdict" != ok ] || verdict="ok, yet refused"
		[ -s "$tmp/bind.err" ] || verdict="$verdict, without a word"
	fi
	echo "$verdict"
}
# want VERDICT PEER REMOTE [WORDS...]
want() {
	local verdict=$1
	shift

	cond "$*" eq "$(try "$@")" "$verdict"
}
says_why() { grep -q "$1" "$tmp/bind.err" || {
	cat "$tmp/bind.err"
	false
}; }
pad_names() { ctl a pad list | sed -n 's/.*name \([^ ]*\).*/\1/p' | xargs; }
policy() { ctl a policy add "$@"; }
# no_change COMMAND...: is refused and leaves the PAD as it is
no_change() {
	local before after

	before=$(ctl a pad list)
	! "$@" || return 1
	after=$(ctl a pad list)
	eq "$after" "$before"
}

policy src $A4/32 dst 0.0.0.0/0 action protect btns-ok on priority 5000
policy src $A6/128 dst ::/0 action protect btns-ok on priority 5000

# ---- the search ----------------------------------------------------------

mark a
want pad-refused "$ID_b" $C
cond "with a sentence" says_why "no PAD entry matches"
cond "counted, check is not" grown_is a SaBindPad 1
all "U08 an empty PAD refuses every peer"

cond "wildcard first" ctl a pad add name any btns any
cond "then a key" ctl a pad add name friend btns key "$(key_of d)"
cond "then a named one" ctl a pad add name db id fqdn:db.example \
	key "$(key_of b)" addr 10.2.0.0/16 addr fd00:2::/32
cond "then another" ctl a pad add name web id fqdn:web.example \
	key "$(key_of c)" addr 10.3.0.0/16
cond "listed in order of search" eq "$(pad_names)" "db web friend any"
all "B01 B02 B07 B08 wherever it was written, each PAD entry gets its place"

cond "second wildcard" no_change ctl a pad add name more btns any
cond "same name" no_change ctl a pad add name db btns key "$(key_of 1)"
cond "same identity" no_change ctl a pad add name db2 id fqdn:db.example \
	key "$(key_of 1)" addr 10.9.0.0/16
cond "same key" no_change ctl a pad add name f2 btns key "$(key_of d)"
cond "delete what is not there" no_change ctl a pad del nobody
cond "four refusals counted" grown_min a PadRefused 4
all "B02 a second wildcard, name or identity is refused and changes nothing"

cond "named without addresses" no_change ctl a pad add name roam \
	id fqdn:roam.example key "$(key_of 2)"
ctl a pad del any
cond "wildcard over another's addresses" no_change ctl a pad add name any \
	btns any addr 10.0.0.0/8
cond "wildcard beside them" ctl a pad add name any btns any addr 10.128.0.0/9
cond "another's addresses under the wildcard's" no_change ctl a pad add \
	name late id fqdn:late.example key "$(key_of 3)" addr 10.200.0.0/16
ctl a pad del any
ctl a pad add name any btns any
all "B09 the wildcard's addresses never overlap another entry's"

cat >"$tmp/bad.conf" <<-X
	pad = ( { name = "one"; btns = true; key = "$(key_of 4)"; },
		{ name = "any"; btns = true; any = true; },
		{ name = "any2"; btns = true; any = true; } );
X
cat >"$tmp/good.conf" <<-X
	pad = ( { name = "any"; btns = true; any = true; },
		{ name = "friend"; btns = true; key = "$(key_of d)"; },
		{ name = "db"; id = "fqdn:db.example"; key = "$(key_of b)";
		  addresses = [ "10.2.0.0/16", "fd00:2::/32" ]; },
		{ name = "web"; id = "fqdn:web.example"; key = "$(key_of c)";
		  addresses = [ "10.3.0.0/16" ]; } );
X
cond "a bad one among good ones" no_change ctl a pad load "$tmp/bad.conf"
cond "good ones" ctl a pad load "$tmp/good.conf"
cond "sorted" eq "$(pad_names)" "db web friend any"
all "B02 the PAD is replaced whole, or not at all"

want ok "$ID_b" $C
want ok "$ID_d" $C
want pad-refused fqdn:stranger.example $C key "$(key_of 5)" method rawkey
cond "told to use the key" says_why "no PAD entry has that identity"
want pad-refused fqdn:stranger.example $C
all "B03 U04 who has no entry of its own is known by its key, not by a name"

want ok fqdn:db.example $B4 key "$(key_of b)" method rawkey
want pad-refused fqdn:db.example $B4 key "$(key_of 5)" method rawkey
cond "with a sentence" says_why "key is not the one"
want pad-refused fqdn:db.example $B4 key "$(key_of d)" method rawkey
want pad-refused fqdn:db.example $B4 key "$(key_of 5)"
want ok fqdn:db.example $B4
all "B04 a known identity with another key is refused, wildcard or not"

want ok "$ID_b" $C method btns
want pad-refused fqdn:db.example $B4 key "$(key_of b)" method psk
want pad-refused fqdn:db.example $B4 key "$(key_of b)" method cert
want pad-refused fqdn:new.example $C key "$(key_of 5)" method psk
all "U05 what is not proved by a signature or by hand matches no entry"

cond "no method" not ctl a sa bind dst $A4 spi 0x999 peer "$ID_b" method none \
	local $A4/32 remote $C/32
cond "psk for a key" not ctl a sa bind dst $A4 spi 0x999 peer "$ID_b" method psk \
	local $A4/32 remote $C/32
cond "btns for a name" not ctl a sa bind dst $A4 spi 0x999 peer fqdn:x.example \
	method btns key "$(key_of 5)" local $A4/32 remote $C/32
cond "rawkey without a key" not ctl a sa bind dst $A4 spi 0x999 \
	peer fqdn:db.example method rawkey local $A4/32 remote $B4/32
cond "a key that is not the identity" not ctl a sa bind dst $A4 spi 0x999 \
	peer "$ID_b" key "$(key_of 5)" local $A4/32 remote $C/32
cond "SPI 0" not ctl a sa bind dst $A4 spi 0 peer "$ID_b" local $A4/32 \
	remote $C/32
cond "nothing bound" eq "$(ctl a sa list)" ""
all "a binding that contradicts itself is refused"

# ---- addresses -----------------------------------------------------------

want owned "$ID_b" 10.2.3.4
cond "with a sentence" says_why "another PAD entry owns"
want owned "$ID_b" 10.2.0.0/15
want owned "$ID_b" 0.0.0.0/0
want owned "$ID_d" 10.3.0.1
want owned "$ID_b" fd00:2:5::/48
want ok "$ID_b" 10.4.0.0/16
want ok "$ID_b" fd00:9::1
all "B09 U12 U14 a BTNS peer gets nothing that overlaps what others own"

want ok fqdn:db.example 10.2.0.0/16
want ok fqdn:db.example fd00:2::1
want pad-refused fqdn:db.example 10.3.0.1
want pad-refused fqdn:db.example 10.0.0.0/8
want pad-refused fqdn:db.example $C
all "a named peer gets its own addresses and no others"

mark a
for remote in $C 10.2.3.4 10.3.0.1; do
	try "$ID_b" "$remote" >/dev/null
done
try fqdn:db.example $C >/dev/null
cond "owned" grown_is a SaBindOwned 2
cond "pad" grown_is a SaBindPad 1
cond "bound" grown_is a SaBound 1
cond "unbound" grown_is a SaUnbound 1
all "each refusal has its counter"

# ---- policies ------------------------------------------------------------

index_of() { # DIRECTION SELECTOR-WORDS...
	ip -s -n "$(ns a)" xfrm policy list dir "$@" |
		sed -n 's/.* index \([0-9]*\).*/\1/p'
}
policy src $A4/32 dst 10.7.0.0/16 action protect priority 100
want policy-refused "$ID_b" 10.7.0.1
cond "with a sentence" says_why "no btns-ok"
want policy-refused "$ID_b" 10.6.0.0/15
want ok fqdn:db.example 10.2.0.1
cond "set the flag" ctl a policy set src $A4/32 dst 10.7.0.0/16 btns-ok on
want ok "$ID_b" 10.7.0.1
want ok "$ID_b" 10.7.0.0/16
cond "clear it" ctl a policy set src $A4/32 dst 10.7.0.0/16 btns-ok off
want policy-refused "$ID_b" 10.7.0.1
all "U09 a BTNS peer gets what BTNS_OK policies protect, and nothing else"

ctl a pad add name sub id fqdn:sub.example key "$(key_of 6)" addr 10.7.0.0/16
want ok fqdn:sub.example 10.7.0.1
ctl a pad del sub
all "U09 the flag makes no difference to named peers"

ctl a policy set src $A4/32 dst 10.7.0.0/16 btns-ok on
want ok "$ID_b" 10.7.0.1
index=$(index_of in src 10.7.0.0/16 dst $A4/32)
cond "clear it inward" ctl a policy set index "$index" btns-ok off
want policy-refused "$ID_b" 10.7.0.1
cond "set it" ctl a policy set index "$index" btns-ok on
want ok "$ID_b" 10.7.0.1
all "U09 an inbound policy that is for others protects them as well"

index=$(index_of out src $A4/32 dst 10.7.0.0/16)
xfrm a policy delete dir out index "$index"
xfrm a policy add src $A4/32 dst 10.7.0.0/16 dir out priority 100 \
	index "$index" tmpl proto esp mode transport
want policy-refused "$ID_b" 10.7.0.1
cond "an index that nobody has" not ctl a policy set index 123456 btns-ok on
all "U09 the flag goes with its policy"

policy src $A4/32 dst 10.8.0.0/16 action bypass priority 100
policy src $A4/32 dst 10.9.0.0/16 action block priority 100
policy src $A4/32 dst 0.0.0.0/0 proto udp sport 500 action bypass priority 1
want policy-refused "$ID_b" 10.8.0.1
want policy-refused "$ID_b" 10.9.0.1
want policy-refused "$ID_b" $C upper udp lport 500
want ok "$ID_b" $C
want ok "$ID_b" $C upper udp lport 501
all "no SA for what policy bypasses or blocks; IKE's own bypass is no hindrance"

cond "so far nothing stayed bound" eq "$(ctl a sa list)" ""
xfrm a policy flush
want policy-refused "$ID_b" $C
want policy-refused fqdn:db.example $B4
cond "with a sentence" says_why "no policy protects"
all "without a policy there is nothing to protect, for anybody"

# ---- the examples of section 3 -------------------------------------------

# SG-A is this host
ctl a pad flush
ctl a pad add name B id fqdn:b.example key "$(key_of b)" addr 10.2.0.0/16
ctl a pad add name Q id fqdn:q.example key "$(key_of 9)" addr $Q/32
ctl a pad add name any btns any
policy src 0.0.0.0/0 dst $R/32 action bypass priority 1
policy src 0.0.0.0/0 dst $Q/32 action protect priority 2
policy src 0.0.0.0/0 dst 10.2.0.0/16 action protect priority 3
policy src $A4/32 dst 0.0.0.0/0 action protect btns-ok on priority 4
b="fqdn:b.example" bk="$(key_of b)" q="fqdn:q.example" qk="$(key_of 9)"

want ok $q $Q key "$qk" method rawkey
want pad-refused $q $B4 key "$qk" method rawkey
want pad-refused $q $C key "$qk" method rawkey
all "T01 Q gets an SA between SG-A's address and its own, no other"

want ok $b $B4 key "$bk" method rawkey
want ok $b 10.2.0.0/16 key "$bk" method rawkey
want pad-refused $b $Q key "$bk" method rawkey
all "T02 SG-B gets SAs for its network"

want policy-refused "$ID_c" $R
all "T03 there is no SA for R, whose traffic is bypassed"

want ok "$ID_c" $C method btns
want owned "$ID_c" $Q method btns
want owned "$ID_c" $B4 method btns
all "T04 C, unknown, gets an SA for its own address unless somebody owns it"

want pad-refused $q $Q key "$(key_of c)" method rawkey
want pad-refused $b $B4 key "$(key_of c)" method rawkey
want pad-refused $q $C key "$(key_of c)" method rawkey
all "T05 a rogue that asserts Q's or B's identity is refused"

want owned "$ID_d" $Q method btns
want owned "$ID_d" 192.0.2.0/24 method btns
want owned "$ID_d" 10.2.0.0/24 method btns
want owned "$ID_d" 0.0.0.0/0 method btns
all "T06 a rogue that proposes Q's or B's addresses gets nothing"

want ok "$ID_d" $C method btns
all "T07 a rogue may have C's address (its latches: see the tests of latches)"

# now it is Q, an NFS server
xfrm a policy flush
ctl a pad flush
ctl a pad add name A id fqdn:a.example key "$(key_of a)" addr 10.6.0.1/32
ctl a pad add name any btns any
policy src $A4/32 dst 10.6.0.1/32 action protect priority 1
policy src $A4/32 dst 0.0.0.0/0 proto tcp sport 2049 action protect \
	btns-ok on priority 2
want ok "$ID_c" $C method btns upper tcp lport 2049
want ok "$ID_c" $C method btns upper tcp lport 2049 rport 700
want policy-refused "$ID_c" $C method btns upper tcp lport 22
want policy-refused "$ID_c" $C method btns upper udp lport 2049
want policy-refused "$ID_c" $C method btns
want owned "$ID_c" 10.6.0.1 method btns upper tcp lport 2049
want ok fqdn:a.example 10.6.0.1 key "$(key_of a)" method rawkey
all "T08 T09 strangers get SAs for the port that is open to them only"

# ---- bindings ------------------------------------------------------------

xfrm a policy flush
ctl a pad flush
ctl a pad add name any btns any
policy src $A4/32 dst 0.0.0.0/0 action protect btns-ok on
monitor a mon sa pad
bind() { ctl a sa bind dst $A4 spi 0x777 peer "$1" local $A4/32 remote "$2"; }
id=$(bind "$ID_b" $C/32)
cond "again" eq "$(bind "$ID_b" $C/32)" "$id"
cond "by another" not bind "$ID_c" $C/32
cond "for other traffic" not bind "$ID_b" 10.4.0.0/16
cond "one binding" eq "$(ctl a sa list | wc -l)" 1
cond "heard of once" within 5 grep -q "bind" "$tmp/mon.out"
sa a $C $A4 0x777
xfrm a state delete src $C dst $A4 proto esp spi 0x777
cond "gone with its SA" within 5 eq "$(ctl a sa list)" ""
cond "heard of" within 5 grep -q "unbind" "$tmp/mon.out"
all "a binding is made once, is nobody else's, and goes with its SA"

bind "$ID_b" $C/32 >/dev/null
ctl a sa bind dst $A4 spi 0x778 proto ah peer "$ID_b" local $A4/32 \
	remote $C/32 >/dev/null
sa a $C $A4 0x777
xfrm a state flush proto ah
cond "both there" eq "$(ctl a sa list | wc -l)" 2
xfrm a state flush proto esp
cond "one goes with the flush" eq "$(ctl a sa list | wc -l)" 1
cond "unbind" ctl a sa unbind dst $A4 spi 0x778 proto ah
cond "unbind twice" not ctl a sa unbind dst $A4 spi 0x778 proto ah
all "a flush takes the bindings of its protocol"

ctl a pad flush
cond "heard of the PAD" within 5 grep -q "pad" "$tmp/mon.out"
many() {
	local i

	echo 'pad = ('
	for i in $(seq 1 300); do
		printf '{ name = "k%d"; btns = true; key = "SHA256:%064x"; addresses = [ "10.%d.%d.0/24" ]; },\n' \
			"$i" "$i" $((i / 250)) $((i % 250))
	done
	echo '{ name = "any"; btns = true; any = true; } );'
}
many >"$tmp/many.conf"
cond "301 entries" ctl a pad load "$tmp/many.conf"
cond "all listed" eq "$(ctl a pad list | wc -l)" 301
cond "in order" eq "$(pad_names | tr ' ' '\n' | tail -n 1)" any
want owned "$ID_b" 10.0.249.1
want ok "$ID_b" 10.2.0.1
ctl a pad flush
all "a PAD of hundreds of entries loads and lists whole"

knob a pad_mode 0
want ok "$ID_b" $C
want ok fqdn:whoever.example $C
cond "no number" not knob a pad_mode 3 2>/dev/null
cond "no word" not knob a latch_disposition resetting 2>/dev/null
cond "nor that" not knob a latch_auto 2 2>/dev/null
cond "a word" knob a latch_disposition unreachable
cond "reads back" eq "$(at a cat /proc/sys/net/btns/latch_disposition)" \
	unreachable
all "pad_mode 0 takes bindings as they come; knobs refuse what they cannot be"

finish
