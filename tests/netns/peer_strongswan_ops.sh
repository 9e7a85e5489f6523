#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan, once SAs are up: rekeys and deletes by either end, a
# crash of either, a bad network.
# timeout: 260
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-strongswan-bookworm}
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/peer_ops.sh
. "$(dirname "$0")/peer_ops.sh"
plan 13
peer_setup
ops_rekey "${ops_set[@]}"
ops_delete "${ops_set[@]}"
ops_restart "${ops_set[@]}"
ops_loss "${ops_set[@]}"
finish
