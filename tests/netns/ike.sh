# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Two or three hosts that run btnsd, on top of lib.sh: configuration, keys,
# start, stop, what they log, what SAs they made. A script does
#
#   plan N; setup a b; conf a; conf b; daemon a; daemon b; secured a b 4; ...
#
# Time limits are for a fast machine; within() stretches them.
# shellcheck source=tests/netns/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# what BTNS does out of the box, not what the tests of latches by hand want
_quick() {
	at "$1" sysctl -q -w net.ipv4.tcp_max_tw_buckets=0 \
		net.ipv4.tcp_fin_timeout=1 net.ipv4.tcp_orphan_retries=1 \
		net.btns.latch_gc_ms=50 >/dev/null ||
		bail "cannot set sysctls in $1"
}

PAD_ANY='{ name = "any"; btns = true; any = true; }'

# conf HOST [SETTING=TEXT...]: writes HOST.conf. Settings: alg, id, identity,
# ike, child, listen (lines of libconfig), pad (entries with commas between, or
# "none"), store (more lines for it), known (lines)
conf() {
	local h=$1 alg=ed25519 id='' ike='' child='' pad=$PAD_ANY set
	local listen='addresses = [ "0.0.0.0", "::" ];' store='' identity=
	local known=
	shift

	for set in "$@"; do
		case $set in
		alg=*) alg=${set#*=} ;;
		id=*) id="id = \"${set#*=}\";" ;;
		identity=*) identity=${set#*=} ;;
		ike=*) ike=${set#*=} ;;
		child=*) child=${set#*=} ;;
		pad=*) pad=${set#*=} ;;
		listen=*) listen=${set#*=} ;;
		store=*) store=${set#*=} ;;
		known=*) known=${set#*=} ;;
		*) bail "conf: $set" ;;
		esac
	done
	[ "$pad" = none ] && pad='' || pad="pad = ( $pad );"
	mkdir -p "$tmp/etc-$h"
	cat >"$tmp/$h.conf" <<-X
		identity = {
			key = "$tmp/etc-$h/key.pem";
			algorithm = "$alg";
			$id
			$identity
		};
		listen = { $listen };
		ike = { $ike };
		child = { $child };
		store = { file = "$tmp/var-$h/peers"; $store };
		known = { file = "$tmp/var-$h/known_peers"; $known };
		$pad
	X
}

# new_key HOST: the next daemon makes another
new_key() { rm -f "$tmp/etc-$1/key.pem"; }

# fp HOST: fingerprint of the key that its daemon found or made, SHA256:HEX
# over the SubjectPublicKeyInfo; computed here, not taken from the daemon
declare -A _fp
fp() { echo "${_fp[$1]:-}"; }
_learn_fp() {
	local sum _

	read -r sum _ < <(openssl pkey -in "$tmp/etc-$1/key.pem" -pubout \
		-outform DER | sha256sum)
	_fp[$1]=SHA256:$sum
}

_bound() { # HOST: are the sockets there
	_port "$1" udp 500 07 && _port "$1" udp 4500 07
}

# daemon HOST: start btnsd, wait until it can be talked to
daemon() {
	bg_at "btnsd-$1" "$1" btnsd -v -c "$tmp/$1.conf"
	if ! within 10 _settled "$1" || dead "btnsd-$1"; then
		bail "btnsd does not start in $1: $(cat "$tmp/btnsd-$1.err")"
	fi
	_learn_fp "$1"
}
_settled() { dead "btnsd-$1" || { _bound "$1" && _ready "$1"; }; }
_ready() { says "btnsd-$1" ' ready'; }

# the log of a host: all that its daemons wrote, older ones too
_log() {
	cat "$tmp/btnsd-$1.err.old" "$tmp/btnsd-$1.err" 2>/dev/null
}
# logs HOST PATTERN: is there such a line
logs() {
	grep -Eqs -- "$2" "$tmp/btnsd-$1.err" "$tmp/btnsd-$1.err.old"
}
# logged HOST PATTERN: how many such lines
logged() { _log "$1" | grep -Ec -- "$2"; }
# the last lines, for diagnostics
tail_log() {
	local h

	for h in "$@"; do
		echo "btnsd in $h:"
		_log "$h" | grep -v 'INFORMATIONAL [0-9]*: \(the peer lives\|news\)' |
			tail -n 30
	done
}

# quit HOST: as an administrator stops it; kill9 HOST: as nobody should
_keep_log() {
	cat "$tmp/btnsd-$1.err" >>"$tmp/btnsd-$1.err.old"
	: >"$tmp/btnsd-$1.err"
}
quit() {
	stop "btnsd-$1"
	_keep_log "$1"
}
kill9() {
	stop "btnsd-$1" KILL
	_keep_log "$1"
}

# want HOST LOCAL REMOTE [WORDS]: protect that traffic, for BTNS peers too
want() {
	local h=$1 l=$2 r=$3
	shift 3

	ctl "$h" policy add src "$l" dst "$r" action protect btns-ok on "$@"
}
# want_pair X Y FAMILY
want_pair() {
	local ax ay

	ax=$(_addr "$1" "$3") ay=$(_addr "$2" "$3")
	want "$1" "$(_full "$ax")" "$(_full "$ay")" &&
		want "$2" "$(_full "$ay")" "$(_full "$ax")"
}

# spis HOST ADDRESS: SPIs of the SAs towards that address, one a line
spis() {
	xfrm "$1" state list dst "$2" |
		awk '$1 == "proto" && $3 == "spi" && $4 != "0x00000000" { print $4 }'
}
# has_spis HOST ADDRESS N: exactly N of them
has_spis() {
	local word n=0

	xfrm "$1" state list dst "$2" >"$tmp/spis"
	while read -r -a word; do
		[ "${word[0]} ${word[2]:-}" != "proto spi" ] ||
			[ "${word[3]}" = 0x00000000 ] || n=$((n + 1))
	done <"$tmp/spis"
	[ $n = "$3" ]
}
# bound HOST ADDRESS IDENTITY: a binding towards that address names that peer
bound() {
	local line

	ctl "$1" sa list >"$tmp/bound"
	while IFS= read -r line; do
		[[ $line == *" dst $2 "* && $line == *" peer $3 "* ]] && return
	done <"$tmp/bound"
	return 1
}

# calm HOST...: no daemon, no SA, no policy, so that the next part starts afresh
calm() {
	local h

	for h in "$@"; do
		[ -z "${_pid_of[btnsd-$h]:-}" ] || kill9 "$h"
		xfrm "$h" state flush
		xfrm "$h" policy flush
		: >"$tmp/btnsd-$h.err.old"
	done
}

# try NAME CLIENT SERVER FAMILY PORT: as connect, without waiting for success
try() {
	local addr

	addr=$(_addr "$3" "$4")
	serve "$1.s" "$3" "$addr" "$5"
	dial "$1.c" "$2" "$addr" "$5"
}

# key_peer HOST PORT OTHER: the latch names the bare key of the other host
key_peer() {
	_peer_is "$1" "$2" "key:${_fp[$3]:-unknown}, proved by btns"
}
# id_peer HOST PORT IDENTITY: the latch names a peer that the PAD vouches for
id_peer() { _peer_is "$1" "$2" "$3, proved by rawkey"; }
# nobody HOST PORT: the latch has a peer who proved nothing
nobody() {
	is_state "$1" "$2" established &&
		ctl "$1" --json latch show "${_latch[0]}" >"$tmp/latch.json" &&
		grep -Eq '"peer": ?\{[^}]*"type": ?"none"' "$tmp/latch.json" &&
		grep -Eq '"peer": ?\{[^}]*"method": ?"none"' "$tmp/latch.json"
}
_peer_is() { # HOST PORT TEXT
	is_state "$1" "$2" established || return 1
	ctl "$1" latch show "${_latch[0]}" >"$tmp/latch.show"
	_read "$tmp/latch.show"
	[[ $REPLY =~ $'\n  peer '\ *([^$'\n']*) ]] || return 1
	[[ ${BASH_REMATCH[1]} == "$3"* ]] || eq "${BASH_REMATCH[1]}" "$3"
}
# clear CAPTURE PORT: segments of that port that went out unprotected
clear() { captured "$1" "(ip proto 6 or ip6 proto 6) and port $2"; }

# unreadable CAPTURE: IKE messages that tshark cannot decode, if it is there
unreadable() {
	tshark -r "$tmp/$1.pcap" -Y 'isakmp and _ws.malformed' 2>/dev/null | wc -l
}

# ike_messages CAPTURE ADDRESS: all IKE messages that this address sent, one a line,
# in hexadecimal; of a datagram in fragments the first one's part
ike_messages() {
	local at=28

	case $2 in *:*) at=48 ;; esac
	tcpdump -n -x -r "$tmp/$1.pcap" \
		"src host $2 and (udp port 500 or udp port 4500 or ip6 proto 44)" \
		2>/dev/null | awk -v at=$at '
		function take(  off, ports) {
			off = at * 2 + 1
			# IPv6 with a fragment header, offset 0
			if (at == 48 && substr(hex, 13, 2) == "2c") {
				if (substr(hex, 85, 3) != "000")
					off = 0
				off += 16
			}
			# port 4500: behind the non-ESP marker, or it is ESP
			ports = substr(hex, off - 16, 8)
			if (ports ~ /^(....)?1194/)
				off = substr(hex, off, 8) == "00000000" ? off + 8 : 0
			if (off > 16)
				print substr(hex, off)
			hex = ""
		}
		/^\t0x/ { for (i = 2; i <= NF; i++) hex = hex $i; next }
		{ if (hex != "") take() }
		END { if (hex != "") take() }'
}
# ike_datagrams CAPTURE EXCHANGE ADDRESS [response]: requests (or responses) of
# that exchange type that this address sent, one a line: SPI of the initiator,
# message id, type of the first notify (0000 where no notify comes first)
ike_datagrams() {
	ike_messages "$1" "$3" | awk -v type="$(printf %02x "$2")" -v want="${4:-request}" '{
		# flag 0x20: response
		is = index("2367abef", substr($0, 39, 1)) ? "response" : "request"
		first = substr($0, 33, 2) == "29" ? substr($0, 69, 4) : "0000"
		if (substr($0, 37, 2) == type && is == want)
			print substr($0, 1, 16), substr($0, 41, 8), first
	}'
}
ike_answers() { ike_datagrams "$1" "$2" "$3" response; }
# ike_count CAPTURE EXCHANGE ADDRESS: exchanges of that type that it began; 34
# IKE_SA_INIT, 35 IKE_AUTH, 36 CREATE_CHILD_SA, 37 INFORMATIONAL. A
# retransmission is none, nor is an IKE_SA_INIT that starts again.
ike_count() {
	ike_datagrams "$1" "$2" "$3" | cut -d' ' -f1,2 | sort -u | wc -l
}

# ---- traffic that can be checked -------------------------------------------

# pump END: numbered lines from that end of a connection, about 100 kB a second
pump() {
	_pump "$1" >&"${_fd_of[$1]}" &
	_pid_of[pump-$1]=$!
	_pids+=($!)
}
_pump() {
	local i=0 k

	trap 'exit 0' TERM
	while :; do
		for ((k = 0; k < 50; k++)); do
			i=$((i + 1))
			printf 'from %s line %09d of a long transfer\n' "$1" $i
		done
		echo $i >"$tmp/pumped-$1"
		nap
	done
}
# unpump END: no more; a line may be cut short, so a new one begins
unpump() {
	stop "pump-$1"
	echo >&"${_fd_of[$1]}"
}
# arrived FROM TO: all lines up to the last one that was counted, in order, once
arrived() {
	grep -a "^from $1 line .* of a long transfer" "$tmp/$2.out" |
		awk -v min="$(cat "$tmp/pumped-$1")" '
			$4 + 0 != NR { print "line " NR " is " $4; bad = 1; exit }
			END { if (!bad && NR < min) { print NR " of " min; bad = 1 }
				exit bad }'
}
# lines FROM TO: how many have arrived
lines() { grep -ac "^from $1 line .* of a long transfer" "$tmp/$2.out"; }
lines_min() { [ "$(lines "$1" "$2")" -ge "$3" ]; }
# flows FROM TO: more of them arrive
flows() {
	within 20 lines_min "$1" "$2" $(($(lines "$1" "$2") + 300))
}

# keys MONITOR ADDRESS: how many SAs towards it were bound so far
keys() { grep -c " sa-bind .* dst $2 " "$tmp/$1.out"; }
keys_min() { [ "$(keys "$1" "$2")" -ge "$3" ]; }
