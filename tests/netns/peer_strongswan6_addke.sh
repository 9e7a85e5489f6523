#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Additional key exchanges (RFC 9370) with strongSwan 6, of Debian 13: what is
# agreed, in IKE_INTERMEDIATE exchanges that both count into AUTH (RFC 9242).
# timeout: 300
# rigs: uml
# slow
# peer: strongswan-trixie
PEER=strongswan-trixie
# shellcheck source=tests/netns/strongswan.sh
. "$(dirname "$0")/strongswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
# shellcheck source=tests/netns/addke.sh
. "$(dirname "$0")/addke.sh"
plan 6
peer_setup

both="aes256gcm16-prfsha256-x25519-ke1_ecp256"
more="aes256gcm16-prfsha384-x25519-ke1_modp4096"
agrees "P-256 after X25519" us 'additional = [ "p256" ];' "$both" 1
agrees "P-256 after X25519" them 'additional = [ "p256" ];' "$both" 1
agrees "MODP-4096 after X25519, SHA-384, fragments" us \
	'additional = [ "modp4096" ]; prf = [ "sha384" ]; fragment = 576;' "$more" 1
agrees "MODP-4096 after X25519, SHA-384, fragments" them \
	'additional = [ "modp4096" ]; prf = [ "sha384" ]; fragment = 576;' "$more" 1
agrees "optional and it has none" us 'additional = [ "p256", "none" ];' \
	"aes256gcm16-prfsha256-x25519" 0
agrees "optional and we have none" them 'additional = [ "none" ];' \
	"$both,aes256gcm16-prfsha256-x25519" 0
finish
