#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan: who begins, IPv4 and IPv6, with which keys, and how we
# take each other.
# timeout: 180
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-strongswan-bookworm}
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 20
peer_setup
row "B03 B05 U04 BTNS, Ed25519"
row "B03 U04 BTNS, ECDSA P-256" mine=ecdsa-p256 theirs=ecdsa-p256
row "B03 U04 BTNS, RSA PKCS#1 v1.5" mine=rsa theirs=rsa
row "B03 U04 BTNS, RSASSA-PSS" mine=rsa theirs=rsa \
	their_sig=ike:rsa/pss-sha512
# of theirs an AEAD comes first, and is not what we have
row "B03 U04 BTNS, AES-CBC, HMAC-SHA2-256" \
	"ike=aead = [ \"aes256-sha256\" ];" \
	their_proposals=aes256gcm16-prfsha256-x25519,aes256-sha256-x25519
finish
