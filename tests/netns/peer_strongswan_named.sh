#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and strongSwan, known by name: by a raw key, a secret, a certificate
# under a CA; and in tunnel mode.
# timeout: 400
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-strongswan-bookworm}
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 40
peer_setup
row "B04 named, raw key Ed25519" auth=raw
row "B04 named, raw key RSASSA-PSS" auth=raw mine=rsa theirs=rsa \
	identity='rsa = "pss";' their_sig=ike:rsa/pss-sha256
row "B04 named, raw key RSA PKCS#1 v1.5" auth=raw mine=rsa theirs=rsa
row "B04 named, raw key ECDSA P-256" auth=raw mine=ecdsa-p256 theirs=ecdsa-p256
row "B04 named, shared secret" auth=psk
row "B04 named, CA, ECDSA P-256" auth=ca mine=ecdsa-p256 theirs=ecdsa-p256
row "B04 named, CA, Ed25519" auth=ca
row "B04 named, CA, RSA PKCS#1 v1.5" auth=ca mine=rsa theirs=rsa
row "B04 named, CA, RSASSA-PSS" auth=ca mine=rsa theirs=rsa \
	identity='rsa = "pss";' their_sig=ike:rsa/pss-sha256
row "L09 BTNS, Ed25519, tunnel mode" mode=tunnel
finish
