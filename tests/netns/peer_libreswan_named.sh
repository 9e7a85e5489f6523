#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd and Libreswan, known by name: by a raw key, a secret, a certificate
# under a CA; and in tunnel mode.
# timeout: 300
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
PEER=${PEER:-libreswan-bookworm}
# shellcheck source=tests/netns/libreswan.sh
. "$(dirname "$0")/libreswan.sh"
# shellcheck source=tests/netns/peer.sh
. "$(dirname "$0")/peer.sh"
plan 36
peer_setup
row "B04 named, raw key RSA" auth=raw mine=rsa theirs=rsa
row "B04 named, raw key ECDSA P-256" auth=raw mine=ecdsa-p256 theirs=ecdsa-p256 \
	their_sig=ecdsa
row "B04 named, shared secret" auth=psk mine=rsa theirs=rsa
row "B04 named, CA, RSA" auth=ca mine=rsa theirs=rsa
row "B04 named, CA, ECDSA P-256" auth=ca mine=ecdsa-p256 theirs=ecdsa-p256 \
	their_sig=ecdsa
row "B04 named, raw key RSASSA-PSS (rsa-sha2)" auth=raw mine=rsa theirs=rsa \
	identity='rsa = "pss";' their_sig=rsa-sha2
begins=them row "B04 named, raw key RSA, in their form (rsa-sha2)" auth=raw \
	mine=rsa theirs=rsa their_sig=rsa-sha2
row_refused "B04 named, raw key RSA, in their form (rsa-sha2)" \
	'the peer refused us: AUTHENTICATION_FAILED' \
	"authby=rsa-sha2 takes no PKCS#1 v1.5, which is what btnsd begins with" \
	auth=raw mine=rsa theirs=rsa their_sig=rsa-sha2
row "L09 BTNS, RSA, tunnel mode" mode=tunnel mine=rsa theirs=rsa

# it does not know the word in its own file, with which all else is well
_unknown_method() { # METHOD
	b_sig=$1
	their_conf
	at b timeout 10 chroot "$root" "$_lsw/addconn" --config /etc/ipsec.conf \
		--checkconfig 2>&1 | grep 'authby= value is unknown' >/dev/null
}
for f in 4 6; do
	for who in we they; do
		cond "ECDSA" not _unknown_method ecdsa
		cond "EdDSA" _unknown_method eddsa
		if [ -z "$_faults" ]; then
			cannot "B04 named, raw key Ed25519: $who begin, IPv$f" \
				"it has no authby= for it"
		else
			point "B04 named, raw key Ed25519: $who begin, IPv$f"
		fi
	done
done
finish
