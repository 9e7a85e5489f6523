#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and its previous release, and a NAT.
# timeout: 120
# rigs: uml
# slow
# peer: btnsd-previous
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=btnsd-previous
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/previous.sh
. "$(dirname "$0")/previous.sh"
# shellcheck source=tests/netns/peer_nat.sh
. "$(dirname "$0")/peer_nat.sh"
plan 8
peer_setup
nat_row "L08 BTNS, Ed25519, a NAT before who begins"
nat_row "L08 L09 BTNS, Ed25519, tunnel mode through a NAT" mode=tunnel
finish
