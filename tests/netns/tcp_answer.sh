#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What TCP sends without being told to: challenge ACKs, answers of TIME_WAIT,
# keepalives and window probes; bursts that meet a break in a queue; and
# connections that open while policy changes. Protected or not at all.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 150
plan 9
_need tcpsock tc
setup a b
from_a="src $A4"
from_b="src $B4"
bypass="policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1"
unbypass="policy delete src $A4/32 dst $B4/32 proto tcp dir out"

# ---- answers to what its peer sends out of turn ------------------------------------
secure a b 4 0x1000
capture ans va
knob b latch_disposition wait
tcps_serve s1 b $B4 4770
tcps c1 a --bind "$A4,40001" $B4 4770
does c1 connect || bail "no connection"
mark b
n0=$(captured ans "esp and $from_b")
at a rawtcp --src $A4 --dst $B4 --sport 40001 --dport 4770 --flags syn --seq 5
cond "it came in" within 3 grown_min b InOk 1
cond "a challenge ACK leaves" within 3 captured_min ans "esp and $from_b" $((n0 + 1))
cond "protected" eq "$(captured ans tcp)" 0
cond "the connection lives" is_state b 4770 established
all "L04 L45 a SYN into an established connection: the challenge ACK is protected"

ctl b latch break all >/dev/null
mark b
n0=$(captured ans "$from_b")
at a rawtcp --src $A4 --dst $B4 --sport 40001 --dport 4770 --flags syn --seq 5
at a rawtcp --src $A4 --dst $B4 --sport 40001 --dport 4770 --flags rst --seq 5
at a rawtcp --src $A4 --dst $B4 --sport 40001 --dport 4770 --flags psh,ack \
	--seq 5 --ack 6 --data X
cond "they came and were dropped" within 3 grown_min b InDropBroken 3
nap 0.2
cond "not an answer" eq "$(captured ans "$from_b")" "$n0"
all "L45 L46 broken: SYN, RST and data of the right SA get no answer, protected or not"
knob b latch_disposition reset
stop c1
stop s1
within 8 no_latch a && within 8 no_latch b || bail "latches are left"

# ---- TIME_WAIT -------------------------------------------------------------------------
at a sysctl -q -w net.ipv4.tcp_max_tw_buckets=1000 \
	net.ipv4.tcp_rfc1337=1	# b resets what it does not know
knob a latch_disposition wait	# a reset would end TIME_WAIT
tcps_serve s2 b $B4 4771
tcps c2 a --bind "$A4,40002" $B4 4771
does c2 connect || bail "no connection"
tell s2 accept
within 3 event s2 accept
does c2 close
does s2 close
cond "TIME_WAIT" within 5 eval 'at a ss -Htn state time-wait | grep -q :4771'
id=$(latch_id a 4771)
within 5 no_latch b 4771
mark a
n0=$(captured ans "esp and $from_a")
at b rawtcp --src $B4 --dst $A4 --sport 4771 --dport 40002 --flags psh,ack \
	--seq 5 --ack 6 --data X
cond "it came in" within 3 grown_min a InOk 1
cond "an answer leaves" within 3 captured_min ans "esp and $from_a" $((n0 + 1))
cond "protected" eq "$(captured ans tcp)" 0
all "L04 L45 TIME_WAIT answers under its latch"

# a SYN in the clear ends nothing and gets nothing
xfrm a policy delete src $B4/32 dst $A4/32 dir in
n0=$(captured ans "$from_a")
mark a
inject r --src $B4 --dst $A4 --sport 4771 --dport 40002 --flags syn --seq 99
inject r --src $B4 --dst $A4 --sport 4771 --dport 40002 --flags ack --seq 5 --ack 6
cond "both dropped" within 3 grown_is a InDropClear 2
cond "the latch stays" eq "$(latch_id a 4771)" "$id"
# policy would let it out in the clear now
# shellcheck disable=SC2086
xfrm a $bypass
cond "broken" within 3 is_state a 4771 broken
at b rawtcp --src $B4 --dst $A4 --sport 4771 --dport 40002 --flags psh,ack \
	--seq 5 --ack 6 --data X
cond "dropped" within 3 grown_min a InDropBroken 1
cond "not an answer" eq "$(captured ans "$from_a")" "$n0"
# shellcheck disable=SC2086
xfrm a $unbypass
all "L05 L45 N30 TIME_WAIT: a SYN in the clear does not end its latch, a broken one answers nothing"
at a sysctl -q -w net.ipv4.tcp_max_tw_buckets=0
stop c2
stop s2
at a ss -Kt state time-wait >/dev/null 2>&1
wipe a b

# ---- keepalives, window probes -------------------------------------------------------------
secure a b 4 0x2000
tcps_serve s3 b $B4 4772
tcps c3 a $B4 4772
tcps c4 a --sndbuf 8192 $B4 4772
does c3 connect && does c3 keepalive && does c4 connect || bail "no connection"
enters c4 write || bail "write does not block"
within 8 eval 'at b ss -Htno sport = :4772 | awk "\$2 > 0 { ok = 1 } END { exit !ok }"'
probing() { at a ss -Htno dport = :4772 | grep -q persist; }
cond "probes the window" within 8 probing
n0=$(captured ans "esp and $from_a")
cond "keepalives and probes are protected" within 8 captured_min ans "esp and $from_a" $((n0 + 2))
ctl a latch break all >/dev/null
mark a
nap 0.2
n0=$(captured ans "$from_a")
cond "they go on and are dropped" within 10 grown_min a OutDropBroken 3
cond "not one leaves" eq "$(captured ans "$from_a")" "$n0"
cond "never in the clear" eq "$(captured ans "tcp and $from_a")" 0
all "L45 L47 keepalives and zero-window probes: under the latch, and when broken not at all"
stop c3
stop c4
stop s3
stop ans
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

# ---- bursts ------------------------------------------------------------------------------------
delay=$((200 * BTNS_SLOW))
knob b latch_disposition wait
# flood NAME PORT SPI: a sends as fast as it can
flood() {
	secure a b 4 "$3"
	capture "$1" va
	tcps_serve "$1.s" b $B4 "$2"
	tcps "$1.c" a $B4 "$2"
	does "$1.c" connect || bail "no connection"
	tell "$1.s" accept
	within 3 event "$1.s" accept || bail "not accepted"
	does "$1.s" unlisten
	enters "$1.s" drain
	tell "$1.c" write
	cond "it flows" within 10 captured_min "$1" "esp and $from_a" 20
}
last_time() { # CAPTURE FILTER: milliseconds of the last packet
	tcpdump -tt -n -r "$tmp/$1.pcap" "$2" 2>/dev/null | tail -n 1 |
		awk '{ printf "%d\n", $1 * 1000 }'
}

tc -n "$(ns a)" qdisc add dev eth0 root netem delay ${delay}ms limit 10000
flood qa 4773 0x3000
ctl a latch break all >/dev/null
t0=$(now_ms)
mark a
cond "TCP goes on trying" within 10 grown_min a OutDropBroken 2
cond "nothing more passes the check" grown_is a OutOk 0
nap $((delay / 1000)).$((delay % 1000 / 100))
n0=$(captured qa "$from_a")
last=$(last_time qa "$from_a")
cond "what left the queue, left within its delay: $((last - t0)) ms" \
	[ $((last - t0)) -le $((delay + 200 * BTNS_SLOW)) ]
cond "more tries" within 10 grown_min a OutDropBroken 4
cond "nothing more" eq "$(captured qa "$from_a")" "$n0"
cond "all of it under the latch's SA" eq "$(captured qa tcp)" 0
all "L51 L45 a burst and a queue: after the break only what had left the stack comes on the wire, under its SA"
stop qa
stop qa.c
stop qa.s
tc -n "$(ns a)" qdisc del dev eth0 root
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

tc -n "$(ns r)" qdisc add dev vb root netem delay ${delay}ms limit 10000
command -v ethtool >/dev/null && at b ethtool -K eth0 gro on >/dev/null 2>&1 &&
	note "with GRO"
flood qb 4774 0x4000
ctl b latch break all >/dev/null
mark b
cond "what is on its way is dropped" within 10 grown_min b InDropBroken 1
got=$(seq_of qb.s rcv)
cond "all of it" within 10 grown_min b InDropBroken 5
cond "nothing passes the check" grown_is b InOk 0
cond "not a byte more is taken" eq "$(seq_of qb.s rcv)" "$got"
all "L51 L46 a burst that is on its way when the receiver breaks: none of it is taken"
stop qb
stop qb.c
stop qb.s
tc -n "$(ns r)" qdisc del dev vb root
knob a latch_disposition reset
knob b latch_disposition reset
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
wipe a b

# ---- policies that change places ------------------------------------------------------------------
knob a latch_disposition wait
secure a b 4 0x5000
xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 2000
connect ord a b 4 4775 || bail "no connection"
mark a
xfrm a policy update src $A4/32 dst $B4/32 proto tcp dir out priority 10
cond "the bypass is first: broken" within 3 is_state a 4775 broken bypass
xfrm a policy update src $A4/32 dst $B4/32 proto tcp dir out priority 2000
cond "it is last again: mended" within 3 is_state a 4775 established
cond "goes on" talk ord
cond "once" grown_is a LatchBroken 1
all "L36 L37 N08 two policies change places and back: broken, and mended"
hang_up ord
xfrm a policy delete src $A4/32 dst $B4/32 proto tcp dir out
knob a latch_disposition reset

# ---- connections that open while policy changes --------------------------------------------------------
capture storm va
serve_all() {
	bg_at sink b socat -u "TCP4-LISTEN:4776,bind=$B4,reuseaddr,fork" /dev/null
	within 5 listening b 4776
}
serve_all || bail "no server"
tcps storm a $B4 4776
mark a
tell storm "storm 700"
within 5 event storm enter op storm
n=0
while ! event storm storm && [ $n -lt 400 ]; do
	# shellcheck disable=SC2086
	xfrm a $bypass
	# shellcheck disable=SC2086
	xfrm a $unbypass
	n=$((n + 1))
done
cond "all are through" within 30 event storm storm
note "policy changed $((n * 2)) times, $(answer storm total storm) of 700 connections were good," \
	"$(grown a LatchBroken) broke, $(grown a OutDropRequired) were refused"
cond "some were latched" grown_min a LatchEstablished 1
cond "some were not" [ $(($(grown a OutDropRequired) + $(grown a LatchBroken))) -ge 1 ]
cond "no text in the clear" not in_clear storm STORM
# a stray segment of a connection that is over may get a RST: it is nobody's
cond "no segment of a connection in the clear" eq \
	"$(captured storm "tcp and $from_a and tcp[tcpflags] & tcp-rst == 0")" 0
all "L57 L04 N14 700 connections that require, while a bypass comes and goes: not one segment in the clear"
stop storm
stop sink
finish
