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
plan 6
peer_setup

INTERMEDIATE=43
FOLLOWUP=44

# agrees "TEXT" us|them IKE THEIRS COUNT: what both are told of key exchanges,
# and how many IKE_INTERMEDIATE requests go by
agrees() {
	local who=$2 from text

	text="$1, $([ "$who" = us ] && echo we || echo they) begin"
	both_up "ike=$3" "their_proposals=$4"
	family 4
	port=$((port + 1))
	capture cap
	if [ "$who" = us ]; then
		cond "connection" connect c a b 4 "$port"
		from=$ax
	else
		cond "initiated" their_initiate 4
		cond "connection" connect c b a 4 "$port"
		from=$ay
	fi
	cond "a knows b" within 3 peer_known "$port"
	cond "exchanges" eq "$(ike_count cap $INTERMEDIATE "$from")" "$5"
	[ "$who $5" != "us 1" ] || they_rekey
	# not a row of a table of interop.rst, which tells it in words
	point "$text"
	hang_up c
	stop cap
	both_down
}

# they_rekey: the IKE SA, with an additional key exchange too
they_rekey() {
	cond "rekey" their_rekey_ike 4
	cond "completed" eq "$(ike_count cap $FOLLOWUP "$ay")" 1
	# it is deleted in the new one, and with it goes what was begun in the old
	cond "deleted" their_delete_ike 4
	cond "gone" within 5 _gone
}

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
