#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and its previous release, once SAs are up: rekeys and deletes by either
# end, a crash of either, a bad network.
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
	point "N03 rekey of the child SA$ops_as: $who begin"
	rekeyed_ike $h
	rekeys_on
	point "N03 rekey of the IKE SA$ops_as: $who begin"
	ops_end
}

plan 14
peer_setup
rekeys us "${ops_set[@]}" "ike=lifetime = 60;" "child=bytes = 300000;"
rekeys them "${ops_set[@]}" \
	"their_conn=lifetime = 60;" "their_child=bytes = 300000;"
ops_begin "${ops_set[@]}"
ops_delete
ops_restart "${ops_set[@]}"
# it learns by asking in vain
ops_crash "${ops_set[@]}" "their_conn=dpd = 1; retries = 2;"
ops_loss "${ops_set[@]}" "their_child=lifetime = 10;"
finish
