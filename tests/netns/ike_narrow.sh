#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# b and c have one address, one MAC address and sit on one bridge without
# learning, so that both hear all that a sends to it, and b goes on living
# while c makes SAs with a. What c wants covers a connection that is latched
# to b: it gets as much as does not harm it (L32), or breaks it first (L33).
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b c

twins() {
	local n mac

	n=$(ns r)
	# ageing 0 from its first moment: it floods, and learns nobody's place
	ip -n "$n" link add br0 type bridge ageing_time 0 mcast_snooping 0 \
		2>"$tmp/br.err" || return 1
	ip -n "$n" -batch - <<-X || bail "no bridge"
		addr flush dev vb
		addr flush dev vc
		link set vb master br0
		link set vc master br0
		addr add 10.2.0.254/24 dev br0
		link set br0 up
	X
	mac=$(ip -n "$(ns b)" -o link show dev eth0 |
		sed 's|.*link/ether \([^ ]*\).*|\1|')
	ip -n "$(ns c)" -batch - <<-X || bail "no twin"
		addr flush dev eth0
		link set eth0 down
		link set eth0 address $mac
		link set eth0 up
		addr add $B4/24 dev eth0
		route add default via 10.2.0.254
	X
}
if ! twins; then
	for i in 1 2 3 4 5 6; do
		lacking "L32 point $i" "no bridge: $(cat "$tmp/br.err")"
	done
	finish
fi

for h in a b c; do
	conf $h "ike=dpd = 1;"
done
# c would answer what is meant for b, so it comes later
daemon a
daemon b
want_pair a b 4 || bail "no policies"
want c $B4/32 $A4/32 || bail "no policies"
monitor a mon
capture cap br0
serve old.s b $B4 5001
dial old.c a $B4 5001 ",sourceport=40001"
talk old || bail "no connection: $(tail_log a b)"
within 3 key_peer a 5001 b
va=$(values a 5001)
daemon c
serve lure.s a $A4 6000
dial lure.c c $A4 6000
cond "SA of c" within 15 bound a $B4 "key:$(fp c)"
narrow=$(ctl a sa list | grep -F "key:$(fp c)")
cond "narrow" eq "$(grep -c ' lport 6000' <<<"$narrow")" \
	"$(wc -l <<<"$narrow")"
note "$narrow"
[ -z "$_faults" ] || note "$(tail_log a c)"
all "L32 what c wants is narrowed to its own connection"
cond "established" is_state a 5001 established
cond "same" eq "$(values a 5001)" "$va"
cond "no break" eq "$(grep -c ' broken ' "$tmp/mon.out")" 0
all "L32 L14 the latch to b is untouched"
cond "talks to b" talk old
within 4 false
cond "talks to b" talk old
cond "b is not taken for dead" eq "$(grep -c ' broken ' "$tmp/mon.out")" 0
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L32 L19 its connection goes on; b answers and is not taken for dead"

# now c wants the very connection: from port 5001 to a's port
hang_up lure
capture cap2 br0
at c socat -u OPEN:/dev/null \
	"TCP4:$A4:40001,bind=$B4:5001,reuseaddr,connect-timeout=2" \
	>/dev/null 2>&1 &
_pids+=($!)
cond "broken" within 15 grep -Eq ' broken .*:5001 .*reason peer( |$)' \
	"$tmp/mon.out"
[ -z "$_faults" ] || note "$(tail_log a c)"
all "L33 N06 the very same 5-tuple cannot be narrowed: the latch is broken, reason peer"
brk=$(grep -nm 1 ' broken .*:5001 ' "$tmp/mon.out" | cut -d: -f1)
bind=$(grep -n " sa-bind .*peer key:$(fp c).* rport 5001" "$tmp/mon.out" |
	head -n 1 | cut -d: -f1)
cond "order" [ "${brk:-9999}" -lt "${bind:-0}" ]
all "L34 the break is told before c's SA is there"
tell old.c "SECRET TEXT"
cond "reset" within 5 says old.c 'reset by peer'
within 1 false
cond "not delivered" not hears old.s "SECRET TEXT"
cond "not in clear" not in_clear cap2 "SECRET TEXT"
all "L45 L61 the program is told, and nothing of it goes out any more"
finish
