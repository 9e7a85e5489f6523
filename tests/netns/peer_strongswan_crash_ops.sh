#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan: after our crash it is the peer that begins.
# timeout: 120
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2034,SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-strongswan-bookworm}
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/peer_ops.sh
. "$(dirname "$0")/peer_ops.sh"
plan 3
peer_setup
for ops_fam in 4 6; do
	ops_crash
done
ops_fam=4 ops_kind="tunnel mode"
ops_crash mode=tunnel
finish
