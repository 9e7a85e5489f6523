#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan, neither of which proves anything (RFC 7619): after our crash
# it is the peer that begins.
# timeout: 160
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2034,SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-libreswan-bookworm}
# shellcheck source=tests/netns/libreswan.sh
. "$(dirname "$0")/libreswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/peer_ops.sh
. "$(dirname "$0")/peer_ops.sh"
plan 1
peer_setup
ops_kind="NULL"
ops_crash auth=null mine=rsa theirs=rsa
finish
