#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and its previous release: who begins, IPv4 and IPv6, how they take each
# other; and tunnel mode.
# timeout: 180
# rigs: uml
# slow
# peer: btnsd-previous
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=btnsd-previous
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/previous.sh
. "$(dirname "$0")/previous.sh"
plan 20
peer_setup
row "B03 U04 BTNS, Ed25519"
row "B04 named, raw key Ed25519" auth=raw
row "B04 named, shared secret" auth=psk
row "B04 named, CA, ECDSA P-256" auth=ca mine=ecdsa-p256 theirs=ecdsa-p256
row "L09 BTNS, Ed25519, tunnel mode" mode=tunnel
finish
