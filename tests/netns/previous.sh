# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # b_* and the rest are of peer.sh
# Our previous release on host b, for peer.sh: read after it, in the place of
# another's daemon. It needs no chroot, and the module is today's.

# peer_setup: the module and the two hosts
peer_setup() {
	previous=${BTNS_PEER_btnsd_previous:-}
	# also where nothing may be skipped: a shallow clone does not have it
	[ -n "$previous" ] || skip_all "the history does not have the previous release"
	_need openssl
	peer_name="btnsd, previous release"
	setup a b
	mkdir -p "$tmp/keys"
	note "$peer_name ($(cat "$previous/.version"))"
}

their_conf() {
	local pad identity=

	case $b_auth in
	btns) pad=$PAD_ANY ;;
	raw)
		openssl pkey -in "$tmp/keys/a-$b_mine.pem" -pubout \
			-out "$tmp/keys/a.pub"
		pad=$(_their_entry "pubkey = \"$tmp/keys/a.pub\";")
		;;
	psk) pad=$(_their_entry "auth = \"psk\"; psk_file = \"$tmp/keys/psk\";") ;;
	ca)
		identity="cert = \"$tmp/keys/b-$b_theirs.issued\";"
		pad=$(_their_entry "auth = \"cert\"; ca = \"$tmp/keys/ca.crt\";")
		;;
	esac
	conf b "alg=$b_theirs" id=fqdn:b.example "identity=$identity $b_sig" \
		"ike=$b_conn" "child=$b_child" "pad=$pad"
	# leap of faith is off, and a release that is older has no group for it
	sed -i '/^known = /d' "$tmp/b.conf"
	cp "$tmp/keys/b-$b_theirs.pem" "$tmp/etc-b/key.pem"
}
_their_entry() {
	echo "{ name = \"a\"; id = \"fqdn:a.example\"; $1 addresses = [ \"$A4/32\", \"$A6/128\" ]; }"
}
# their_start: with policies, so that traffic has it begin
their_start() {
	PATH=$previous/bin:$PATH daemon b
	_their_policy 4 && _their_policy 6
}
# _their_policy FAMILY: which outlives a daemon that is told to end
_their_policy() {
	local l to peer how=()

	l=$(_addr b "$1") to=$(_seen a "$1") peer=$to
	if [ "$b_mode" = tunnel ]; then
		peer=$(_addr a "$1")
		how=(mode tunnel from "$l" to "$to")
	fi
	[ -n "$(xfrm b policy list dst "$(_full "$peer")")" ] ||
		want b "$(_full "$l")" "$(_full "$peer")" "${how[@]}"
}
their_stop() { kill9 b; }
# no release of ours has commands for what follows, so each is done by what
# leads to it: traffic, a lifetime, SAs that are taken away, its end
their_initiate() { within 8 _their_ping "$1"; } # FAMILY
_their_ping() { at b ping -c 1 -W 1 -q "$(_addr a "$1")"; }
# its next, by the lifetime that it was given
their_rekey_child() {
	local n

	n=$(_their_rekeys)
	within 15 _their_rekeys_min $((n + 1))
}
_their_rekeys() { logged b 'rekeyed child .* installed'; }
_their_rekeys_min() { [ "$(_their_rekeys)" -ge "$1" ]; }
their_delete_child() { xfrm b state flush; }
# by its lifetime alone; after our crash it learns by asking whether we live
their_rekey_ike() { :; }
their_delete_ike() {
	quit b
	their_start
}
their_can() { :; }
their_log() { tail_log b; }
