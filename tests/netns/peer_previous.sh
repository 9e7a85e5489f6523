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
# shellcheck source=tests/netns/peer_ops.sh
. "$(dirname "$0")/peer_ops.sh"

# segments in the clear, from either end: both are ours
leaked() { captured cap "(ip proto 6 or ip6 proto 6) and port $port"; }

# rekeys us|them [SETTING...]: child SAs and then the IKE SA, by that end
rekeys() {
	local who=we h=a

	[ "$1" = us ] || who=they h=b
	shift
	ops_begin "$@"
	rekeyed_child
	point "N03 rekey of the child SA: $who begin"
	rekeyed_ike $h
	rekeys_on
	point "N03 rekey of the IKE SA: $who begin"
	ops_end
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
	our_crash
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
