#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and its previous release: who begins, IPv4 and IPv6, how they take each
# other; rekeys by either end, good-byes, crashes.
# timeout: 400
# rigs: uml
# slow
# peer: btnsd-previous
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=btnsd-previous
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/previous.sh
. "$(dirname "$0")/previous.sh"

goes_on() { flows c.c c.s && flows c.s c.c; }
leaked() { captured cap "(ip proto 6 or ip6 proto 6) and port $port"; }

# rekeys us|them [SETTING...]: child SAs and then the IKE SA, by that end
rekeys() {
	local who=$1 h=a n
	shift

	[ "$who" = us ] || h=b
	both_up "$@"
	family 4
	port=$((port + 1))
	capture cap
	monitor a sas sa
	connect c a b 4 "$port" || bail "no connection: $(tail_log a b)"
	within 3 peer_known "$port"
	latched=$(values a "$port")
	pump c.c
	pump c.s
	within 60 keys_min sas "$ay" 3
	unpump c.c
	unpump c.s
	cond "keys" keys_min sas "$ay" 3
	cond "a to b" within 10 arrived c.c c.s
	cond "b to a" within 10 arrived c.s c.c
	cond "latch" eq "$(values a "$port")" "$latched"
	cond "nothing clear" eq "$(leaked)" 0
	point "N03 rekey of the child SA: $([ "$who" = us ] && echo we || echo they) begin"
	# the lifetime has a minute at most left
	cond "rekeyed" within 75 logs $h 'CREATE_CHILD_SA: rekeyed #[0-9]+ as initiator'
	cond "no new IKE_SA_INIT" eq "$(ike_count cap 34 "$ax") $(ike_count cap 34 "$ay")" "1 0"
	n=$(keys sas "$ay")
	pump c.c
	pump c.s
	cond "new SAs in it" within 20 keys_min sas "$ay" $((n + 1))
	cond "goes on" goes_on
	cond "latch" eq "$(values a "$port")" "$latched"
	cond "nothing clear" eq "$(leaked)" 0
	point "N03 rekey of the IKE SA: $([ "$who" = us ] && echo we || echo they) begin"
	unpump c.c
	unpump c.s
	hang_up c
	stop sas
	stop cap
	both_down
}

# again HOST OTHER: a new connection, until it talks
again() {
	port=$((port + 1))
	connect c "$1" "$2" 4 "$port" || within 20 talk c
}
ends() {
	both_up "ike=dpd = 1; retries = 2;"
	family 4
	capture cap
	cond "connection" again a b
	quit b
	cond "gone" within 5 has_spis a "$ay" 0
	their_start
	cond "goes on" within 10 talk c
	point "L28 N03 delete of the IKE SA: they begin"
	quit a
	cond "gone" within 5 has_spis b "$ax" 0
	daemon a
	cond "goes on" within 10 talk c
	point "L28 N03 delete of the IKE SA: we begin"
	hang_up c
	kill9 b
	xfrm b state flush
	their_start
	cond "found dead" within 20 has_spis a "$ay" 0
	cond "connection" again a b
	cond "a knows b" within 3 peer_known "$port"
	point "U01 their crash and restart: we begin"
	hang_up c
	kill9 a
	xfrm a state flush
	daemon a
	cond "connection" again a b
	cond "a knows b" within 3 peer_known "$port"
	cond "b forgot the old SAs" within 10 has_spis b "$ax" 1
	cond "nothing clear" eq "$(leaked)" 0
	point "U01 our crash and restart: we begin"
	hang_up c
	stop cap
	both_down
}

plan 24
peer_setup
row "B03 U04 BTNS, Ed25519"
row "B04 named, raw key Ed25519" auth=raw
row "B04 named, shared secret" auth=psk
row "B04 named, CA, ECDSA P-256" auth=ca mine=ecdsa-p256 theirs=ecdsa-p256
rekeys us "ike=lifetime = 60;" "child=bytes = 300000;"
rekeys them "their_conn=lifetime = 60;" "their_child=bytes = 300000;"
ends
finish
