# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # b_* and the rest are of peer.sh
# strongSwan's charon on host b, for peer.sh: connections btns4 and btns6 with
# one child each, net4 and net6, told what to do by swanctl.

their_brand=strongSwan

# _their_conn FAMILY: one connection, for swanctl.conf
_their_conn() {
	local auth=${b_sig:-pubkey} their=pubkey own theirs ts=

	case $b_auth in
	raw) own="pubkeys = b.pem" theirs="pubkeys = a.pem" ;;
	ca) own="certs = b.pem" theirs="cacerts = ca.pem" ;;
	psk) auth=psk their=psk own='' theirs='' ;;
	*) own="certs = b.pem" theirs="pubkeys = a.pem" ;;
	esac
	# in tunnel mode not what a NAT shows, but who is behind it
	[ "$b_mode" = transport ] || ts="local_ts = $(_full "$(_addr b "$1")")
	remote_ts = $(_full "$(_addr a "$1")")"
	cat <<-X
		btns$1 {
			version = 2
			local_addrs = $(_addr b "$1")
			remote_addrs = $(_seen a "$1")
			proposals = ${b_proposals:-aes256gcm16-prfsha256-x25519}
			send_cert = always
			$b_conn
			local {
				auth = $auth
				$own
				id = b.example
			}
			remote {
				auth = $their
				$theirs
				id = a.example
			}
			children {
				net$1 {
					mode = $b_mode
					$ts
					esp_proposals = aes256gcm16
					$b_child
				}
			}
		}
	X
}

their_conf() {
	local s=$root/etc/swanctl

	rm -f "$s"/{private,pubkey,x509,x509ca}/* "$s"/conf.d/*
	cp "$tmp/keys/b-$b_theirs.pem" "$s/private/b.pem"
	openssl pkey -in "$tmp/keys/a-$b_mine.pem" -pubout \
		-out "$s/pubkey/a.pem"
	case $b_auth in
	raw)
		openssl pkey -in "$tmp/keys/b-$b_theirs.pem" -pubout \
			-out "$s/pubkey/b.pem"
		;;
	ca)
		cp "$tmp/keys/b-$b_theirs.issued" "$s/x509/b.pem"
		cp "$tmp/keys/ca.crt" "$s/x509ca/ca.pem"
		rm "$s/pubkey/a.pem"
		;;
	*) cp "$tmp/keys/b-$b_theirs.crt" "$s/x509/b.pem" ;;
	esac
	# every plugin that we do not name would be loaded too
	cat >"$root/etc/strongswan.conf" <<-X
		charon-systemd {
			load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints hmac kdf kernel-netlink socket-default vici
			install_routes = no
			retransmit_timeout = 1
			retransmit_base = 1.2
			filelog {
				log {
					path = /charon.log
					default = 1
					flush_line = yes
				}
			}
		}
		swanctl {
			load = random openssl pem pkcs1 pkcs8 x509 pubkey
		}
	X
	{
		echo "connections {"
		_their_conn 4
		_their_conn 6
		echo "}"
		[ "$b_auth" != psk ] || echo "secrets { ike-a {
			id-a = a.example
			id-b = b.example
			secret = \"$(cat "$tmp/keys/psk")\"
		} }"
	} >"$s/conf.d/btns.conf"
}

their_start() {
	rm -f "$root/charon.log" "$root"/run/charon*
	bg_at peer b chroot "$root" /usr/sbin/charon-systemd
	within 10 [ -S "$root/run/charon.vici" ] || return 1
	_swanctl --load-all >/dev/null || return 1
	grep -q 'loaded connection .btns6' "$tmp/swanctl"
}
their_stop() { stop peer KILL 2>/dev/null; }
# what it says is for a condition that fails, and for their_log
_swanctl() {
	in_peer /usr/sbin/swanctl "$@" 2>&1 | tee "$tmp/swanctl"
	return "${PIPESTATUS[0]}"
}

their_initiate() { # FAMILY
	_swanctl --initiate --child "net$1" --timeout $((8 * BTNS_SLOW))
}
their_rekey_child() { _swanctl --rekey --child "net$1"; }
their_rekey_ike() { _swanctl --rekey --ike "btns$1"; }
their_delete_child() { _swanctl --terminate --child "net$1"; }
their_delete_ike() { _swanctl --terminate --ike "btns$1"; }
their_log() {
	tail -n 25 "$root/charon.log" "$tmp/swanctl" "$tmp/peer.err" 2>/dev/null |
		cut -c 1-200
}
# their_can WHAT: whether there is a command for it, or it does so at all
their_can() { :; }
