#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# b reboots, and nobody ever asks whether it lives: its crash detection token
# (RFC 6290) tells a in the answer to the first request. Without the secret that
# tokens are made of b says the same, and a believes nothing of it.
# timeout: 180
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b

secret=$tmp/var-b/peers.qcd
proved='the peer is dead: it has lost the IKE SA and proved so by its token'

# off: b has lost its power; who talked to it hears nothing, and b has only its disk
off() {
	ip -n "$(ns b)" link set eth0 down || bail "b stays up"
	kill9 b
	# linger=0: nothing is left in its kernel either
	stop "$1.s" KILL
	xfrm b state flush
	xfrm b policy flush
	within 10 no_latch b || bail "latches in b: $(ctl b latch list)"
}
# on: and comes back
on() {
	want b $B4/32 $A4/32
	ip -n "$(ns b)" -batch - <<-X || bail "b stays down"
		link set eth0 up
		route replace default via 10.2.0.254
	X
	daemon b
	within 10 at b ping -c 1 -W 1 -q 10.2.0.254 >/dev/null ||
		bail "b does not come back"
}
# open NAME PORT: a connection that is latched in a
open() {
	end "$1.s" b "$(_listen_url $B4 "$2"),linger=0"
	within 5 listening b "$2" || bail "no server $1: $(cat "$tmp/$1.s.err")"
	dial "$1.c" a $B4 "$2"
	talk "$1" || bail "no connection: $(tail_log a b)"
	within 3 key_peer a "$2" b || bail "no latch: $(tail_log a b)"
}
# ask NAME PORT: a program of a wants SAs of its own, and a asks b for them
ask() {
	sock "$1.s" b -l "$2" $B4
	within 5 listening b "$2" || bail "no server $1: $(cat "$tmp/$1.s.err")"
	sock "$1" a --json-info --ask require --narrow --send "$1" --interval 50 \
		$B4 "$2"
}
# answers CAPTURE: INVALID_IKE_SPI that b gave to a's CREATE_CHILD_SA
answers() { ike_answers "$1" 36 $B4 | grep -c ' 0004$'; }
answers_min() { [ "$(answers "$1")" -ge "$2" ]; }
proofs() { [ "$(logged a "$proved")" = "$1" ]; }
# faults: what the daemons say of the point that failed
faults() { [ -z "$_faults" ] || note "$(tail_log a b)"; }

# fresh: daemons that never ask whether their peer lives, and policies
fresh() {
	calm a b
	daemon a
	daemon b
	want_pair a b 4 || bail "no policies"
}

for h in a b; do
	conf $h "ike=dpd = 0; retries = 12;"
done
monitor a mon latch
fresh
open c 5001
old=$(spis a $B4)
cond "for root only" eq "$(stat -c '%a %s' "$secret")" "600 32"
before=$(sha256sum <"$secret")
capture first va
off c
on
cond "the same secret" eq "$(sha256sum <"$secret")" "$before"
cond "not by itself" is_state a 5001 established
cond "nor that b asks" eq "$(ike_count first 34 $B4)" 0
all "K55 b reboots: its secret is there again, and while nobody asks nobody knows"

ask n 5002
cond "proved" within 10 proofs 1
cond "broken" within 3 grep -q ' broken .*:5001 .*reason peer-dead' "$tmp/mon.out"
cond "asked once" eq "$(ike_datagrams first 36 $A4 | wc -l)" 1
cond "answered once" eq "$(answers first)" 1
cond "no Delete" eq "$(ike_count first 37 $A4)" 0
cond "the old SA is gone" not grep -qxF "$old" <(spis a $B4)
faults
all "L19 K53 K55 the answer to a's first request proves it: the IKE SA goes, with its SAs, the latch breaks"
cond "ended" within 5 dead c.c
cond "reset" says c.c 'reset by peer'
cond "new connection" within 20 event n connected
cond "data" within 5 event n.s data
faults
all "L61 L25 the old connection's program is told, and the connection that asked goes on by new SAs"
stop first
is "L04 L45 nothing of either went out in the clear" \
	"$(clear first 5001) $(clear first 5002)" "0 0"
hang_up c
stop n
stop n.s

fresh
open d 5003
old=$(spis a $B4)
capture second va
off d
mv "$secret" "$tmp/secret"
on
cond "another secret" [ -s "$secret" ]
cond "it is another" not cmp -s "$secret" "$tmp/secret"
ask m 5004
cond "answered" within 15 answers_min second 3
cond "SAs stay" eq "$(spis a $B4 | grep -xF "$old")" "$old"
cond "established" is_state a 5003 established
cond "nobody is dead" proofs 0
cond "no break" not grep -q ' broken .*:5003 ' "$tmp/mon.out"
cond "no new IKE SA" eq "$(ike_count second 34 $A4)" 0
faults
all "K04 K53 INVALID_IKE_SPI with a token of another secret, thrice, changes nothing"

kill9 b
mv "$tmp/secret" "$secret"
daemon b
cond "proved" within 30 proofs 1
cond "broken" within 3 grep -q ' broken .*:5003 .*reason peer-dead' "$tmp/mon.out"
cond "the old SA is gone" not grep -qxF "$old" <(spis a $B4)
cond "connection" within 30 event m connected
faults
stop second
cond "nothing in the clear" eq "$(clear second 5003) $(clear second 5004)" "0 0"
all "K53 K55 with the right one the same request, asked again, is answered by the proof"
finish
