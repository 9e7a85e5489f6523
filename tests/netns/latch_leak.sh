#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever an administrator does to policies and SAs under a latched
# connection, and whatever a stranger sends into it: nothing of it leaves in
# the clear, nothing comes in that its peer did not send.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 25
setup a b c

# writer NAME TEXT: a line every 20 ms into that end, in the background
writer() {
	local fd=${_fd_of[$1]}

	(
		i=0
		while echo "$2 $((i += 1))" >&"$fd"; do
			nap
		done
	) &
	_pid_of[writer]=$!
	_pids+=($!)
}
from_a="(src $A4 or src $A6)"
clear_tcp="tcp or ip6 proto 6"

# ---- edits of policy, each taken back --------------------------------------
knob a latch_disposition wait
out="src $A4/32 dst $B4/32 dir out"
n=0

# held REASON: TCP has tried twice since the mark; a block holds before we see it
held() {
	if [ "$1" = block ]; then
		at a awk '/XfrmOutPolBlock/ { exit $2 < 2 }' /proc/net/xfrm_stat
	else
		grown_min a OutDropBroken 2
	fi
}

# steady CAPTURE FILTER: how many, once what was under way has been written down
steady() {
	local before=-1 n

	n=$(captured "$@")
	while [ "$n" != "$before" ]; do
		before=$n
		nap 0.2
		n=$(captured "$@")
	done
	echo "$n"
}

# edit REASON WHAT DO UNDO: break by DO, mend by UNDO
edit() {
	local reason=$1 what=$2 port=$((4200 + (n += 1))) sent

	secure a b 4 $((0x1000 + n * 16))
	# b takes what comes: what keeps the clear from it is not its policy
	xfrm b policy flush
	xfrm b policy add src $B4/32 dst $A4/32 dir out priority 1000 \
		tmpl proto esp mode transport
	capture "e$port" va
	connect "e$port" a b 4 $port || bail "no connection"
	mark a b
	writer "e$port.c" "SECRET-$port"
	cond "the text flows" within 3 hears "e$port.s" "SECRET-$port 3"
	# shellcheck disable=SC2086
	xfrm a $3 || bail "$3"
	cond "broken" within 3 is_state a $port broken "$reason"
	sent=$(steady "e$port" "$from_a")
	cond "it tries again, twice" within 6 held "$reason"
	stop writer
	cond "nothing more leaves" eq "$(captured "e$port" "$from_a")" "$sent"
	cond "no clear TCP on the wire" eq "$(captured "e$port" "$clear_tcp")" 0
	cond "no text on the wire" not in_clear "e$port" SECRET
	cond "it was on ESP" captured_min "e$port" "esp and $from_a" 3
	all "L04 L35 L36 L37 L45 $what: broken ($reason), not a packet more leaves"
	# shellcheck disable=SC2086
	xfrm a $4 || bail "$4"
	tell "e$port.c" "the last line"
	cond "mended" within 3 is_state a $port established
	cond "the rest arrives" within 10 hears "e$port.s" "the last line"
	cond "in order" eq "$(grep -c SECRET "$tmp/e$port.s.out")" \
		"$(grep SECRET "$tmp/e$port.s.out" | tail -n 1 | cut -d' ' -f2)"
	cond "both ways" talk "e$port"
	cond "no clear TCP on the wire" eq "$(captured "e$port" "$clear_tcp")" 0
	all "L47 N08 N31 $what, taken back: established, not a line lost"
	stop "e$port"
	hang_up "e$port"
	wipe a b
}

edit bypass "policy deleted" \
	"policy delete $out" \
	"policy add $out priority 1000 tmpl proto esp mode transport"
edit bypass "policy flushed" \
	"policy flush" \
	"policy add $out priority 1000 tmpl proto esp mode transport"
edit bypass "bypass before it" \
	"policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1" \
	"policy delete src $A4/32 dst $B4/32 proto tcp dir out"
edit block "block before it" \
	"policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1 action block" \
	"policy delete src $A4/32 dst $B4/32 proto tcp dir out"
edit policy "weaker template" \
	"policy update $out priority 1000 tmpl proto esp mode transport level use" \
	"policy update $out priority 1000 tmpl proto esp mode transport"
edit policy "tunnel instead of transport" \
	"policy update $out priority 1000 tmpl src $A4 dst $B4 proto esp mode tunnel" \
	"policy update $out priority 1000 tmpl proto esp mode transport"
tcp_bypass="src $A4/32 dst $B4/32 proto tcp dir out"
# shellcheck disable=SC2086
xfrm a policy add $tcp_bypass priority 2000 || bail "no policy"
edit bypass "policies reordered" \
	"policy update $tcp_bypass priority 1" \
	"policy update $tcp_bypass priority 2000"

# ---- a policy that would do without an SA --------------------------------------
secure a b 4 0x1f00
xfrm b policy flush
for h in a b; do
	[ $h = a ] && l=$A4 r=$B4 || l=$B4 r=$A4
	xfrm $h policy update src "$l/32" dst "$r/32" dir out priority 1000 \
		tmpl proto esp mode transport level use || bail "no policy"
done
capture lenient va
connect lenient a b 4 4219 || bail "no connection"
cond "latched at a" is_state a 4219 established
cond "and at b" is_state b 4219 established
mark a b
for h in a b; do
	xfrm $h policy add src 192.0.2.1/32 dst 192.0.2.2/32 dir out || bail "no policy"
done
cond "seen" within 3 grown_min a PolicyEvents 1
cond "goes on" talk lenient
cond "never broken" eq "$(grown a LatchBroken) $(grown b LatchBroken)" "0 0"
all "L35 opened under \`level use\`: an edit that is not about it changes nothing"
xfrm a state flush
tell lenient.c "SECRET-4219"
cond "it waits for one" within 3 grown_min a OutDropLarval 2
cond "and is not broken for it" is_state a 4219 established
cond "no clear TCP on the wire" eq "$(captured lenient "$clear_tcp and $from_a")" 0
cond "no text on the wire" not in_clear lenient SECRET
all "L04 L45 and without its SA not a packet leaves, though policy would let it"
bind_pair a b 4 0x1f10
sa_pair a b 4 0x1f10 || bail "no SA"
cond "the line arrives" within 10 hears lenient.s "SECRET-4219"
cond "in ESP" captured_min lenient "esp and $from_a" 1
all "L15 and goes on once there is one"
mark a
# shellcheck disable=SC2086
xfrm a policy delete $out
tell lenient.c "SECRET-4219"
cond "broken" within 3 is_state a 4219 broken bypass
cond "no clear TCP on the wire" eq "$(captured lenient "$clear_tcp and $from_a")" 0
# shellcheck disable=SC2086
xfrm a policy add $out priority 1000 tmpl proto esp mode transport
cond "mended" within 3 is_state a 4219 established
cond "goes on" within 10 talk lenient
all "L36 L37 N08 that policy deleted: broken; another in its place: established"
stop lenient
hang_up lenient
wipe a b
knob a latch_disposition reset

# ---- the story: everything flushed under a program that writes ---------------
for f in 4 6; do
	port=422$f
	secure a b $f 0x1${f}00
	capture "story$f" va
	connect "story$f" a b $f $port || bail "no connection"
	writer "story$f.c" "SECRET-$port"
	cond "the text flows" within 3 hears "story$f.s" "SECRET-$port 3"
	mark a
	xfrm a policy flush
	xfrm a state flush
	cond "the program is told" within 3 says "story$f.c" 'Connection reset'
	stop writer
	cond "its latch broke" grown_is a LatchBroken 1
	cond "no clear TCP on the wire" eq \
		"$(captured "story$f" "$clear_tcp and $from_a")" 0
	cond "no text on the wire" not in_clear "story$f" SECRET
	all "L04 L45 L59 IPv$f: policies and SAs flushed: an error, and not one byte in the clear"
	stop "story$f"
	hang_up "story$f"
	wipe a b
done

# ---- strangers -----------------------------------------------------------
for f in 4 6; do
	port=423$f ax=$(_addr a $f) ay=$(_addr b $f)
	secure a b $f 0x2${f}00
	[ $f = 4 ] && sel=32 || sel=128
	xfrm b policy delete src "$ax/$sel" dst "$ay/$sel" dir in
	connect "inj$f" a b $f $port || bail "no connection"
	mark b
	sport=$(seq_of "inj$f.c" lport)
	snd=$(seq_of "inj$f.c" snd) rcv=$(seq_of "inj$f.c" rcv)
	into() {
		inject r --src "$ax" --dst "$ay" --sport "$sport" \
			--dport "$port" "$@"
	}
	into --flags psh,ack --seq "$snd" --ack "$rcv" --data FORGED
	into --flags rst --seq "$snd"
	into --flags rst,ack --seq "$snd" --ack "$rcv"
	into --flags fin,ack --seq "$snd" --ack "$rcv"
	into --flags syn --seq "$snd"
	cond "all five dropped" within 3 grown_min b InDropClear 5
	cond "the connection lives" talk "inj$f"
	cond "nothing forged" not hears "inj$f.s" FORGED
	cond "the latch did not break" grown_is b LatchBroken 0
	cond "established" is_state b $port established
	all "L05 N30 IPv$f: clear data, RST, FIN and SYN inside the window do nothing"
	[ $f = 6 ] || continue
	hang_up "inj$f"
	wipe a b
done
hang_up inj4
wipe a b

# ---- a stranger with an SA of its own ----------------------------------------
secure a b 4 0x3000
connect own a b 4 4240 || bail "no connection"
# c's SA with b is for c's address; c sends a's through it
vouch b $B4 0x3100 "$ID_c" $B4 $C4
sa b $C4 $B4 0x3100
ip -n "$(ns c)" addr add $A4/32 dev lo
ip -n "$(ns c)" route add $B4/32 via 10.3.0.254 src $A4
sa c $A4 $B4 0x3100
xfrm c policy add src $A4/32 dst $B4/32 dir out tmpl proto esp mode transport
xfrm b policy delete src $A4/32 dst $B4/32 dir in
sport=$(seq_of own.c lport)
snd=$(seq_of own.c snd) rcv=$(seq_of own.c rcv)
mark b
capture own vc
at c rawtcp --src $A4 --dst $B4 --sport "$sport" --dport 4240 \
	--flags psh,ack --seq "$snd" --ack "$rcv" --data FORGED
cond "c's packet was protected" within 3 captured_min own esp 1
cond "dropped for its peer" within 3 grown_min b InDropPeer 1
cond "the connection lives" talk own
cond "nothing forged" not hears own.s FORGED
cond "the latch did not break" grown_is b LatchBroken 0
all "L05 another peer's valid SA does not carry a byte into the connection"
stop own
hang_up own
wipe a b c

# ---- in the middle of a burst ------------------------------------------------
knob a latch_disposition wait
knob b latch_disposition wait

# burst HOST: broken there while a sends burst after burst; not without end, as
# what arrives is kept in memory, and a busy machine looks at it late
burst() {
	local h=$1 port=$2 name=burst$1

	secure a b 4 "$3"
	capture "$name" va -s 128
	connect "$name" a b 4 "$port" || bail "no connection"
	mark a b
	(
		while head -c 65536 /dev/zero >&"${_fd_of[$name.c]}"; do
			nap
		done
	) &
	_pid_of[writer]=$!
	_pids+=($!)
	cond "it flows" within 5 captured_min "$name" "esp and $from_a" 50
	ctl "$h" latch break all >/dev/null
	cond "broken for good" is_state "$h" "$port" broken admin
}

burst a 4250 0x4000
# what had passed the hook may still be on the wire
nap
nap
sent=$(captured bursta "$from_a")
cond "TCP goes on trying" within 6 grown_min a OutDropBroken 2
cond "nothing more leaves" eq "$(captured bursta "$from_a")" "$sent"
all "L51 L45 broken in the middle of a burst: not a packet more leaves"
stop writer KILL
stop bursta
hang_up bursta
wipe a b

burst b 4251 0x4100
got=$(seq_of burstb.s rcv)
cond "what comes is dropped" within 6 grown_min b InDropBroken 3
cond "not a byte more is taken" eq "$(seq_of burstb.s rcv)" "$got"
all "L51 L46 broken at the receiver: not a packet more is taken, of the right SA either"
stop writer KILL
stop burstb
hang_up burstb
finish
