#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The story of a latched connection, for people: five chapters, each judged by
# what a capture on the router and the programs at both ends saw. Started by
# tools/demo with BTNS_KO, BTNS_BUILD, BTNS_RIG and BTNS_SLOW, as root.
# timeout: 150
# functions here are called by name, through claim and within
# shellcheck disable=SC2317,SC2015
BTNS_TAG=demo$$
# shellcheck source=tests/netns/ike.sh
. "$(dirname "${BASH_SOURCE[0]}")/../netns/ike.sh"

# ---- telling -------------------------------------------------------------

if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi
_started=$(now_ms)
_claims=() _failed=0
REKEY_BYTES=250000

chapter() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}
# tells TEXT...: a sentence, broken into lines
tells() {
	echo "$*" | fold -s -w 74 | sed 's/^/  /; s/ *$//'
}
# step TEXT...: something that takes a moment begins, with the time
step() {
	local ms=$(($(now_ms) - _started))

	printf '  [%3d.%d s] %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$*"
}
# quote: what a program printed
quote() { cut -c -150 | sed 's/^/      | /'; }
# claim TEXT COMMAND...: the command decides whether it is held
claim() {
	local what=$1
	shift

	if "$@" >"$tmp/claim.out" 2>&1; then
		_claims+=("held      $what")
		echo "  => held: $what"
	else
		_claims+=("NOT HELD  $what")
		_failed=1
		echo "  => NOT HELD: $what"
		{
			tail -n 20 "$tmp/claim.out"
			tail_log a b c | tail -n 40
		} | quote
	fi
}
show() { # HOST WORDS: a command of btnsctl and what it says
	local h=$1
	shift

	echo "      $h# btnsctl $*"
	ctl "$h" "$@" 2>&1 | quote
}

# lib.sh says these as a test would
bail() {
	echo
	echo "The story cannot go on: $1"
	[ ! -s "$tmp/btnsd-a.err" ] || tail_log a b | quote
	exit 1
}
skip_all() {
	echo "The story cannot be told here: $1"
	exit 4
}
_head() { :; }
# the module comes with chapter 2
load() {
	[ -r "$BTNS_KO" ] || skip_all "there is no module at $BTNS_KO: run make"
	! grep -q '^btns ' /proc/modules ||
		skip_all "btns is loaded on this machine: rmmod btns first"
}
really_load() {
	local msg

	msg=$(insmod "$BTNS_KO" 2>&1) || bail "insmod $BTNS_KO: $msg"
	_loaded=1
}

silent() { not in_clear "$@"; }
# clear_tcp CAPTURE PORT: TCP segments of that port that were not encrypted
clear_tcp() { captured "$1" "tcp port $2"; }
ended() { dead "$1"; }

for p in openssl sha256sum; do
	command -v $p >/dev/null || skip_all "$p is not installed"
done

cat <<X
${bold}The story of a latched connection${plain}

     a 10.1.0.1 ------- r -------- 10.2.0.1 b
       fd00:1::1        |         fd00:2::1
                        +--------- 10.3.0.1 c  (the impostor)

  Network namespaces on $(uname -sr). a and b run socat, a program that knows
  nothing of IPsec. r is the router; tcpdump runs there and writes down all
  that goes over the wire to b. a sends a text that is easy to recognise.
X
_quick_later() {
	at "$1" sysctl -q -w net.ipv4.tcp_max_tw_buckets=0 \
		net.ipv4.tcp_fin_timeout=1 net.ipv4.tcp_orphan_retries=1 \
		net.btns.latch_gc_ms=50 >/dev/null || bail "no net.btns in $1"
}
_quick() { :; }
setup a b c

# ---- 1 -------------------------------------------------------------------

chapter "Chapter 1. Linux today: without btns"
tells "The IPsec SAs and policies of this chapter are made by hand with ip" \
	"xfrm, since btnsd wants the module. They are what any IPsec daemon" \
	"would make."
step "a and b: ESP transport mode, AES-GCM, policies that demand it"
sa_pair a b 4 0x1000 && protect_pair a b 4 || bail "ip xfrm does not work"
capture one
step "socat connects from a to b, port 5001"
connect one a b 4 5001 || bail "no connection over ESP: $(cat "$tmp/one.c.err")"
tell one.c "SECRET-ONE-BEFORE"
within 5 hears one.s SECRET-ONE-BEFORE || bail "nothing arrives over ESP"
within 5 captured_min one "host $B4 and ip proto 50" 5
claim "1a before the flush the wire carries ESP, not the text" \
	silent one SECRET-ONE-BEFORE
step "a# ip xfrm policy flush; ip xfrm state flush"
xfrm a policy flush
xfrm a state flush
tell one.c "SECRET-ONE-AFTER"
within 5 in_clear one SECRET-ONE-AFTER
tcpdump -n -A -r "$tmp/one.pcap" "tcp port 5001" 2>/dev/null |
	grep -a -B 20 -m 1 SECRET-ONE-AFTER | grep -ao 'IP .*\|SECRET.*' |
	tail -n 2 | quote
claim "1b (control) after it, the same connection leaks the text in the clear" \
	in_clear one SECRET-ONE-AFTER
hang_up one
stop one
xfrm b policy flush
xfrm b state flush

# ---- 2 -------------------------------------------------------------------

chapter "Chapter 2. With btns: the same flush"
step "insmod btns.ko; btnsd starts in a and b and makes its key"
really_load
for h in a b c; do
	_quick_later $h
	conf $h child="bytes = $REKEY_BYTES;"
done
daemon a
daemon b
key_a=$(fp a) key_b=$(fp b)
echo "      a is only the key $key_a"
echo "      b is only the key $key_b"
tells "Nobody told either of the other: the PAD has one entry, \"any key\"." \
	"Policy says that all traffic between a and b is to be protected, and" \
	"that unknown keys will do (btns-ok)."
want_pair a b 4 || bail "btnsctl policy add does not work"
capture two
monitor a mon2 latch
step "socat connects from a to b, port 5002: its first packet makes IKE run"
connect two a b 4 5002 || bail "no connection: $(cat "$tmp/two.c.err")"
step "connected"
echo "      a# btnsctl latch list"
latch a port 5002 | quote
echo "      b# btnsctl latch list"
latch b port 5002 | quote
both_latched() {
	is_state a "$1" established && is_state b "$1" established &&
		row a "$1" peer | grep -qF "$key_b" &&
		row b "$1" peer | grep -qF "$key_a"
}
claim "2a the connection latched by itself on both sides, to the other's key" \
	within 3 both_latched 5002
claim "2b no packet of it was ever in the clear" \
	eq "$(clear_tcp two 5002)" 0
step "a# ip xfrm policy flush; ip xfrm state flush"
xfrm a policy flush
xfrm a state flush
tell two.c "SECRET-TWO-AFTER"
claim "2c the latch is broken, and says why" \
	within 5 grep -q ' broken .*reason bypass' "$tmp/mon2.out"
grep ' broken ' "$tmp/mon2.out" | quote
within 10 ended two.c
grep ' E ' "$tmp/two.c.err" | quote
claim "2d the program got an error (connection reset), not a leak" \
	grep -q 'reset by peer' "$tmp/two.c.err"
step "wait a moment for anything that might still come out"
within 2 false
claim "2e not one byte of the text is in the capture" \
	silent two SECRET-TWO-AFTER
claim "2f nor any other packet of that connection in the clear" \
	eq "$(clear_tcp two 5002)" 0
hang_up two
step "the policies are put back; a fresh connection"
want a "$A4/32" "$B4/32" || bail "btnsctl policy add does not work"
connect again a b 4 5003
claim "2g a fresh connection works again, latched and protected" \
	both_latched 5003
hang_up again
stop two
stop mon2

# ---- 3 -------------------------------------------------------------------

chapter "Chapter 3. An impostor takes the peer's address"
capture three vc
connect three a b 4 5004 || bail "no connection"
within 3 both_latched 5004 || bail "the connection did not latch"
monitor a mon3 latch
step "c takes 10.2.0.1; the router sends c what is meant for b"
ip -n "$(ns c)" addr add "$B4/32" dev eth0 &&
	ip -n "$(ns r)" route add "$B4/32" dev vc || bail "no impostor"
want c "$B4/32" "$A4/32" || bail "btnsctl policy add does not work"
step "c runs btnsd with a key of its own, and listens on the same port"
daemon c
key_c=$(fp c)
echo "      c is only the key $key_c"
serve spy c "$B4" 5004
serve lure a "$A4" 5005
# a segment of a connection that a kernel does not know makes it send a reset
# shellcheck disable=SC2016
resets() { at c awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp; }
resets_before=$(resets)
step "c opens a connection to a, as 10.2.0.1: IKE with c's key"
dial bait c "$A4" 5005 ",bind=$B4"
claim "3a the latch to b breaks: a does not take c for b" \
	within 20 grep -Eq ' broken .*:5004 .*reason (peer|peer-dead)' \
	"$tmp/mon3.out"
grep ' broken ' "$tmp/mon3.out" | head -n 2 | quote
tell three.c "SECRET-THREE-AFTER"
within 10 ended three.c
grep ' E ' "$tmp/three.c.err" | quote
claim "3b the program got an error" grep -q 'reset by peer' "$tmp/three.c.err"
within 1 false
nothing() {
	not hears spy SECRET-THREE && silent three SECRET-THREE &&
		eq "$(resets)" "$resets_before"
}
claim "3c no text and no segment of that connection reached the impostor" \
	nothing
stop bait
stop lure
step "a connects to 10.2.0.1 anew; it is c that answers, and a can tell"
serve stranger.s c "$B4" 5006
dial stranger.c a "$B4" 5006
other_peer() {
	is_state a 5006 established && row a 5006 peer | grep -qF "$key_c"
}
claim "3d the new connection shows a different peer identity" \
	within 20 other_peer
latch a port 5006 | quote
hang_up stranger
hang_up three
stop spy
step "the impostor goes away"
quit c
ip -n "$(ns c)" addr del "$B4/32" dev eth0
ip -n "$(ns r)" route del "$B4/32" dev vc
stop three
stop mon3

# ---- 4 -------------------------------------------------------------------

chapter "Chapter 4. Keys change, btnsd dies: the connection stays"
tells "This time over IPv6. a is told to take new keys after every" \
	"$((REKEY_BYTES / 1000)) kilobytes, which is much too often, but quick to see."
want_pair a b 6 || bail "btnsctl policy add does not work"
monitor a mon4 sa
capture four vb
connect four a b 6 5007 || bail "no connection: $(cat "$tmp/four.c.err")"
within 3 both_latched 5007 || bail "the connection did not latch"
latch a port 5007 | quote
id_before=$(latch_id a 5007)
values_before=$(values a 5007)
id_b=$(latch_id b 5007)
values_b=$(values b 5007)
pump() {
	local i=0 k

	trap 'exit 0' TERM
	while :; do
		for ((k = 0; k < 100; k++)); do
			i=$((i + 1))
			printf 'line %09d of a long transfer\n' $i
		done
		nap
	done
}
pump >&"${_fd_of[four.c]}" &
_pid_of[pump]=$!
_pids+=($!)
# how many outbound SAs a has had for b
keys_used() {
	grep -c " sa-bind .* dst $B6 " "$tmp/mon4.out"
}
keys_min() { [ "$(keys_used)" -ge "$1" ]; }
lines() { grep -c 'of a long transfer' "$tmp/four.s.out"; }
lines_min() { [ "$(lines)" -ge "$1" ]; }
# nothing lost, nothing twice, in order
in_order() {
	grep 'of a long transfer' "$tmp/four.s.out" | sed '$d' |
		awk '$2 + 0 != NR { print "line " NR " is " $2; bad = 1; exit }
			END { exit bad }'
}
unchanged() {
	eq "$(latch_id a 5007)" "$id_before" && eq "$(latch_id b 5007)" "$id_b" &&
		eq "$(values a 5007)" "$values_before" &&
		eq "$(values b 5007)" "$values_b" &&
		is_state a 5007 established && is_state b 5007 established
}
flows() { # more lines arrive
	local n

	n=$(lines)
	within 20 lines_min $((n + 500))
}
step "a sends numbered lines as fast as it may"
within 30 keys_min 3
step "$(keys_used) sets of keys were used so far, $(lines) lines arrived"
rekeyed() { keys_min 3 && flows && in_order && unchanged; }
claim "4a new keys under traffic: no line lost, same latch, same values" \
	rekeyed
step "a# kill -9 btnsd, and start it again"
kill9 a
used=$(keys_used)
daemon a
step "btnsd is back; it makes new SAs for what it finds in the kernel"
within 20 keys_min $((used + 1))
restarted() { keys_min $((used + 1)) && flows && in_order && unchanged; }
claim "4b after kill -9 and restart: the same, and not a byte in the clear" \
	restarted
claim "4c not one line of the transfer is in the capture" \
	silent four 'of a long transfer'
step "$(lines) lines have arrived, with $(keys_used) sets of keys"
latch a port 5007 | quote
stop pump
hang_up four
stop four
stop mon4

# ---- 5 -------------------------------------------------------------------

chapter "Chapter 5. A program that asks"
tells "latchsock (tests/tools/latchsock.c) asks by setsockopt(): only this" \
	"peer key, or no connection."
# ask NAME ADDRESS PORT KEY: prints what happens as JSON, one line per event
ask() {
	bg_at "$1" a latchsock --ask require --peer "key:$4" --json-info \
		--timeout $((20 * BTNS_SLOW)) --send "SECRET-FIVE-$1" --count 1 \
		"$2" "$3"
	ends_with 0 "$1" 25 >/dev/null
	echo $? >"$tmp/$1.status"
	grep -Eo '"event":"(asked|connected|error)".*' "$tmp/$1.out" |
		cut -c -100 | quote
}
serve five b "$B4" 5010
step "latchsock --ask require --peer key:(the key of b)   to b"
ask right "$B4" 5010 "$key_b"
got_it() {
	eq "$(cat "$tmp/right.status")" 0 &&
		grep '"event":"info"' "$tmp/right.out" |
		grep '"state":"established"' | grep -qF "key:$key_b" &&
		hears five SECRET-FIVE-right
}
claim "5a the program that asks for b's key gets b, and reads so" got_it
stop five
serve six b "$B4" 5011
step "latchsock --ask require --peer key:(the key of c)   to b"
ask wrong "$B4" 5011 "$key_c"
claim "5b the one that asks for another key gets EKEYREJECTED" \
	grep -q '"errno":"EKEYREJECTED"' "$tmp/wrong.out"
serve seven c "$C4" 5012
step "latchsock --ask require --peer key:(the key of b)   to c, in the clear"
capture barecap vc
ask bare "$C4" 5012 "$key_b"
refused() {
	grep -q '"errno":"EACCES"' "$tmp/bare.out" &&
		eq "$(clear_tcp barecap 5012)" 0
}
claim "5c where policy gives no protection: EACCES, not a packet" refused
claim "5d neither of the two sent its text" \
	not hears six SECRET-FIVE
stop six
stop seven
stop barecap

# ---- the end -------------------------------------------------------------

step "ending all of it"
quit a
quit b
_stop_all
left=''
for h in a b c; do
	ip -n "$(ns $h)" xfrm state flush
	ip -n "$(ns $h)" xfrm policy flush
	within 10 _none_left $h ||
		left+="$h: latches asks sas idents $(count_all $h); "
done
for h in a b c r; do
	ip netns del "$(ns $h)" || left+="namespace $h; "
done
within 10 _unload || left+="module: $(cat "$tmp/rmmod.err"); "
grep -q '^btns ' /proc/modules || _loaded=
claim "6  nothing is left behind: latches, namespaces, module" eq "$left" ''

printf '\n%sWhat was claimed, and whether it held%s\n' "$bold" "$plain"
printf '  %s\n' "${_claims[@]}"
cat <<X

${bold}What to try next by hand${plain}
  sudo tools/check --list          every test there is; tools/check NAME runs one
  sudo tools/check ike_impostor    chapter 3, with more corners
  On two machines with btns installed (make install modules_install):
    modprobe btns; btnsd           both ends; keys are made at first start
    btnsctl policy add dst OTHER action protect btns-ok on
    btnsctl monitor                in a window of its own; now ssh to OTHER
    btnsctl latch list             the connection, and the key at the far end
    ip xfrm policy flush           on a connection that you can do without
  Manuals: btnsctl(8), btnsd(8), btnsd.conf(5); Documentation/architecture.rst
X
ms=$(($(now_ms) - _started))
echo
if [ $_failed = 0 ]; then
	echo "All claims held, in $((ms / 1000)) seconds."
else
	echo "Some claims did NOT hold; $((ms / 1000)) seconds."
fi
exit $_failed
