#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan with NULL authentication (RFC 7619): of both, of one of
# them, and with Libreswan's opportunistic groups, which begin when there is
# traffic.
# timeout: 240
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-libreswan-bookworm}
# shellcheck source=tests/netns/libreswan.sh
. "$(dirname "$0")/libreswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 20
peer_setup
row "U05 NULL, both" auth=null mine=rsa theirs=rsa
row "U05 NULL, they; we by raw key RSA" auth=null-them mine=rsa theirs=rsa
row "U05 NULL, we; they by raw key RSA" auth=null-us mine=rsa theirs=rsa
row "U05 NULL, both, opportunistic group" auth=null group=yes \
	mine=rsa theirs=rsa
row "U05 NULL, they, opportunistic group; we by CA" auth=null-ca group=yes \
	mine=rsa theirs=rsa
finish
