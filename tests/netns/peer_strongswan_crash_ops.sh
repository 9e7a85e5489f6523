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
ops_crashes

# it asks by itself whether we live
ops_fam=4
they_learn() { :; }
crash_begin "their_conn=dpd_delay = 1s"
point "K06 our crash and restart, with dpd_delay: they begin"
crash_end
finish
