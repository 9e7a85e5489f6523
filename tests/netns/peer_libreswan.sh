#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan: who begins, IPv4 and IPv6, with which keys, and how we
# take each other.
# timeout: 120
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-libreswan-bookworm}
# shellcheck source=tests/netns/libreswan.sh
. "$(dirname "$0")/libreswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 8
peer_setup
row "B03 B05 U04 BTNS, RSA" mine=rsa theirs=rsa
row "B03 U04 BTNS, ECDSA P-256" mine=ecdsa-p256 theirs=ecdsa-p256 \
	their_sig=ecdsa
finish
