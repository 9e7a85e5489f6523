#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Listeners: their latch, the latches born from it, what they refuse, and that
# connections which come to nothing leave nothing.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 16
setup a b c
secure a b 4 0x1000
secure a b 6 0x1100

# serve_ask NAME PORT OPTIONS...
serve_ask() {
	local name=$1 port=$2
	shift 2

	sock "$name" b -l "$port" --json-info "$@"
	within 5 event "$name" listening || bail "no server $name"
}

# ---- what a listener asked for -------------------------------------------
monitor b events latch
serve_ask one 4601 --late-ask --ask require --disposition wait $B4
cond "asked" within 3 event one asked
cond "listed" within 3 grep -q ' listener tcp 10.2.0.1:4601 ' <(listeners b)
lid=$(listeners b | awk '/:4601 /{print $1}')
cond "its ask" grep -q 'ask  *require, on a break wait' <(ctl b latch show "$lid")
ask_info one
cond "the socket shows it" eq \
	"$(answer one state) $(answer one ask) $(answer one disposition) $(answer one id)" \
	"listener require wait $lid"
all "L10 L40 N04 a listener that asks has a listener latch with its wishes"

for n in 1 2 3; do
	dial k$n a $B4 4601
	within 5 connected k$n || bail "no connection"
done
cond "three latches" eq "$(latch b port 4601 | grep -c " established .* parent $lid\$")" 3
for id in $(latch b port 4601 | awk '{print $1}'); do
	cond "$id has the wishes" grep -q 'ask  *require, on a break wait' \
		<(ctl b latch show "$id")
done
tell one info
cond "accepted sockets show them" within 3 eval '[ "$(grep "\"event\":\"info\",\"conn\":2" "$tmp/one.out" |
	tail -n 1 | grep -c "\"parent\":$lid,.*\"ask\":\"require\",\"disposition\":\"wait\"")" = 1 ]'
all "L40 each latch born from it carries its wishes and its id as parent"
ports=$(for n in 1 2 3; do seq_of k$n lport; done)
for p in $ports; do
	cond "one event with its 5-tuple" eq "$(grep -c "latch none -> .* established tcp 10.2.0.1:4601 10.1.0.1:$p .*parent $lid\$" \
		"$tmp/events.out")" 1
done
cond "one for the listener" eq \
	"$(grep -c "latch none -> $lid listener" "$tmp/events.out")" 1
all "L24 one event for each latch born from it"

tell one quit
stop one
for n in 1 2 3; do stop k$n; done
within 5 no_latch b 4601

serve_ask once 4602 --ask prefer --once $B4
dial o a $B4 4602
cond "connected" within 5 connected o
tell o "text"
cond "heard" within 5 event once data
cond "listener latch gone" within 5 eval '! listeners b | grep -q :4602'
cond "the child stays" is_state b 4602 established
tell o "more text"
cond "and works" within 5 hears once '"text":"more text'
all "L44 N04 the listener is closed: its latch goes, the latch born from it stays"
stop o
stop once

# ---- an unmodified server ---------------------------------------------------
connect plain a b 4 4603 || bail "no connection"
cond "has a parent" grep -q 'parent [0-9]' <(latch b port 4603)
all "L24 L12 latches of a server that asks for nothing have a listener latch too"
hang_up plain

# ---- SYNs in the clear --------------------------------------------------------
serve_ask req 4604 --ask require $B4
mark b
dial cl c $B4 4604
cond "its SYN is dropped, twice" within 5 grown_min b InDropRequired 2
cond "no connection" not connected cl
cond "not accepted" not event req connected
cond "no latch" no_latch b 4604
all "N17 N18 require: a clear SYN is not answered, and leaves no latch"
stop cl
dial ok a $B4 4604
cond "a protected one is" within 5 connected ok
cond "and latched" within 3 event req info state established
all "N17 require: a protected SYN is accepted and latched"
stop ok
stop req

serve_ask pre 4605 --ask prefer $B4
dial cl c $B4 4605
cond "connected" within 5 connected cl
cond "told that it is not latched" within 5 event pre info state none reason unprotected
all "N17 L42 prefer: a clear SYN is accepted, and the program told that it is not latched"
stop cl
stop pre

# ---- only one peer -----------------------------------------------------------
secure c b 4 0x1300
serve_ask peer 4606 --ask require --peer "$ID_c" $B4
mark b
dial wrong a $B4 4606
cond "refused" within 5 grown_min b InDropRequired 1
cond "not accepted" not event peer connected
cond "no latch" no_latch b 4606
dial right c $B4 4606
cond "accepted" within 5 connected right
cond "its peer" within 3 event peer info state established peer "{\"id\":\"$ID_c"
all "L40 N17 a listener that wants one peer takes that one and no other"
stop wrong
stop right
stop peer

# an ask before listen() counts as well, on IPv6
serve_ask six 4607 -6 --ask require --disposition unreachable $B6
dial s6 a $B6 4607
cond "connected" within 5 connected s6
cond "wishes" within 3 event six info state established ask require disposition unreachable
all "L10 L40 IPv6: an ask before listen() is carried to the latch"
stop s6
stop six

# dual stack: an IPv4 connection to an IPv6 socket
serve_ask dual 4608 -6 --ask require ::
dial d4 a $B4 4608
cond "connected" within 5 connected d4
cond "latched" within 3 event dual info state established
dial d6 a $B6 4608
cond "connected by IPv6" within 5 connected d6
cond "two latches, one parent" eq "$(latch b port 4608 | sed 's/.*parent//' | uniq -c |
	awk '{print $1}')" 2
all "L40 a socket for both families: latches of both have its listener latch"
stop d4
stop d6
stop dual

# ---- what comes to nothing -------------------------------------------------------
within 8 no_latch b || bail "latches are left: $(latch b)"
end full.s b "$(_listen_url $B4 4610),backlog=0"
within 5 listening b 4610
kill -STOP "${_pid_of[full.s]}"
mark b
for n in 1 2 3 4 5 6; do
	dial f$n a $B4 4610
done
cond "SYNs of all come" within 8 grown_min b LatchMade 6
for n in 1 2 3 4 5 6; do
	stop f$n
done
kill -CONT "${_pid_of[full.s]}"
stop full.s
cond "no latch is left" within 8 no_latch b
all "N18 a full backlog leaves no latch"

serve flood.s b $B4 4611
mark b
for p in $(seq 20001 20060); do
	echo "--src $A4 --dst $B4 --sport $p --dport 4611 --flags syn --seq 7"
done >"$tmp/syns"
at a xargs -L 1 rawtcp <"$tmp/syns"
cond "each made a latch" within 5 grown_min b LatchMade 60
cond "none is left" within 8 no_latch b
cond "made and released" eq "$(grown b LatchMade)" \
	"$(($(grown b LatchReleased)))"
all "N18 N05 sixty half-open connections leave no latch"
stop flood.s

# a SYN for a port where nobody listens makes none
mark b
at a rawtcp --src $A4 --dst $B4 --sport 20100 --dport 4999 --flags syn --seq 7
cond "seen" within 3 grown_min b InNoLatch 1
cond "none made" grown_is b LatchMade 0
all "N14 N18 a SYN that nobody listens for makes no latch"

# ---- SYN cookies -------------------------------------------------------------
at b sysctl -q -w net.ipv4.tcp_syncookies=2
mark b
connect cook a b 4 4612 || bail "no connection with SYN cookies"
cookies() {
	at b awk '/^TcpExt:/ { if (!n) split($0, name); else split($0, v); n++ }
		END { for (i in name) if (name[i] == "SyncookiesRecv") print v[i] }' \
		/proc/net/netstat
}
cond "a cookie was used" [ "$(cookies)" -ge 1 ]
cond "latched at b" is_state b 4612 established
cond "latched at a" is_state a 4612 established
all "L12 with SYN cookies connections are latched"
serve_ask ckreq 4613 --ask require $B4
xfrm c policy flush
xfrm b policy delete src $C4/32 dst $B4/32 dir in
dial cl c $B4 4613
cond "SYN dropped" within 5 grown_min b InDropRequired 1
# an ACK out of nowhere, as if it answered a cookie
inject r --src $C4 --dst $B4 --sport 20200 --dport 4613 --flags ack --seq 5 --ack 9
cond "ACK dropped" within 5 grown_min b InDropRequired 3
cond "not connected" not connected cl
all "N17 with SYN cookies a listener that requires takes no clear SYN, nor a clear ACK"
stop cl
stop ckreq
hang_up cook
finish
