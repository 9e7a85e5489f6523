#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan, once SAs are up: rekeys and deletes by either end, a
# crash of either, a bad network.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-libreswan-bookworm}
# shellcheck source=tests/netns/libreswan.sh
. "$(dirname "$0")/libreswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/peer_ops.sh
. "$(dirname "$0")/peer_ops.sh"
plan 13
peer_setup
ops_rekey mine=rsa theirs=rsa "${ops_set[@]}"
ops_delete mine=rsa theirs=rsa "${ops_set[@]}"
ops_restart mine=rsa theirs=rsa "${ops_set[@]}"
ops_loss mine=rsa theirs=rsa "${ops_set[@]}"
finish
