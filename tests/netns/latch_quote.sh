#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An ICMP error quotes the packet that it is about: what came protected is not sent
# back in the clear, whoever on this host says the error, and what came in the
# clear is answered as ever.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
_need rawicmp latchudp
plan 17
setup a b c

# policies HOST LOCAL REMOTE in|out|both: for UDP alone, so ICMP goes in the clear
policies() {
	local h=$1 l r
	l=$(_full "$2") r=$(_full "$3")

	[ "$4" = in ] || xfrm "$h" policy add src "$l" dst "$r" proto udp dir out \
		tmpl proto esp mode transport || bail "no policy"
	[ "$4" = out ] || xfrm "$h" policy add src "$r" dst "$l" proto udp dir in \
		tmpl proto esp mode transport || bail "no policy"
}
errors() { # NAME: unreachables on the wire
	captured "$1" "(icmp and icmp[0] == 3) or (icmp6 and ip6[40] == 1)"
}
# say NAME TEXT: by a's socket, and seen on its way to b
say() {
	tell "$1" "send $2"
	within 5 captured_min "$cap" "esp" "$((esp += 1))"
}
port_of() { # NAME: the local port of a's socket
	at a ss -uanp |
		awk -v p="pid=${_pid_of[$1]}," 'index($0, p) { n = split($4, w, ":"); print w[n] }'
}
# one FAMILY SPI
one() {
	local f=$1 spi=$2 ax ay port=55$1 six='' cap=q$1 esp=0 type code
	ax=$(_addr a "$f") ay=$(_addr b "$f")

	[ "$f" = 4 ] && type=3 code=3 || type=1 code=4
	[ "$f" = 4 ] || six=-6
	bind_pair a b "$f" "$spi"
	sa_pair a b "$f" "$spi"
	policies a "$ax" "$ay" both
	policies b "$ay" "$ax" both
	capture "$cap"
	# shellcheck disable=SC2086
	usock "u$f" a $six --connect "$ay,$port"
	# shellcheck disable=SC2086
	usock "s$f" b $six --bind "$ay,$port"
	tell "u$f" "send first"
	cond "arrives" within 5 got "s$f" first
	cond "latched" is_state a "$port" established
	esp=$(captured "$cap" esp)

	# ---- the socket is closed ------------------------------------------------
	stop "s$f"
	mark a b
	say "u$f" QUOTED-closed
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	cond "nothing of it on the wire" not in_clear "$cap" QUOTED
	cond "nor an error" eq "$(errors "$cap")" 0
	all "L04 N30 a datagram for a socket that is gone is not quoted in the clear (IPv$f)"
	xfrm b policy flush
	mark b
	say "u$f" QUOTED-lax
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	cond "nothing of it on the wire" not in_clear "$cap" QUOTED
	all "L04 N30 also where policy would have taken it in the clear (IPv$f)"

	# ---- an error that somebody else says, such as a firewall ------------------
	unreach() { # PROTOCOL [WORDS]: from b to a, about a packet of a's
		at b rawicmp --src "$ay" --dst "$ax" --type $type --code $code \
			--qsrc "$ax" --qdst "$ay" --quote "$@" 2>/dev/null
	}
	policies b "$ay" "$ax" both
	mark b
	cond "its sender is told" not unreach udp --sport 7777 --dport 7778
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	unreach tcp --sport 7777 --dport 7778
	unreach esp --spi "$spi"
	cond "no other is" grown_is b OutDropIcmp 1
	cond "but seen" within 3 eval '[ "$(errors $cap)" = 2 ]'
	all "L04 N30 nor in any other error, if policy wants such packets protected (IPv$f)"

	# ---- a policy for a mark: nobody knows any more which the packet had --------
	xfrm b policy flush
	xfrm b policy add src "$(_full "$ax")" dst "$(_full "$ay")" proto udp dir in \
		mark 7 mask 0xff tmpl proto esp mode transport || bail "no policy"
	mark b
	cond "its sender is told" not unreach udp --sport 7777 --dport 7778
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	xfrm b policy add src "$(_full "$ax")" dst "$(_full "$ay")" proto udp dir in \
		priority 0 action allow
	xfrm b policy update src "$(_full "$ax")" dst "$(_full "$ay")" proto udp dir in \
		priority 9 mark 7 mask 0xff tmpl proto esp mode transport
	unreach udp --sport 7777 --dport 7778
	cond "not where another decides first" grown_is b OutDropIcmp 1
	all "L04 N30 nor where policy may have wanted it protected by its mark (IPv$f)"

	# ---- one of a latch --------------------------------------------------------
	# shellcheck disable=SC2086
	usock "l$f" b $six --bind "$ay,$port" --connect "$ax,$(port_of "u$f")"
	tell "u$f" "send again"
	cond "arrives" within 5 got "l$f" again
	cond "latched" is_state b "$port" established
	xfrm b policy flush
	mark b
	cond "its sender is told" not unreach udp --sport "$(port_of "u$f")" \
		--dport "$port"
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	all "L04 N30 about a latched flow whatever policy says (IPv$f)"
	stop "l$f"

	# ---- protected as well -------------------------------------------------------
	protect_pair a b "$f"
	mark a b
	tell "u$f" "send QUOTED-safe"
	cond "a is told" within 5 event "u$f" error errno ECONNREFUSED
	cond "none dropped" grown_is b OutDropIcmp 0
	cond "nothing of it on the wire" not in_clear "$cap" QUOTED
	all "N30 an error that is as protected as what it quotes goes (IPv$f)"
	# the kernel sends by the newest SA
	bind_pair a b "$f" $((spi + 16))
	sa b "$ay" "$ax" $((spi + 17)) null || bail "no SA"
	mark b
	esp=$(captured "$cap" esp)
	say "u$f" QUOTED-null
	cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
	all "L04 N30 and one that is less protected does not (IPv$f)"
	stop "u$f"

	# ---- what came in the clear -----------------------------------------------------
	mark b
	# shellcheck disable=SC2086
	usock "c$f" c $six --connect "$ay,$port"
	tell "c$f" "send PLAIN"
	cond "c is told" within 5 event "c$f" error errno ECONNREFUSED
	cond "none dropped" grown_is b OutDropIcmp 0
	all "a datagram that came in the clear is answered as ever (IPv$f)"
	stop "c$f"
	stop "$cap"
	wipe a b
}
one 4 0x1000
one 6 0x2000

# ---- a peer without identity: an SA that leads to another is another's ----------
# leads SPI TO: by that SA goes what b says to a
leads() {
	vouch b "$2" "$1" none $B4 $A4 &&
		sa b $B4 "$2" "$1" gcm256 tunnel sel src $B4 dst $A4
}
vouch a $B4 0x3000 none $A4 $B4 && vouch b $B4 0x3000 none $B4 $A4 &&
	sa a $A4 $B4 0x3000 gcm256 tunnel && sa b $A4 $B4 0x3000 gcm256 tunnel &&
	leads 0x3001 $C4 && leads 0x3002 $A4 || bail "no SAs of nobody"
xfrm a policy add src $A4 dst $B4 proto udp dir out \
	tmpl src $A4 dst $B4 proto esp mode tunnel || bail "no policy"
xfrm b policy add src $A4 dst $B4 proto udp dir in \
	tmpl src $A4 dst $B4 proto esp mode tunnel || bail "no policy"
answers() {
	xfrm b policy update src $B4 dst $A4 dir out \
		tmpl src $B4 dst "$1" proto esp mode tunnel || bail "no policy"
}
answers $C4
capture anon
usock ua a --connect $B4,5599
mark b
tell ua "send QUOTED"
cond "the error is dropped" within 3 grown_is b OutDropIcmp 1
cond "none goes to c" eq "$(captured anon "esp and dst host $C4")" 0
answers $A4
tell ua "send QUOTED again"
cond "one goes to a" within 3 captured_min anon "esp and dst host $A4" 1
cond "and is not dropped" grown_is b OutDropIcmp 1
all "L04 N30 who is nobody is answered, but not by an SA that leads to another"
stop ua
stop anon
wipe a b
finish
