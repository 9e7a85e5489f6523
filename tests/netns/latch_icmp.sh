#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ICMP errors that nobody protected end no latched connection, not even one that
# is still opening, and lower the path's MTU only within bounds; what the peer
# itself says under its SA is believed.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
_need rawicmp
plan 20
setup a b c

# The router speaks: icmp TYPE CODE [WORDS]; of a packet from a to b
icmp() {
	local type=$1 code=$2
	shift 2

	at r rawicmp --bypass --src "$rx" --dst "$ax" --type "$type" \
		--code "$code" --qsrc "$ax" --qdst "$ay" "$@"
}
# of a segment of that connection: about NAME PORT TYPE CODE [WORDS]
about() {
	local name=$1 port=$2 type=$3 code=$4
	shift 4

	icmp "$type" "$code" --quote tcp --sport "$(seq_of "$name" lport)" \
		--dport "$port" --seq "$(seq_of "$name" snd)" "$@"
}
mtu_is() { # MTU, or none
	local got

	got=$(ip -n "$(ns a)" route get "$ay")
	case $1 in
	none) [[ $got != *" mtu "* ]] ;;
	*) [[ $got == *" mtu $1"* ]] ;;
	esac || { echo "$got" && false; }
}
# dropped N: so many errors were, since the mark
dropped() { within 3 grown_min a InDropIcmp "$1" && grown_is a InDropIcmp "$1"; }
# every error of the family, about a connection that must not mind: N in all
hard() {
	local t

	for t in $errors; do
		about "$1" "$2" "${t%,*}" "${t#*,}"
	done
}

# one FAMILY SPI
one() {
	local f=$1 spi=$2 what=IPv$1 ax ay cx rx port=59$1 n
	local errors big low tcpmtu espmtu seq lport fe

	ax=$(_addr a "$f") ay=$(_addr b "$f") cx=$(_addr c "$f")
	if [ "$f" = 4 ]; then
		rx=10.1.0.254 errors="3,0 3,1 3,2 3,3 3,13 11,0 12,0"
		big=3,4 low=551 tcpmtu=1200 espmtu=1000
	else
		rx=fd00:1::ff errors="1,0 1,1 1,3 1,4 3,0 4,1 100,0"
		big=2,0 low=1279 tcpmtu=1400 espmtu=1300
	fi
	n=$(wc -w <<<"$errors")
	secure a b "$f" "$spi"
	connect "e$f" a b "$f" "$port" || bail "no connection"
	at r ping -c 1 -W 2 -q "$ax" >/dev/null
	mark a
	hard "e$f.c" "$port"
	cond "all dropped" dropped "$n"
	cond "goes on" talk "e$f"
	cond "established" is_state a "$port" established
	all "N30 unprotected errors about a latched connection are dropped ($what)"

	# ---- the path's MTU ------------------------------------------------
	mark a
	too_big() { about "e$f.c" "$port" "${big%,*}" "${big#*,}" --rest "$1"; }
	esp_big() { icmp "${big%,*}" "${big#*,}" --quote esp --spi "$spi" --rest "$1"; }
	too_big $low
	too_big 0
	too_big 9000
	esp_big $low
	icmp "${big%,*}" "${big#*,}" --quote encap --sport 4500 --dport 4500 \
		--spi "$spi" --rest $low
	cond "out of bounds" dropped 5
	cond "not obeyed" mtu_is none
	knob a latch_icmp 0
	too_big $tcpmtu
	esp_big $espmtu
	cond "switched off" dropped 7
	cond "not obeyed" mtu_is none
	knob a latch_icmp 1
	all "N30 out of bounds, or with latch_icmp 0, an MTU is not obeyed ($what)"
	mark a
	too_big $tcpmtu
	cond "for a segment" within 3 mtu_is $tcpmtu
	esp_big $espmtu
	cond "for its ESP" within 3 mtu_is $espmtu
	knob a icmp_min_mtu $((espmtu - 5))
	cond "none dropped" dropped 0
	esp_big $((espmtu - 10))
	cond "the bound is the administrator's" dropped 1
	cond "stays" mtu_is $espmtu
	knob a icmp_min_mtu 552
	icmp "${big%,*}" "${big#*,}" --quote esp --spi 0x7777 --rest $low
	cond "an SA that we do not have is nobody's" grown_is a InDropIcmp 1
	cond "goes on" talk "e$f"
	all "within bounds a smaller MTU is obeyed, told of a segment or of its ESP ($what)"

	# ---- redirects, and what is no error at all ---------------------------
	mark a
	if [ "$f" = 4 ]; then
		about "e$f.c" "$port" 5 1 --rest 0x0a0100fd
		icmp 5 1 --rest 0x0a0100fd --quote esp --spi "$spi"
	else
		fe=$(ip -n "$(ns r)" -6 addr show dev va scope link |
			awk '/inet6/ { sub("/.*", "", $2); print $2 }')
		rx=$fe about "e$f.c" "$port" 137 0 --about "$ay" \
			--target fe80::1234
		rx=$fe icmp 137 0 --about "$ay" --target fe80::1234 --quote none
	fi
	cond "dropped" dropped 2
	cond "same way" grep -q "via $rx" <(ip -n "$(ns a)" route get "$ay")
	all "a redirect of a latched connection changes nothing ($what)"
	mark a
	for t in tcp icmp udp; do
		icmp "${errors%%,*}" 1 --quote $t --sport 9 --dport 9
	done
	cond "ping" at r ping -c 1 -W 2 -q "$ax"
	cond "not ours" grown_is a InDropIcmp 0
	seq=$(seq_of "e$f.c" snd)
	lport=$(seq_of "e$f.c" lport)
	for t in "--cut 4" "--cut 0" "--cut-ip 12" "--cut-ip 0"; do
		# shellcheck disable=SC2086
		about "e$f.c" "$port" "${errors%%,*}" 1 $t
	done
	if [ "$f" = 4 ]; then
		about "e$f.c" "$port" 3 3 --ihl 2
		about "e$f.c" "$port" 3 3 --ihl 15
		cond "unreadable" within 3 grown_min a InDropMalformed 6
	else
		cond "unreadable" within 3 grown_min a InDropMalformed 4
		about "e$f.c" "$port" 1 4 --ext
		cond "behind extension headers" dropped 1
		about "e$f.c" "$port" 1 4 --frag
		cond "in fragments" within 3 grown_min a InDropFragment 1
	fi
	cond "goes on" talk "e$f"
	all "N30 hostile quotes are dropped, errors of others pass ($what)"

	# ---- a connection that opens --------------------------------------------
	xfrm b state delete src "$ax" dst "$ay" proto esp spi "$spi"
	monitor a "ev$f" latch
	mark a
	dial "s$f" a "$ay" 5955
	cond "latched" within 5 is_state a 5955 established
	hard "s$f" 5955
	cond "all dropped" dropped "$n"
	cond "still opening" alive "s$f"
	cond "no error" not says "s$f" refused
	all "N30 nor do they end one whose SYN is under way ($what)"
	mark a
	at b rawicmp --src "$ay" --dst "$ax" --type "${errors%%,*}" \
		--code $((f == 4 ? 3 : 4)) --qsrc "$ax" --qdst "$ay" --quote tcp \
		--sport "$(seq_of "s$f" lport)" --dport 5955 \
		--seq "$(seq_of "s$f" snd)"
	cond "refused" within 5 says "s$f" refused
	cond "not dropped" grown_is a InDropIcmp 0
	all "the same error from the peer, under its SA, is believed ($what)"
	stop "s$f"
	stop "ev$f"

	# ---- one that waits for its SA ---------------------------------------------
	protect a "$ax" "$cx"
	bg_at "acq$f" a ip xfrm monitor acquire
	within 5 eval 'at a grep -q . /proc/net/netlink' || bail "no acquire"
	nap 0.2
	mark a
	dial "l$f" a "$cx" 5956
	cond "waits" within 5 is_state a 5956 larval
	ay=$cx hard "l$f" 5956
	cond "all dropped" dropped "$n"
	cond "still opening" alive "l$f"
	cond "still waiting" is_state a 5956 larval
	all "N30 nor one that waits for its SA ($what)"
	stop "l$f"
	stop "acq$f"

	# ---- another peer ------------------------------------------------------------
	bind_pair a c "$f" $((spi + 16))
	sa_pair a c "$f" $((spi + 16))
	protect c "$cx" "$ax"
	mark a
	at c rawicmp --src "$cx" --dst "$ax" --type "${errors%%,*}" --code 1 \
		--qsrc "$ax" --qdst "$ay" --quote tcp --sport "$lport" \
		--dport "$port" --seq "$seq"
	cond "dropped" dropped 1
	cond "it came by c's SA" grep -q ' 1(packets)' \
		<(ip -s -n "$(ns a)" xfrm state list spi $((spi + 17)))
	all "N30 N34 an error under another peer's SA is as good as in the clear ($what)"
	hang_up "e$f"
	wipe a b c

	# ---- somebody else of whom nothing is known either -----------------------
	anon_pair a b "$f" $((spi + 32)) && protect_pair a b "$f" &&
		anon_pair a c "$f" $((spi + 48)) && protect_pair a c "$f" ||
		bail "no SAs of nobody"
	connect "n$f" a b "$f" 5957 || bail "no connection"
	cond "of nobody" grep -q none <(row a 5957 peer)
	lport=$(seq_of "n$f.c" lport)
	seq=$(seq_of "n$f.c" snd)
	mark a
	from_c() {
		at c rawicmp --src "$cx" --dst "$ax" --qsrc "$ax" --qdst "$ay" "$@"
	}
	from_c --type "${errors%%,*}" --code 1 --quote tcp --sport "$lport" \
		--dport 5957 --seq "$seq"
	cond "about a segment" dropped 1
	from_c --type "${big%,*}" --code "${big#*,}" --rest $low --quote esp \
		--spi $((spi + 32))
	cond "about its ESP" dropped 2
	cond "they came by c's SA" grep -q ' 2(packets)' \
		<(ip -s -n "$(ns a)" xfrm state list spi $((spi + 49)))
	at b rawicmp --src "$ay" --dst "$ax" --type "${errors%%,*}" --code 1 \
		--qsrc "$ax" --qdst "$ay" --quote tcp --sport "$lport" \
		--dport 5957 --seq "$seq"
	cond "b's own is not dropped" grown_is a InDropIcmp 2
	cond "goes on" talk "n$f"
	all "N30 N34 without identities, another host's SA is still another's ($what)"
	hang_up "n$f"
	wipe a b c
}
one 4 0x1000
one 6 0x2000
finish
