#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan, and a NAT.
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
# shellcheck source=tests/netns/peer_nat.sh
. "$(dirname "$0")/peer_nat.sh"
plan 8
peer_setup
nat_row "L08 BTNS, RSA, a NAT before who begins" mine=rsa theirs=rsa
nat_row "L08 L09 BTNS, RSA, tunnel mode through a NAT" mode=tunnel mine=rsa theirs=rsa
finish
