#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RFC 5660 section 2.3.2 with keys instead of certificates: c takes b's
# address. Where any key will do it gets its SAs, and every latch to b breaks
# before that; where b is known by name it gets nothing.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 14
setup a b c

# a segment of a connection that a kernel does not know makes it send a reset
# shellcheck disable=SC2016
resets() { at c awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp; }
hijack() { # FAMILY
	ip -n "$(ns c)" addr add "$(_full "$(_addr b "$1")")" dev eth0 nodad &&
		ip -n "$(ns r)" route add "$(_full "$(_addr b "$1")")" dev vc ||
		bail "c cannot take b's address"
}
give_back() {
	ip -n "$(ns c)" addr del "$(_full "$(_addr b "$1")")" dev eth0
	ip -n "$(ns r)" route del "$(_full "$(_addr b "$1")")" dev vc
}
# line of the first match in what a's monitor printed
line_of() { grep -nEm 1 -- "$1" "$tmp/$2.out" | cut -d: -f1; }

# one FAMILY PORT
one() {
	local f=$1 p=$2 what=IPv$1 ax ay bind brk before

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	for h in a b c; do
		conf $h
		daemon $h
	done
	want_pair a b "$f" || bail "no policies"
	want c "$(_full "$ay")" "$(_full "$ax")" || bail "no policies"
	monitor a "mon$p"
	capture "cap$p" vc
	connect "old$p" a b "$f" "$p" || bail "no connection: $(tail_log a b)"
	within 3 key_peer a "$p" b
	hijack "$f"
	serve "spy$p" c "$ay" "$p"
	serve "lure$p" a "$ax" $((p + 1))
	before=$(resets)
	dial "bait$p" c "$ax" $((p + 1)) \
		",bind=$([ "$f" = 6 ] && echo "[$ay]" || echo "$ay")"
	cond "broken" within 20 grep -Eq \
		" broken .*:$p .*reason (peer|peer-dead)" "$tmp/mon$p.out"
	cond "SA of c" within 20 bound a "$ay" "key:$(fp c)"
	[ -z "$_faults" ] || note "$(tail_log a c)"
	all "N20 T07 L33 N06 the impostor gets its SA, and the latch to b is broken ($what)"
	bind=$(line_of " sa-bind .* peer key:$(fp c)" "mon$p")
	brk=$(line_of " broken .*:$p " "mon$p")
	cond "order" [ "${brk:-9999}" -lt "${bind:-0}" ]
	all "L34 N07 the break is reported before the impostor's SA is accepted ($what)"
	tell "old$p.c" "SECRET TEXT"
	cond "ended" within 10 dead "old$p.c"
	cond "reset" says "old$p.c" 'reset by peer'
	all "N20 L61 the program is told ($what)"
	within 2 false
	cond "nothing read" not hears "spy$p" SECRET
	cond "nothing on the wire" not in_clear "cap$p" SECRET
	cond "no segment" eq "$(resets)" "$before"
	all "L45 L04 not one segment of the old connection reaches the impostor ($what)"
	serve "new$p.s" c "$ay" $((p + 2))
	dial "new$p.c" a "$ay" $((p + 2))
	cond "other peer" within 20 key_peer a $((p + 2)) c
	[ -z "$_faults" ] || note "$(tail_log a c)"
	all "T07 L31 a new connection is latched to the impostor, and shows its key ($what)"
	for h in "bait$p" "lure$p" "spy$p"; do
		stop "$h"
	done
	hang_up "new$p"
	hang_up "old$p"
	stop "cap$p"
	stop "mon$p"
	calm a b c
	give_back "$f"
}
one 4 5001
one 6 5011

# b known by name and key, and so owner of its address
conf b id=fqdn:b.example
conf c id=fqdn:b.example
conf a "pad={ name = \"b\"; id = \"fqdn:b.example\"; key = \"$(fp b)\"; addresses = [ \"$B4/32\" ]; }, $PAD_ANY"
for h in a b c; do
	daemon $h
done
want_pair a b 4 || bail "no policies"
want c $B4/32 $A4/32 || bail "no policies"
monitor a mon latch
connect old a b 4 5021 || bail "no connection: $(tail_log a b)"
cond "named" within 3 id_peer a 5021 fqdn:b.example
all "T01 the named peer is latched by its name"
hijack 4
serve lure a $A4 5022
dial bait c $A4 5022 ",bind=$B4"
cond "refused" within 15 logs a 'fqdn:b.example.*(key|refuse|AUTHENTICATION_FAILED)'
cond "told" within 5 logs c 'AUTHENTICATION_FAILED'
[ -z "$_faults" ] || note "$(tail_log a c)"
all "T05 B04 the impostor that asserts the name without the key is refused"
kill9 c
stop bait
# the kernel asks once for a flow, and again only when it has forgotten
xfrm c state flush
conf c
daemon c
dial bait2 c $A4 5022 ",bind=$B4"
cond "refused" within 15 logs c 'TS_UNACCEPTABLE'
cond "no SA" not bound a $B4 "key:$(fp c)"
[ -z "$_faults" ] || note "$(tail_log a c)"
all "T06 B09 the impostor as a bare key gets no SA for an address that b owns"
within 1 false
cond "no break" eq "$(grep -c ' broken .*reason peer ' "$tmp/mon.out")" 0
all "N30 and no SA of it touches the latch"
kill9 c
stop bait2
stop lure
give_back 4
finish
