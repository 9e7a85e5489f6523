#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A bypass goes under which a connection, and a datagram socket, are open: what
# policy stands below decides of their next packet, though each has a route that
# it got under the bypass.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
_need latchudp
# timeout: 120
plan 5
setup a b

# bypass FAMILY [MORE...]: for all from a to b, before what protects
bypass() {
	local f=$1
	shift

	xfrm a policy add src "$(_full "$(_addr a "$f")")" \
		dst "$(_full "$(_addr b "$f")")" dir out priority 10 "$@" ||
		bail "no bypass"
}

# goes WAY: the bypass
goes() {
	case $1 in
	deleted)
		xfrm a policy delete src "$(_full "$ax")" dst "$(_full "$ay")" \
			dir out
		;;
	expired) within 12 over ;;
	flushed) xfrm a policy flush ;;
	esac
}
over() { ! xfrm a policy list | grep -q 'priority 10 '; }
# refused: packets that xfrm let go neither in the clear nor protected
refused() {
	at a awk '/XfrmOut(NoStates|PolBlock)/ { n += $2 } END { print n }' \
		/proc/net/xfrm_stat
}
# tried: both have, since it was so many; a default is not counted, but told
tried() {
	[ "$(refused)" -ge $(($1 + 2)) ] ||
		{ [ "$way" = flushed ] && event "u$port" error errno EPERM; }
}

# one WAY FAMILY PORT [MORE...]
one() {
	local way=$1 f=$2 port=$3 six='' net=10.2.0.0/24 ax ay from n before
	shift 3

	[ "$f" = 4 ] || six=-6 net=fd00:2::/64
	ax=$(_addr a "$f") ay=$(_addr b "$f")
	if [ "$way" = flushed ]; then
		xfrm a policy setdefault out block || bail "no default"
	else
		xfrm a policy add src "$(_full "$ax")" dst "$net" dir out \
			priority 1000 tmpl proto esp mode transport ||
			bail "no policy"
	fi
	bypass "$f" "$@"
	capture "r$port"
	from="src $ax and (port $port or port $((port + 1)))"
	connect "t$port" a b "$f" "$port" || bail "no connection"
	# shellcheck disable=SC2086
	usock "s$port" b $six --bind "$ay,$((port + 1))"
	# shellcheck disable=SC2086
	usock "u$port" a $six --connect "$ay,$((port + 1))"
	says_to "u$port" "s$port" before || bail "no datagram"
	cond "both in the clear" captured_min "r$port" "$from" 4
	cond "no latch" no_latch a
	goes "$way" || bail "the bypass stays"
	nap 0.3
	n=$(captured "r$port" "$from")
	before=$(refused)
	tell "t$port.c" "SECRET of TCP"
	tell "u$port" "send SECRET of UDP"
	cond "each tried" within 5 tried "$before"
	nap 0.3
	cond "not a packet more" eq "$(captured "r$port" "$from")" "$n"
	cond "nothing in the clear" not in_clear "r$port" SECRET
	all "L36 U02 IPv$f: the bypass is $way: what is open under it goes on in the clear no more"
	stop "r$port"
	stop "s$port"
	stop "u$port"
	hang_up "t$port"
	wipe a b
	xfrm a policy setdefault out accept
}
one deleted 4 4700
one deleted 6 4710
one expired 4 4720 limit time-hard $((6 * BTNS_SLOW))
one expired 6 4730 limit time-hard $((6 * BTNS_SLOW))
one flushed 4 4740
finish
