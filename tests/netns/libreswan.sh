# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # b_* and the rest are of peer.sh
# Libreswan's pluto on host b, for peer.sh: connections btns4 and btns6, told
# what to do by whack. Its private keys live in an NSS database.

their_brand=Libreswan
_lsw=/usr/libexec/ipsec

# _their_conn FAMILY: one connection, for ipsec.conf
_their_conn() {
	local own=leftcert=b theirs=rightcert=a sig=$b_sig ts='' to auto=add
	local id=@b.example peer=@a.example

	to=$(_seen a "$1")
	# whom it is for is said by _groups; it wants traffic to be kept until
	# there are SAs, and none in the clear if they fail
	[ -z "$b_group" ] || to='%opportunisticgroup
	negotiationshunt=hold
	failureshunt=drop' auto=ondemand
	case $b_auth in
	null) id=%null peer=%null own='' theirs='' sig=null ;;
	null-us)
		peer=%null theirs=rightauth=null sig='' own="leftcert=b
	leftsendcert=never
	leftauth=rsasig"
		;;
	null-them)
		id=%null own=leftauth=null sig='' theirs="rightcert=a
	rightauth=rsasig"
		;;
	null-ca)
		id=%null peer=%fromcert own=leftauth=null sig=''
		theirs="rightauth=rsasig
	rightrsasigkey=%cert
	rightca=%any"
		;;
	# a configured key for both: nothing of the certificate is sent
	raw) own="leftcert=b
	leftsendcert=never" ;;
	ca) own="leftcert=b
	leftsendcert=always" theirs=rightca=%same ;;
	psk) own='' theirs='' sig=secret ;;
	esac
	# in tunnel mode not what a NAT shows, but who is behind it
	[ "$b_mode" = transport ] || ts="leftsubnet=$(_full "$(_addr b "$1")")
	rightsubnet=$(_full "$(_addr a "$1")")"
	# what belongs to a section is indented
	echo "conn btns$1"
	sed 's/^/ /' <<-X
		left=$(_addr b "$1")
		leftid=$id
		$own
		right=$to
		rightid=$peer
		$theirs
		type=$b_mode
		$ts
		$([[ $peer_name != *" 4."* ]] || echo ikev2=insist)
		${sig:+authby=$sig}
		ike=aes_gcm256-sha2_256;dh31
		esp=aes_gcm256
		retransmit-interval=500
		retransmit-timeout=8s
		mobike=no
		# there is no shell in the chroot
		leftupdown=%disabled
		# nor do we, unless told to
		pfs=no
		auto=$auto
		$b_conn
		$b_child
	X
}

# _nss: a new database with b's key and certificate, and a's
_nss() {
	local db=$root/var/lib/ipsec/nss cert=$tmp/keys/b-$b_theirs.crt

	rm -rf "$db"
	mkdir -p "$db"
	[ "$b_auth" != ca ] || cert=$tmp/keys/b-$b_theirs.issued
	openssl pkcs12 -export -in "$cert" -name b \
		-inkey "$tmp/keys/b-$b_theirs.pem" -passout pass: \
		-out "$db/b.p12" || return 1
	chroot "$root" /bin/certutil -N --empty-password -d sql:/var/lib/ipsec/nss &&
		chroot "$root" /bin/pk12util -i /var/lib/ipsec/nss/b.p12 -W '' \
			-d sql:/var/lib/ipsec/nss || return 1
	if [ "$b_auth" = ca ] || [ "$b_auth" = null-ca ]; then
		_trust ca "$tmp/keys/ca.crt" CT,,
	else
		_trust a "$tmp/keys/a-$b_mine.crt" ,,
	fi
}
# _trust NAME FILE FLAGS: a certificate for the database
_trust() {
	cp "$2" "$root/var/lib/ipsec/nss/$1.crt" &&
		chroot "$root" /bin/certutil -A -n "$1" -t "$3" -a \
			-i "/var/lib/ipsec/nss/$1.crt" -d sql:/var/lib/ipsec/nss
}

# _groups: the addresses that each group's connection is for
_groups() {
	local dir=$root/etc/ipsec.d/policies f

	rm -f "$dir"/btns?
	[ -n "$b_group" ] || return 0
	mkdir -p "$dir"
	for f in 4 6; do
		_full "$(_seen a $f)" >"$dir/btns$f"
	done
}

their_conf() {
	_groups || bail "no groups"
	_nss >"$tmp/nss" 2>&1 || bail "no NSS database: $(cat "$tmp/nss")"
	{
		printf 'config setup\n\tlogfile=/pluto.log\n\tlogtime=no\n'
		_their_conn 4
		_their_conn 6
	} >"$root/etc/ipsec.conf"
	: >"$root/etc/ipsec.secrets"
	[ "$b_auth" != psk ] ||
		echo "@b.example @a.example : PSK \"$(cat "$tmp/keys/psk")\"" \
			>"$root/etc/ipsec.secrets"
}

their_start() {
	rm -rf "$root/pluto.log" "$root/run/pluto"
	mkdir -p "$root/run/pluto"
	bg_at peer b chroot "$root" $_lsw/pluto --config /etc/ipsec.conf \
		--nofork
	within 15 _loaded_there
}
# it reads its file in a process of its own, after it has started
_loaded_there() {
	_whack --status && grep -q '"btns4"' "$tmp/whack" &&
		grep -q '"btns6"' "$tmp/whack" || return 1
	# the kernel has to ask for both
	[ -z "$b_group" ] ||
		{ _trapped "$A4" && _trapped "$A6"; }
} >/dev/null
_trapped() { xfrm b policy list dst "$(_full "$1")" dir out | grep -q tmpl; }
their_stop() { stop peer KILL 2>/dev/null; }
_whack() {
	at b timeout $((10 * BTNS_SLOW)) chroot "$root" $_lsw/whack "$@" 2>&1 |
		tee "$tmp/whack"
	return "${PIPESTATUS[0]}"
}

# _conn FAMILY: what the connection is called; that of a group has one for each
# address in it
_conn() {
	echo "btns$1${b_group:+#$(_full "$(_seen a "$1")")}"
}

their_initiate() { # FAMILY
	# with a group nothing tells it but its traffic
	if [ -n "$b_group" ]; then
		within 8 _drawn "$(_addr a "$1")"
		return
	fi
	_whack --initiate --name "btns$1"
	grep -Eq 'established.*(Child SA|transport)|initiator established' \
		"$tmp/whack"
}
_drawn() { at b ping -c 1 -W 1 -q "$1" >/dev/null; }
their_rekey_child() {
	case $peer_name in
	*" 4."*) _whack --rekey-ipsec --name "$(_conn "$1")" ;;
	*) _whack --rekey-child --name "$(_conn "$1")" ;;
	esac
}
their_rekey_ike() { _whack --rekey-ike --name "$(_conn "$1")"; }
# 4.10 wants the number of the state; of 5.2 with NULL authentication whack did not
# say that it went well, so it does not wait: who asks looks whether the SAs go
their_delete_child() {
	local n

	case $peer_name in
	*" 4."*)
		_whack --status >/dev/null || return
		n=$(sed -n "s|^[0-9]* #\([0-9]*\): \"$(_conn "$1")\".*(established Child SA).*|\1|p" \
			"$tmp/whack" | tail -n 1)
		_whack --deletestate "${n:-none}"
		;;
	*) _whack --asynchronous --delete-child --name "$(_conn "$1")" ;;
	esac
}
their_delete_ike() { _whack --terminate --name "$(_conn "$1")"; }
their_log() {
	tail -n 25 "$root/pluto.log" "$tmp/whack" "$tmp/peer.err" 2>/dev/null |
		cut -c 1-200
}
# their_can WHAT: whether it does so at all
their_can() { [ "$1" != substitute ]; }
