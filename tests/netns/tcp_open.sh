#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How a TCP connection may begin: both ends at once, before there is any SA,
# with data in the SYN, with SYN cookies, and with an SA that is gone by the
# time the server accepts.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 150
plan 12
_need tcpsock tc
setup a b c

# both NAME PORT: a's end NAME.a and b's NAME.b, each bound to its own port
both() {
	tcps "$1.a" a --bind "$A4,$2" $B4 $(($2 + 1))
	tcps "$1.b" b --bind "$B4,$(($2 + 1))" $A4 "$2"
}
# talk_both NAME: a line each way
talk_both() {
	tell "$1.a" "send from-a" && tell "$1.b" "send from-b" &&
		tell "$1.a" read && tell "$1.b" read &&
		within 5 event "$1.a" data text "from-b " &&
		within 5 event "$1.b" data text "from-a "
}
over() {
	stop "$1.a"
	stop "$1.b"
	within 8 no_latch a && within 8 no_latch b || bail "latches are left"
}
tcpext() { # HOST NAME: a counter of TcpExt
	at "$1" awk -v want="$2" '/^TcpExt:/ { if (!n) split($0, name)
		else split($0, v); n++ }
		END { for (i in name) if (name[i] == want) print v[i] }' \
		/proc/net/netstat
}

# ---- both at once ----------------------------------------------------------
slow=$((150 * BTNS_SLOW))
for v in va vb; do
	tc -n "$(ns r)" qdisc add dev $v root netem delay ${slow}ms
done
secure a b 4 0x1000
capture sim va
both sim 4800
tell sim.a connect
tell sim.b connect
cond "a connects" within 10 event sim.a connect rc 0
cond "b connects" within 10 event sim.b connect rc 0
cond "established at a" is_state a 4800 established
cond "established at b" is_state b 4801 established
cond "one latch at a" eq "$(latch a | wc -l)" 1
cond "one latch at b" eq "$(latch b | wc -l)" 1
cond "a's peer" grep -q "$ID_b" <(row a 4800 peer)
cond "b's peer" grep -q "$ID_a" <(row b 4801 peer)
cond "data both ways" talk_both sim
cond "nothing in the clear" eq "$(captured sim tcp)" 0
all "N25 N26 simultaneous open with equal wishes: both connect, each with one latch"
stop sim
over sim

# b wants somebody else
sock unb b --bind "$B4,4803" --ask require --peer "$ID_d" $A4 4802
tcps una.a a --bind "$A4,4802" $B4 4803
tell una.a connect
cond "b hears why" within 5 event unb error errno EKEYREJECTED
cond "a is not connected" within $((4 * slow / 1000 + 5)) event una.a connect rc -1
cond "refused under its latch" event una.a connect errno ECONNREFUSED
all "N25 simultaneous open with unequal wishes: it fails, and each end is told"
stop unb
stop una.a
for v in va vb; do
	tc -n "$(ns r)" qdisc del dev $v root
done
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

# ---- both at once, before there is an SA ---------------------------------------
# larval FIRST OTHER PORT: FIRST has its SAs first
larval() {
	local first=$1 other=$2 port=$3 spi=0x2000 ax ay

	ax=$(_addr "$first" 4) ay=$(_addr "$other" 4)
	protect a $A4 $B4
	protect b $B4 $A4
	mark a b
	both lv "$port"
	enters lv.a connect && enters lv.b connect || bail "connect does not block"
	cond "a waits" within 3 is_state a "$port" larval
	cond "b waits" within 3 is_state b $((port + 1)) larval
	bind_pair "$first" "$other" 4 $spi
	# the other can receive, and has nothing to send with
	sa "$other" "$ax" "$ay" $spi
	sa "$first" "$ay" "$ax" $((spi + 1))
	sa "$first" "$ax" "$ay" $spi
	cond "$first is kicked" within 5 grown_min "$first" LatchKick 1
	cond "its SYN brings the SA to $other" within 5 grown_is "$other" LatchEstablished 1
	cond "nobody is connected" not event "lv.$first" connect
	t0=$(now_ms)
	sa "$other" "$ay" "$ax" $((spi + 1))
	cond "a connects" within 8 event lv.a connect rc 0
	cond "b connects" within 8 event lv.b connect rc 0
	t1=$(now_ms)
	cond "at once: $((t1 - t0)) ms" [ $((t1 - t0)) -lt $((600 * BTNS_SLOW)) ]
	cond "established at a" is_state a "$port" established
	cond "established at b" is_state b $((port + 1)) established
	cond "data both ways" talk_both lv
	cond "nothing broke" eq "$(grown a LatchBroken)$(grown b LatchBroken)" 00
	all "N25 L25 both ends wait for an SA and $first has its first: the peer's SYN brings it, both connect"
	over lv
	wipe a b
}
larval a b 4810
larval b a 4820

# ---- Fast Open ---------------------------------------------------------------------
at a sysctl -q -w net.ipv4.tcp_fastopen=5	# sends data without a cookie
at b sysctl -q -w net.ipv4.tcp_fastopen=514	# and takes it so
protect a $A4 $B4
protect b $B4 $A4
capture tfo va
mark a
tcps_serve ts b $B4 4830 --fastopen
tcps tc1 a $B4 4830
enters tc1 fastopen SECRET-IN-THE-SYN || bail "sendto() does not block"
cond "SYNs are held" within 5 grown_min a OutDropLarval 2
cond "not a byte" eq "$(captured tfo "tcp or esp")" 0
all "L02 Fast Open without an SA: not a byte of the data leaves"
bind_pair a b 4 0x3000
sa_pair a b 4 0x3000
cond "sent" within 8 event tc1 fastopen rc 17
tell ts accept
within 3 event ts accept
tell ts read
cond "it arrives" within 8 event ts data text "SECRET-IN-THE-SYN"
cond "never in the clear" not in_clear tfo SECRET
cond "nor any TCP" eq "$(captured tfo tcp)" 0
all "L02 L25 and when the SA is there it arrives under it"
stop tc1
stop ts
stop tfo

n0=$(tcpext b TCPFastOpenPassive)
tcps_serve ts b $B4 4831 --fastopen
tcps tc2 a $B4 4831
tell tc2 "fastopen DATA-IN-THE-SYN"
cond "sent" within 5 event tc2 fastopen rc 15
tell ts accept
within 3 event ts accept
tell ts read
cond "it arrives" within 5 event ts data text "DATA-IN-THE-SYN"
cond "in the SYN" [ "$(tcpext b TCPFastOpenPassive)" -gt "$n0" ]
cond "latched at a" is_state a 4831 established
cond "latched at b" is_state b 4831 established
cond "a's identity" grep -q "$ID_a" <(row b 4831 peer)
all "L12 N26 Fast Open under an SA: the child that the SYN made is latched"
stop tc2
stop ts

n0=$(tcpext b TCPFastOpenPassive)
tcps tr b --listen --fastopen $B4 4832
does tr ask require || bail "ask"
does tr listen || bail "listen"
mark b
at c rawtcp --src $C4 --dst $B4 --sport 30000 --dport 4832 --flags syn \
	--seq 7 --data FORGED
cond "dropped" within 3 grown_min b InDropRequired 1
cond "no child" eq "$(tcpext b TCPFastOpenPassive)" "$n0"
enters tr accept || bail "accept does not block"
cond "nobody to accept" not event tr accept
cond "no latch" no_latch b 4832
all "N17 require: data in a clear SYN is dropped with it, no child is made"
stop tr
at b sysctl -q -w net.ipv4.tcp_fastopen=1

# ---- SYN cookies ----------------------------------------------------------------------
at b sysctl -q -w net.ipv4.tcp_syncookies=2
tcps cs b --listen $B4 4840
does cs ask require || bail "ask"
does cs listen || bail "listen"
mark b
n0=$(tcpext b SyncookiesRecv)
tcps cc a $B4 4840
cond "connected" does cc connect
tell cs accept
within 3 event cs accept
cond "by a cookie" [ "$(tcpext b SyncookiesRecv)" -gt "$n0" ]
cond "latched" within 3 is_state b 4840 established
tell cs info
cond "the accepted socket shows it" within 3 event cs info state established
all "L12 N17 SYN cookies and require: the connection that the cookie brings back is latched"
# somebody answers for a in the clear, while the cookie is out and after
xfrm b policy delete src $A4/32 dst $B4/32 dir in
mark b
at a rawtcp --src $A4 --dst $B4 --sport 30001 --dport 4840 --flags syn --seq 7
inject r --src $A4 --dst $B4 --sport 30001 --dport 4840 --flags ack --seq 8 --ack 9
inject r --src $A4 --dst $B4 --sport 30001 --dport 4840 --flags syn --seq 9
dropped() { # N: by the latch, or without one because the listener requires
	[ $(($(grown b InDropClear) + $(grown b InDropRequired))) -ge "$1" ]
}
cond "the SYN made a latch" within 3 grown_min b LatchMade 1
cond "ACK and SYN of an impostor are dropped" within 3 dropped 2
cond "the latch goes by itself" within 8 eval '[ "$(latch b port 4840 | wc -l)" = 1 ]'
inject r --src $A4 --dst $B4 --sport 30001 --dport 4840 --flags ack --seq 8 --ack 9
cond "and then" within 3 dropped 3
cond "nothing else was latched" grown_is b LatchEstablished 1
all "N17 N18 L05 a cookie is out: an impostor's ACK and SYN in the clear change nothing"
stop cc
stop cs
at b sysctl -q -w net.ipv4.tcp_syncookies=1
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

# ---- the SA that carried the SYN is gone before accept() ------------------------------------
# changed WHAT: C's SA for A's address takes the place of A's
changed() {
	xfrm b state flush
	vouch b $B4 0x4100 "$ID_c" $B4 $A4
	vouch b $A4 0x4101 "$ID_c" $B4 $A4
	sa b $A4 $B4 0x4100
	sa b $B4 $A4 0x4101
}
knob b latch_disposition wait
secure a b 4 0x4000
monitor b events latch
tcps_serve ns b $B4 4850
tcps nc a $B4 4850
does nc connect || bail "no connection"
cond "latched to a" within 3 grep -q "$ID_a" <(row b 4850 peer)
changed
cond "broken" within 3 is_state b 4850 broken peer
tell ns accept
cond "accepted" within 3 event ns accept
tell ns info
cond "shows that it is broken" within 3 event ns info state broken reason peer
cond "the values are a's, not those in use" grep -q "$ID_a" <(row b 4850 peer)
mark b
tell ns "send MARK-N19"
cond "nothing goes to c" within 5 grown_min b OutDropBroken 1
cond "no event said otherwise" not grep -q 'broken -> [0-9]* established' "$tmp/events.out"
all "N19 the SA of the SYN is replaced by another peer's before accept(): the latch is broken, never the stale peer with other SAs"
stop nc
stop ns
stop events
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

# the same between the SYN and the ACK: the request goes, the next SYN is c's
knob b latch_disposition reset
secure a b 4 0x4000
tcps_serve ns b $B4 4851
sa_del a $A4 0x4001	# a does not hear the answer, and does not reset it
mark b
at a rawtcp --src $A4 --dst $B4 --sport 30002 --dport 4851 --flags syn --seq 7
cond "latched to a" within 3 grep -q "$ID_a" <(row b 4851 peer)
changed
cond "broken" within 3 grown_is b LatchBroken 1
cond "the request is gone, and the latch" within 8 no_latch b 4851
xfrm a state flush
sa a $A4 $B4 0x4100
at a rawtcp --src $A4 --dst $B4 --sport 30002 --dport 4851 --flags syn --seq 7
cond "the next SYN latches who sent it" within 3 grep -q "$ID_c" <(row b 4851 peer)
all "N19 replaced between SYN and ACK: the request is dropped, the next SYN's latch shows its own peer"
stop ns
finish
