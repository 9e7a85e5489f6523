#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan with NULL authentication (RFC 7619), which strongSwan does
# not have: it refuses us and gets nothing that is in the clear.
# timeout: 60
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120,SC2154 # called by name
PEER=${PEER:-strongswan-bookworm}
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 4
peer_setup
row_refused "U05 NULL, both" 'the peer refused us: AUTHENTICATION_FAILED' \
	"it has no NULL authentication" auth=null

# it does not know the word in its own file
both_up auth=null
their_stop
b_sig=null
their_conf
for f in 4 6; do
	cond "not loaded" not their_start
	cond "why" grep -q "loading connection 'btns$f' failed: invalid value for: auth" \
		"$tmp/swanctl"
	their_stop
	if [ -z "$_faults" ]; then
		cannot "U05 NULL, both: they begin, IPv$f" "it has no NULL authentication"
	else
		point "U05 NULL, both: they begin, IPv$f"
	fi
done
both_down
finish
