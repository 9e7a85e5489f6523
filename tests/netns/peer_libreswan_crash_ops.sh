#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan: after our crash it is the peer that begins.
# timeout: 280
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
plan 7
peer_setup
# crash FAMILY KIND [SETTING...]
crash() {
	ops_fam=$1 ops_kind=$2
	shift 2
	ops_crash mine=rsa theirs=rsa "$@"
}
crash 4 ""
crash 6 ""
crash 4 "tunnel mode" mode=tunnel
crash 6 "tunnel mode" mode=tunnel
crash 4 "CA" auth=ca
crash 4 "raw key" auth=raw
crash 4 "shared secret" auth=psk
finish
