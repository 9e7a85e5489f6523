#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A bad network: packets lost, doubled, late and out of order. IKE comes up,
# keys change, nothing is taken twice.
# timeout: 180
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b
for h in a b; do
	conf $h "child=bytes = 100000;" "ike=dpd = 2;"
	daemon $h
done
want_pair a b 4 || bail "no policies"

# ---- lost for sure: only what is sent again brings it up -----------------------
# lose FROM TO: all of IKE that way, and nothing else
lose() {
	at r nft -f - <<-N
		table ip loss
		delete table ip loss
		table ip loss {
			chain forward {
				type filter hook forward priority 0;
				ip saddr $1 ip daddr $2 udp dport 500 drop
			}
		}
	N
}
if lose $A4 $B4 2>"$tmp/nft.err"; then
	capture before va
	capture behind vb
	try l a b 4 5000
	cond "a request again" within 10 captured_min before "udp port 500 and src $A4" 2
	cond "none came" eq "$(captured behind "udp port 500")" 0
	lose $B4 $A4
	cond "an answer again" within 15 captured_min behind "udp port 500 and src $B4" 2
	at r nft delete table ip loss
	cond "up" within 20 connected l.c
	cond "talks" talk l
	[ -z "$_faults" ] || note "$(tail_log a b)"
	all "L15 B05 what is lost is sent again: a request, and the answer to it"
	hang_up l
	stop before
	stop behind
	calm a b
	for h in a b; do daemon $h; done
	want_pair a b 4 || bail "no policies"
else
	lacking "L15 B05 what is lost is sent again" "$(head -n 1 "$tmp/nft.err")"
fi

# ---- lost, doubled, late and out of order by chance ------------------------------
for v in va vb; do
	ip netns exec "$(ns r)" tc qdisc add dev $v root netem limit 10000 \
		delay 10ms 5ms loss 10% duplicate 10% reorder 20% 2>"$tmp/tc.err" || {
		note "$(cat "$tmp/tc.err")"
		for i in 1 2 3 4 5; do
			lacking "L15 point $i" "this kernel has no netem"
		done
		finish
	}
done
monitor a sas sa
monitor a mon latch
capture cap va
try c a b 4 5001
cond "up" within 40 connected c.c
cond "talks" within 30 talk c
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L15 B05 IKE and TCP come up with 20 % lost on the way there and back"
within 3 key_peer a 5001 b
va=$(values a 5001)
pump c.c
within 60 keys_min sas $B4 4
unpump c.c
cond "arrived" within 60 arrived c.c c.s
cond "keys" keys_min sas $B4 4
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L15 N03 keys change $(keys sas $B4) times, all arrives in order, once"
cond "same" eq "$(values a 5001)" "$va"
cond "no break" eq "$(grep -c ' broken ' "$tmp/mon.out")" 0
all "L15 L14 the latch is the same, nobody was taken for dead"
is "L04 nothing was in the clear" "$(clear cap 5001)" 0
for v in va vb; do
	ip netns exec "$(ns r)" tc qdisc del dev $v root
done
cond "a" within 20 has_spis a $B4 1
cond "b" within 20 has_spis b $A4 1
[ -z "$_faults" ] || note "$(tail_log a b)"
all "N03 in the end both sides have one pair of SAs"
finish
