#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Listeners beyond one socket on one address: SO_REUSEPORT groups, sockets
# bound to a device or in a VRF, IPv4-mapped IPv6 both ways, and what is left
# when a queue runs over or a listener goes while connections begin.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 150
plan 10
_need tcpsock
setup a b c
secure a b 4 0x1000

# asks NAME PORT MODE [OPTIONS]: a listener on b that asks before listen()
asks() {
	local name=$1 port=$2 mode=$3
	shift 3

	tcps "$name" b --listen "$@" $B4 "$port"
	does "$name" ask "$mode" || bail "ask"
	does "$name" listen || bail "listen"
}

does_accept() {
	local k

	_events "$1" accept
	k=$REPLY
	tell "$1" accept
	within 3 _more "$1" accept "$k"
}

# ---- SO_REUSEPORT -------------------------------------------------------------
tcps g1 b --listen --reuseport $B4 4901
tcps g2 b --listen --reuseport $B4 4901
does g1 ask require || bail "ask"
does g1 listen || bail "listen"
does g1 ask require || bail "ask"
cond "the first has the listener latch" within 3 grep -q ':4901 ' <(listeners b)
tell g2 "ask prefer"
cond "another wish is refused" within 3 event g2 ask errno EBUSY
cond "the same is not" does g2 ask require
does g2 listen || bail "listen"
all "L29 N12 SO_REUSEPORT: an unequal wish on the address and port of another listener is refused"
for n in 1 2 3 4 5 6 7 8; do
	tcps m$n a $B4 4901
	cond "connection $n" does m$n connect
done
cond "all are latched" eq "$(latch b port 4901 | grep -c ' established ')" 8
tell g1 accept
tell g2 accept
cond "the first accepts" within 3 event g1 accept
cond "the second too" within 3 event g2 accept
tell g1 info
tell g2 info
cond "the first's child" within 3 event g1 info state established ask require
cond "the second's child" within 3 event g2 info state established ask require
mark b
for n in 1 2 3 4 5 6; do
	at c rawtcp --src $C4 --dst $B4 --sport $((30000 + n)) --dport 4901 \
		--flags syn --seq 7
done
cond "clear SYNs are refused by both" within 3 grown_is b InDropRequired 6
all "L40 N17 SO_REUSEPORT: the children of both sockets carry the wish"
for n in 1 2 3 4 5 6 7 8; do stop m$n; done
stop g1
stop g2
within 8 no_latch b || bail "latches are left"

# both ask before there is any latch to conflict with: each child follows its own
tcps g1 b --listen --reuseport $B4 4902
tcps g2 b --listen --reuseport $B4 4902
does g1 ask require || bail "ask"
does g2 ask prefer || bail "ask"
does g1 listen && does g2 listen || bail "listen"
mark b
n=0
refused() { grown_min b InDropRequired 1; }
taken() { # clients that are connected, in REPLY
	local i k=0

	for ((i = 1; i <= n; i++)); do
		! event u$i connect rc 0 || k=$((k + 1))
	done
	REPLY=$k
}
some_taken() { taken; [ "$REPLY" -ge 1 ]; }
while [ $n -lt 16 ] && { [ $n -lt 2 ] || ! refused || ! some_taken; }; do
	n=$((n + 1))
	tcps u$n c $B4 4902
	enters u$n connect
done
cond "some are refused" within 2 refused
cond "some are taken" within 2 some_taken
taken
for ((i = 1; i <= REPLY; i++)); do
	cond "taken by the one that only prefers" does_accept g2
done
enters g1 accept || bail "accept does not block"
cond "the one that requires has none" asleep g1
cond "and had none" not event g1 accept
for ((i = 1; i <= n; i++)); do stop u$i; done
all "N17 L40 SO_REUSEPORT with unequal wishes from before listen(): each SYN is judged by the wish of the socket that gets it"
stop g1
stop g2

# ---- bound to a device; VRF ------------------------------------------------------
asks dev 4903 require --dev eth0
tcps d1 a $B4 4903
cond "connected" does d1 connect
cond "latched" within 3 is_state b 4903 established
mark b
at c rawtcp --src $C4 --dst $B4 --sport 32000 --dport 4903 --flags syn --seq 7
cond "a clear SYN is refused" within 3 grown_is b InDropRequired 1
tell dev accept
within 3 event dev accept
tell d1 "send HELLO"
tell dev read
cond "data" within 3 event dev data text "HELLO "
all "L12 N17 a listener that is bound to a device: latched, and a clear SYN refused"
stop d1
cond "the latch goes with both ends" within 8 eval 'stop dev; no_latch b'
all "L43 its latch is found by its socket and goes with it"

vrf() {
	ip -n "$(ns b)" link add red type vrf table 100 &&
		ip -n "$(ns b)" link set red up &&
		ip -n "$(ns b)" link set eth0 master red &&
		ip -n "$(ns b)" addr add fd00:2::1/64 dev eth0 nodad 2>/dev/null
	ip -n "$(ns b)" route add default via 10.2.0.254 table 100
}
unvrf() {
	ip -n "$(ns b)" link set eth0 nomaster
	ip -n "$(ns b)" link del red
	ip -n "$(ns b)" route add default via 10.2.0.254 2>/dev/null
}
if vrf 2>"$tmp/vrf.err"; then
	# the device that a packet came by is then not where it is received
	tcps vr b --listen --dev eth0 $B4 4904
	does vr ask require || bail "ask"
	does vr listen || bail "listen"
	mark b
	at c rawtcp --src $C4 --dst $B4 --sport 32001 --dport 4904 --flags syn --seq 7
	cond "bound to the device in it: refused" within 3 grown_is b InDropRequired 1
	tcps vm b --listen --dev red $B4 4905
	does vm ask require || bail "ask"
	does vm listen || bail "listen"
	at c rawtcp --src $C4 --dst $B4 --sport 32002 --dport 4905 --flags syn --seq 7
	cond "bound to the VRF: refused" within 3 grown_is b InDropRequired 2
	at b sysctl -q -w net.ipv4.tcp_l3mdev_accept=1
	tcps va b --listen 0.0.0.0 4906
	does va ask require || bail "ask"
	does va listen || bail "listen"
	at c rawtcp --src $C4 --dst $B4 --sport 32003 --dport 4906 --flags syn --seq 7
	cond "bound to nothing, tcp_l3mdev_accept: refused" within 3 grown_is b InDropRequired 3
	at b sysctl -q -w net.ipv4.tcp_l3mdev_accept=0
	cond "nobody has a half-open connection" eq "$(at b ss -Htn state syn-recv | wc -l)" 0
	all "N17 L29 a listener in a VRF, bound to the device, to the VRF or to nothing: a clear SYN is refused"
	stop vr
	stop vm
	stop va
	unvrf
else
	skip "N17 L29 a listener in a VRF" "no VRF: $(head -n 1 "$tmp/vrf.err")"
fi

# ---- IPv4-mapped IPv6 ---------------------------------------------------------------
tcps ms b --listen "::ffff:$B4" 4910
does ms ask require || bail "ask"
does ms listen || bail "listen"
tcps mc a "::ffff:$B4" 4910
does mc ask require || bail "ask"
cond "connected" does mc connect
cond "latched at a" within 3 is_state a 4910 established
cond "latched at b" within 3 is_state b 4910 established
cond "as what it is" grep -q ' tcp 10.1.0.1:[0-9]* 10.2.0.1:4910 ' <(latch a port 4910)
tell mc info
cond "a's socket shows it" within 3 event mc info state established ask require
tell ms accept
within 3 event ms accept
tell ms info
cond "b's socket shows it" within 3 event ms info state established ask require
mark b
at c rawtcp --src $C4 --dst $B4 --sport 32010 --dport 4910 --flags syn --seq 7
cond "a clear SYN is refused" within 3 grown_is b InDropRequired 1
# broken as any other
ctl a latch break all >/dev/null
tell mc read
cond "told" within 3 event mc read errno ECONNRESET
all "L40 L41 L59 IPv4-mapped: IPv6 sockets at both ends hold an IPv4 latch, ask, read and break as others"
stop mc
stop ms
within 8 no_latch a && within 8 no_latch b || bail "latches are left"

# ---- what comes to nothing --------------------------------------------------------------
# the queue of SYNs runs over
at b sysctl -q -w net.ipv4.tcp_syncookies=0 net.ipv4.tcp_max_syn_backlog=8
sa_del a $A4 0x1001	# a does not hear what b answers, and resets nothing
asks ov 4920 prefer
mark b
for p in $(seq 33001 33040); do
	echo "--src $A4 --dst $B4 --sport $p --dport 4920 --flags syn --seq 7"
done >"$tmp/syns"
at a xargs -L 1 rawtcp <"$tmp/syns"
cond "each made a latch" within 5 grown_min b LatchMade 40
half() { at b ss -Htn state syn-recv sport = :4920 | wc -l; }
cond "latches for what was refused go" within 8 eval \
	'[ "$(latch b port 4920 | wc -l)" -le "$(half)" ]'
cond "those of requests stay" [ "$(latch b port 4920 | wc -l)" -ge 1 ]
all "N18 the queue of SYNs runs over: what TCP refuses leaves no latch"

# the listener goes while these are half-open
tell ov unlisten
cond "no request is left" within 5 eval '[ "$(half)" = 0 ]'
cond "no latch is left" within 8 no_latch b 4920
cond "nor a listener latch" within 5 eval '! listeners b | grep -q :4920'
all "N18 L44 the listener closes with half-open connections: their latches go"
stop ov
at b sysctl -q -w net.ipv4.tcp_syncookies=1
vouch a $A4 0x1001 "$ID_b" $A4 $B4
sa a $B4 $A4 0x1001

# accepted or not when the listener goes
asks heir 4921 require
tcps i1 a $B4 4921
tcps i2 a $B4 4921
does i1 connect && does i2 connect || bail "no connection"
tell heir accept
cond "one is accepted" within 3 event heir accept
tell heir unlisten
cond "the other is reset under its latch" within 5 eval \
	'tell i2 "send x"; event i2 send errno ECONNRESET || event i2 send errno EPIPE'
tell heir info
cond "the accepted one keeps its wish" within 3 event heir info state established ask require
cond "one latch is left" within 8 eval '[ "$(latch b port 4921 | wc -l)" = 1 ]'
tell i1 "send STILL"
tell heir read
cond "and it works" within 3 event heir data text "STILL "
all "L44 N04 N26 the listener closes: the accepted connection keeps latch and wish, the one in the queue is reset"
stop i1
stop i2
stop heir
finish
