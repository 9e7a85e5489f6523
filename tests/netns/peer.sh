# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# btnsd on host a, an IKE daemon that we did not write on host b, on top of
# ike.sh. The daemon comes from Debian's packages, unpacked by tools/rig/peer; it
# runs in a chroot of its own over that folder. strongswan.sh and libreswan.sh
# say how each is configured and told what to do. A script says
#
#	# peer: strongswan-bookworm
#	PEER=strongswan-bookworm
#	. "$(dirname "$0")/peer.sh"
#
# and then makes points whose descriptions are "IDS PEER: ROW: COLUMN", which
# tools/interop turns into the tables of Documentation/interop.rst.
# shellcheck disable=SC2034,SC2153,SC2154 # b_* are for the daemon's own file
# shellcheck source=tests/netns/ike.sh
. "$(dirname "${BASH_SOURCE[0]}")/ike.sh"

# the chroot; not in $tmp, which is removed with all that is in it
root=/run/btns-peer/root
peer_name=

# peer_setup: chroot, module and the two hosts
peer_setup() {
	local var=BTNS_PEER_${PEER//-/_} lower ver

	lower=${!var:-}
	[ -n "$lower" ] || lacks "no packages of $PEER"
	_need openssl chroot
	mkdir -p /run/btns-peer
	mount -t tmpfs tmpfs /run/btns-peer &&
		mkdir -p /run/btns-peer/{up,work,root} &&
		mount -t overlay overlay -o \
			"lowerdir=$lower,upperdir=/run/btns-peer/up,workdir=/run/btns-peer/work" \
			"$root" &&
		mount --bind /dev "$root/dev" &&
		mount --bind /proc "$root/proc" &&
		mount --bind /sys "$root/sys" || lacks "no overlay over $lower"
	ver=$(cat "$lower/.version")
	# upstream's version: Debian's changes with every security update
	peer_name="$their_brand ${ver%%-*}"
	setup a b
	# a host without any of ours
	knob b latch_auto 0
	knob b pad_mode 0
	mkdir -p "$tmp/keys"
	note "$peer_name ($ver of ${PEER##*-})"
}

# in_peer COMMAND...: in its chroot, in its network
in_peer() { at b chroot "$root" "$@"; }

# key FILE ALGORITHM: a private key, and a self-signed certificate for it
key() {
	local how

	[ ! -e "$tmp/keys/$1-$2.pem" ] || return 0
	case $2 in
	rsa*) how=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048) ;;
	ecdsa-p256) how=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256) ;;
	ecdsa-p384) how=(-algorithm EC -pkeyopt ec_paramgen_curve:P-384) ;;
	ed25519) how=(-algorithm ED25519) ;;
	*) bail "key: $2" ;;
	esac
	(
		umask 077
		openssl genpkey "${how[@]}" -out "$tmp/keys/$1-$2.pem" &&
			openssl req -x509 -new -key "$tmp/keys/$1-$2.pem" -days 30 \
				-subj "/CN=$1.example" \
				-addext "subjectAltName=DNS:$1.example" \
				-out "$tmp/keys/$1-$2.crt"
	) >"$tmp/keys.log" 2>&1 || bail "no key: $(cat "$tmp/keys.log")"
}
# issue HOST ALGORITHM: a certificate of that key under a CA, as HOST-ALGORITHM.issued
issue() {
	local k=$tmp/keys

	[ ! -e "$k/$1-$2.issued" ] || return 0
	{
		[ -e "$k/ca.crt" ] ||
			openssl req -x509 -newkey ec -pkeyopt \
				ec_paramgen_curve:P-256 -nodes -keyout "$k/ca.pem" \
				-days 30 -subj /CN=ca.example -out "$k/ca.crt"
		openssl req -new -key "$k/$1-$2.pem" -subj "/CN=$1.example" \
			-out "$k/$1.csr" &&
			openssl x509 -req -in "$k/$1.csr" -CA "$k/ca.crt" \
				-CAkey "$k/ca.pem" -CAcreateserial -days 20 \
				-extfile <(echo "subjectAltName=DNS:$1.example") \
				-out "$k/$1-$2.issued"
	} >"$tmp/keys.log" 2>&1 || bail "no certificate: $(cat "$tmp/keys.log")"
}
# secret: one that both share
secret() {
	[ -e "$tmp/keys/psk" ] || (
		umask 077
		openssl rand -hex 32 >"$tmp/keys/psk"
	) || bail "no secret"
}
# digest KEY: SHA256:HEX over its SubjectPublicKeyInfo, as btnsd names keys
digest() {
	local sum _

	read -r sum _ < <(openssl pkey -in "$tmp/keys/$1.pem" -pubout \
		-outform DER | sha256sum)
	echo "SHA256:$sum"
}

# ---- both daemons -----------------------------------------------------------

# How host a takes its peer: as a BTNS peer by its key, or by name and what proves
# it. What a asserts is fqdn:a.example, what b asserts is fqdn:b.example.
port=5000
# how one end sees the other, where that is not its own address; keys a4, b6 ...
declare -A seen=()
_seen() { # HOST FAMILY
	echo "${seen[$1$2]:-$(_addr "$1" "$2")}"
}

# _entry LINES: host a's PAD entry for host b
_entry() {
	echo "{ name = \"b\"; id = \"fqdn:b.example\"; $1 addresses = [ \"$B4/32\", \"$B6/128\" ]; }"
}

# both_up SETTING=TEXT...: both daemons, fresh, and policies on host a. Settings:
#   auth    btns: b shows a self-signed certificate, a knows nothing of it;
#           raw: both have the other's raw key and name, and b shows none;
#           psk: both have a secret; ca: certificates under a CA, both show them;
#           null: neither proves anything; null-us, null-them: we or they do not,
#           the other has a raw key; null-ca: they do not, and take any name for
#           us that has a certificate under a CA
#   group   yes: b has opportunistic groups, and asks for SAs when it has traffic
#   mine, theirs   algorithms of the keys
#   mode    tunnel, or transport if it is not said
#   identity, ike, child     more lines for btnsd.conf
#   their_sig, their_proposals, their_conn, their_child   for the daemon's own file
both_up() {
	local set identity='' ike='' child='' pad f l r

	b_auth=btns b_mine=ed25519 b_theirs=ed25519 b_mode=transport
	b_sig='' b_proposals='' b_conn='' b_child='' b_group=''
	for set in "$@"; do
		case $set in
		auth=*) b_auth=${set#*=} ;;
		group=yes) b_group=yes ;;
		mine=*) b_mine=${set#*=} ;;
		theirs=*) b_theirs=${set#*=} ;;
		mode=*) b_mode=${set#*=} ;;
		identity=*) identity=${set#*=} ;;
		ike=*) ike=${set#*=} ;;
		child=*) child=${set#*=} ;;
		their_sig=*) b_sig=${set#*=} ;;
		their_proposals=*) b_proposals=${set#*=} ;;
		their_conn=*) b_conn=${set#*=} ;;
		their_child=*) b_child=${set#*=} ;;
		*) bail "both_up: $set" ;;
		esac
	done
	key a "$b_mine"
	key b "$b_theirs"
	_fp[b]=$(digest "b-$b_theirs")
	mkdir -p "$tmp/etc-a"
	cp "$tmp/keys/a-$b_mine.pem" "$tmp/etc-a/key.pem"
	case $b_auth in
	btns) pad=$PAD_ANY ;;
	raw | null-us)
		openssl pkey -in "$tmp/keys/b-$b_theirs.pem" -pubout \
			-out "$tmp/etc-a/b.pub"
		pad="pubkey = \"$tmp/etc-a/b.pub\";"
		[ "$b_auth" = raw ] || pad+=' local_auth = "null";'
		pad=$(_entry "$pad")
		;;
	null) pad='{ name = "anon"; auth = "null"; }' ;;
	null-ca)
		issue a "$b_mine"
		identity+=" cert = \"$tmp/keys/a-$b_mine.issued\";"
		pad='{ name = "anon"; auth = "null"; local_auth = "cert"; }'
		;;
	null-them) pad='{ name = "anon"; auth = "null"; local_auth = "key"; }' ;;
	psk)
		secret
		pad=$(_entry "auth = \"psk\"; psk_file = \"$tmp/keys/psk\";")
		;;
	ca)
		issue a "$b_mine"
		issue b "$b_theirs"
		identity+=" cert = \"$tmp/keys/a-$b_mine.issued\";"
		pad=$(_entry "auth = \"cert\"; ca = \"$tmp/keys/ca.crt\";")
		;;
	*) bail "both_up: auth=$b_auth" ;;
	esac
	conf a "alg=$b_mine" id=fqdn:a.example "identity=$identity" \
		"ike=$ike" "child=$child" "pad=$pad"
	daemon a
	for f in 4 6; do
		l=$(_addr a "$f") r=$(_seen b "$f")
		if [ "$b_mode" = tunnel ]; then
			want a "$(_full "$l")" "$(_full "$(_addr b "$f")")" mode tunnel \
				from "$l" to "$r" || bail "no policy"
		else
			want a "$(_full "$l")" "$(_full "$r")" || bail "no policy"
		fi
	done
	their_conf
	their_start || bail "$PEER does not start: $(their_log)"
}

# both_down: no daemon, no SA, no policy
both_down() {
	their_stop
	xfrm b state flush
	xfrm b policy flush
	calm a
}
# their_reboot: it forgets all, and starts again
their_reboot() {
	their_stop
	xfrm b state flush
	xfrm b policy flush
	their_start
}

# the latch names who the PAD takes the peer for
peer_known() { # PORT
	case $b_auth in
	btns) key_peer a "$1" b ;;
	raw | null-us) _peer_is a "$1" "fqdn:b.example, proved by rawkey" ;;
	psk) _peer_is a "$1" "fqdn:b.example, proved by psk" ;;
	ca) _peer_is a "$1" "fqdn:b.example, proved by cert" ;;
	null | null-them | null-ca) nobody a "$1" ;;
	esac
}
# family FAMILY: which addresses the following is about
family() {
	fam=$1 ax=$(_addr a "$1") ay=$(_addr b "$1")
}
# in_mode: the SAs on host a are in the mode that both were told
in_mode() {
	xfrm a state list dst "$ay" >"$tmp/modes"
	grep -q "mode $b_mode" "$tmp/modes" &&
		[ "$(grep -c 'mode ' "$tmp/modes")" = "$(grep -c "mode $b_mode" "$tmp/modes")" ]
}
_gone() { has_spis a "$ay" 0 && has_spis b "$ax" 0; }

# ---- points -----------------------------------------------------------------

# _title TEXT: the requirements' ids stay in front, the peer's name comes behind
# them; in REPLY
_title() {
	local text=$1 ids=

	while [[ $text =~ ^([LNBUTK][0-9]{2}\ )(.*) ]]; do
		ids+=${BASH_REMATCH[1]}
		text=${BASH_REMATCH[2]}
	done
	REPLY="$ids$peer_name: $text"
}

# point "IDS ROW: COLUMN": all conditions held; what the daemons said if not
point() {
	[ -z "$_faults" ] || note "$(tail_log a)
$PEER says:
$(their_log)"
	_title "$1"
	all "$REPLY"
}
# cannot "IDS ROW: COLUMN" WHY: what this peer has no way to do
cannot() {
	_title "$1"
	skip "$REPLY" "cannot: $2"
}

# cell "IDS ROW" us|them FAMILY: one end sets up IKE SA and child, a connection
# goes over it and all of it under ESP, and host a knows who the peer is
cell() {
	local row=$1 who=$2 fault

	port=$((port + 1))
	family "$3"
	capture "cap$port"
	if [ "$who" = us ]; then
		cond "connection" connect "c$port" a b "$fam" "$port"
		cond "b did not begin" eq "$(ike_count "cap$port" 34 "$ay")" 0
	else
		# with a group nothing tells it but its traffic
		[ -n "$b_group" ] || cond "initiated" their_initiate "$fam"
		cond "connection" connect "c$port" b a "$fam" "$port"
		cond "a did not begin" eq "$(ike_count "cap$port" 34 "$ax")" 0
		cond "b began" eq "$(ike_count "cap$port" 34 "$ay")" 1
	fi
	cond "a knows b" within 3 peer_known "$port"
	cond "mode" in_mode
	cond "ESP" within 3 captured_min "cap$port" "ip proto 50 or ip6 proto 50" 4
	cond "nothing clear" eq "$(clear "cap$port" "$port")" 0
	fault=$_faults
	point "$row: $([ "$who" = us ] && echo we || echo they) begin, IPv$fam"
	hang_up "c$port"
	stop "cap$port"
	# what is left must not make the next one easier; and Libreswan does not
	# bring back the trap of a group
	[ -n "$b_group" ] || their_delete_ike "$fam" >/dev/null 2>&1
	if [ -n "$fault$b_group" ] || ! within 3 _gone; then
		both_down
		both_up "${row_settings[@]}"
	fi
}

# row_refused "IDS TEXT" LOG WHY [SETTING...]: we begin, both families, and host
# a's log says that the peer refuses it, which is for WHY
row_refused() {
	local text=$1 log=$2 why=$3 f
	shift 3

	for f in 4 6; do
		both_up "$@"
		family $f
		port=$((port + 1))
		capture "cap$port"
		try c a b $f "$port"
		cond "refused" within 8 logs a "$log"
		cond "nothing clear" eq "$(clear "cap$port" "$port")" 0
		if [ -z "$_faults" ]; then
			cannot "$text: we begin, IPv$f" "$why"
		else
			point "$text: we begin, IPv$f"
		fi
		hang_up c
		stop "cap$port"
		both_down
	done
}

# row "IDS TEXT" [SETTING...]: both directions, or those in $begins; both families
row() {
	local text=$1 f who
	shift

	row_settings=("$@")
	both_up "$@"
	for f in 4 6; do
		for who in ${begins:-us them}; do
			cell "$text" "$who" "$f"
		done
	done
	both_down
}
