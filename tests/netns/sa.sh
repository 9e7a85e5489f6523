# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# SAs, policies and identities made by hand, for the scripts in which no btnsd
# makes them. Part of lib.sh, which reads it.

# _key SPI BYTES: a key that both ends can tell from the SPI
_key() { printf "0x%0$(($2 * 2))x" "$1"; }

# sa HOST SRC DST SPI [ALG [MODE [MORE...]]]: one state
sa() {
	local h=$1 src=$2 dst=$3 spi=$4 alg=${5:-gcm256} mode=${6:-transport}
	local how
	shift $(($# < 6 ? $# : 6))

	case $alg in
	gcm256) how=(aead 'rfc4106(gcm(aes))' "$(_key "$spi" 36)" 128) ;;
	gcm128) how=(aead 'rfc4106(gcm(aes))' "$(_key "$spi" 20)" 128) ;;
	gcm64) how=(aead 'rfc4106(gcm(aes))' "$(_key "$spi" 36)" 64) ;;
	gmac) how=(aead 'rfc4543(gcm(aes))' "$(_key "$spi" 36)" 128) ;;
	cbc) how=(enc 'cbc(aes)' "$(_key "$spi" 32)"
		auth-trunc 'hmac(sha256)' "$(_key "$spi" 32)" 128) ;;
	null) how=(enc 'ecb(cipher_null)' ''
		auth-trunc 'hmac(sha256)' "$(_key "$spi" 32)" 128) ;;
	*) bail "no algorithm $alg" ;;
	esac
	case " $* " in *" replay-window "*) ;; *) set -- replay-window 64 "$@" ;; esac
	[ "$mode" = transport ] || case " $* " in
	*" sel "*) ;;
	*) set -- "$@" sel src "$src" dst "$dst" ;;
	esac
	xfrm "$h" state add src "$src" dst "$dst" proto esp spi "$spi" \
		mode "$mode" "${how[@]}" "$@"
}

sa_del() { # HOST DST SPI
	local src
	src=$(xfrm "$1" state list dst "$2" spi "$3" | awk '/^src/{print $2; exit}')
	xfrm "$1" state delete src "$src" dst "$2" proto esp spi "$3"
}

_full() { case $1 in *:*) echo "$1/128" ;; *) echo "$1/32" ;; esac; }

# vouch HOST DST SPI PEER LOCAL-ADDRESS REMOTE-ADDRESS [MORE...]
vouch() {
	local h=$1 dst=$2 spi=$3 peer=$4 local=$5 remote=$6 self=ID_$1
	shift 6

	case $local in */*) ;; *) local=$(_full "$local") ;; esac
	case $remote in */*) ;; *) remote=$(_full "$remote") ;; esac
	ctl "$h" sa bind dst "$dst" spi "$spi" peer "$peer" method manual \
		self "${!self}" local "$local" remote "$remote" "$@" >/dev/null
}

_addr() { # HOST FAMILY
	local v=${1^^}$2

	echo "${!v}"
}

# sa_pair X Y FAMILY SPI [ALG [MODE [MORE...]]]: X->Y has SPI, Y->X SPI+1
sa_pair() {
	local x=$1 y=$2 f=$3 spi=$4 ax ay h
	shift 4

	ax=$(_addr "$x" "$f") ay=$(_addr "$y" "$f")
	for h in $x $y; do
		sa "$h" "$ax" "$ay" "$spi" "$@" || return 1
		sa "$h" "$ay" "$ax" $((spi + 1)) "$@" || return 1
	done
}

# bind_pair X Y FAMILY SPI: who is behind such a pair, on both
bind_pair() {
	local x=$1 y=$2 f=$3 spi=$4 ax ay ix=ID_$1 iy=ID_$2

	ax=$(_addr "$x" "$f") ay=$(_addr "$y" "$f")
	vouch "$x" "$ay" "$spi" "${!iy}" "$ax" "$ay" &&
		vouch "$x" "$ax" $((spi + 1)) "${!iy}" "$ax" "$ay" &&
		vouch "$y" "$ay" "$spi" "${!ix}" "$ay" "$ax" &&
		vouch "$y" "$ax" $((spi + 1)) "${!ix}" "$ay" "$ax"
}

# anon_pair X Y FAMILY SPI: SAs between two, neither of whom says who it is
anon_pair() {
	local x=$1 y=$2 f=$3 spi=$4 ax ay

	ax=$(_addr "$x" "$f") ay=$(_addr "$y" "$f")
	vouch "$x" "$ay" "$spi" none "$ax" "$ay" &&
		vouch "$x" "$ax" $((spi + 1)) none "$ax" "$ay" &&
		vouch "$y" "$ay" "$spi" none "$ay" "$ax" &&
		vouch "$y" "$ax" $((spi + 1)) none "$ay" "$ax" &&
		sa_pair "$@"
}

# del_pair X Y FAMILY SPI
del_pair() {
	local ax ay h

	ax=$(_addr "$1" "$3") ay=$(_addr "$2" "$3")
	for h in $1 $2; do
		sa_del "$h" "$ay" "$4" || return 1
		sa_del "$h" "$ax" $(($4 + 1)) || return 1
	done
}

# protect HOST LOCAL REMOTE [MODE]: out and in policies for all of a peer
protect() {
	local h=$1 l=$2 r=$3 mode=${4:-transport} to='' from=''

	[ "$mode" = transport ] || {
		to="src $l dst $r"
		from="src $r dst $l"
	}
	# shellcheck disable=SC2086
	xfrm "$h" policy add src "$(_full "$l")" dst "$(_full "$r")" dir out \
		priority 1000 tmpl $to proto esp mode "$mode" &&
		xfrm "$h" policy add src "$(_full "$r")" dst "$(_full "$l")" \
			dir in priority 1000 tmpl $from proto esp mode "$mode"
}

# protect_pair X Y FAMILY [MODE]
protect_pair() {
	local ax ay

	ax=$(_addr "$1" "$3") ay=$(_addr "$2" "$3")
	protect "$1" "$ax" "$ay" "${4:-transport}" &&
		protect "$2" "$ay" "$ax" "${4:-transport}"
}

# secure X Y FAMILY SPI [ALG [MODE]]: identities, SAs and policies
secure() {
	if ! { bind_pair "$1" "$2" "$3" "$4" &&
		sa_pair "$1" "$2" "$3" "$4" "${5:-gcm256}" "${6:-transport}" &&
		protect_pair "$1" "$2" "$3" "${6:-transport}"; }; then
		bail "cannot protect $1 and $2 by hand"
	fi
}

# wipe HOST...: no SA and no policy is left
wipe() {
	local h

	for h in "$@"; do
		xfrm "$h" state flush
		xfrm "$h" policy flush
	done
}
