#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan: after our crash it is the peer that begins.
# timeout: 540
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
plan 8
peer_setup
# crash FAMILY KIND [SETTING...]
crash() {
	ops_fam=$1 ops_kind=$2
	shift 2
	ops_crash "$@"
}
crash 4 ""
crash 6 ""
crash 4 "tunnel mode" mode=tunnel
crash 6 "tunnel mode" mode=tunnel
crash 4 "CA" auth=ca
crash 4 "raw key" auth=raw
crash 4 "shared secret" auth=psk

# it asks by itself whether we live
ops_fam=4
they_learn() { :; }
crash_begin "their_conn=dpd_delay = 1s"
point "K06 our crash and restart, with dpd_delay: they begin"
crash_end
finish
