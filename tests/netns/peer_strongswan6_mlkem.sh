#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ML-KEM (RFC 9370 and draft-ietf-ipsecme-ikev2-mlkem) with strongSwan 6 of the
# Debian after 13, whose OpenSSL has it; btnsd uses the same OpenSSL.
# timeout: 300
# rigs: uml
# slow
# peer: strongswan-forky
PEER=strongswan-forky
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/addke.sh
. "$(dirname "$0")/addke.sh"
# shellcheck source=tests/netns/openssl.sh
. "$(dirname "$0")/openssl.sh"
plan 5
peer_setup
with_mlkem "${BTNS_PEER_strongswan_forky:-}"

one="aes256gcm16-prfsha256-x25519"
# ours by default
agrees "ML-KEM-768 after X25519" us '' "$one-ke1_mlkem768" 1
agrees "ML-KEM-768 after X25519" them '' "$one-ke1_mlkem768" 1
agrees "ML-KEM-1024 after X25519, fragments" us \
	'additional = [ "mlkem1024" ]; fragment = 576;' "$one-ke1_mlkem1024" 1
agrees "ML-KEM-1024 after X25519, fragments" them \
	'additional = [ "mlkem1024" ]; fragment = 576;' "$one-ke1_mlkem1024" 1
agrees "it has none" us '' "$one" 0
finish
