#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs ask for by setsockopt(), what they may not ask, and the errors
# that connect() gives when it cannot be had.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 19
setup a b c
# shellcheck disable=SC2034
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

secure a b 4 0x1000
secure a b 6 0x1100
for f in 4 6; do
	end srv$f b "$(_listen_url "$(_addr b $f)" 47$f),fork"
	within 5 listening b 47$f
done
end srvc c "$(_listen_url $C4 474),fork"
within 5 listening c 474

# ask NAME OPTIONS... HOST PORT: from a
ask() {
	local name=$1
	shift

	sock "$name" a --json-info "$@"
}
latched() { within 5 event "$1" connected && within 5 event "$1" info state established; }

ask r1 --ask require $B4 474
cond "connected" latched r1
cond "wishes" eq "$(answer r1 ask) $(answer r1 disposition)" "require reset"
cond "the latch of the list" eq "$(answer r1 id)" "$(latch_id a 474)"
cond "five values" grep -q '"sa_mode":0,"replay":1,"esn":0,"enc":"rfc4106(gcm(aes))","enc_keybits":256,"auth":"","icv_bits":128' "$tmp/r1.out"
cond "peer" event r1 info peer "{\"id\":\"$ID_b\",\"type\":\"publickey\",\"method\":\"manual"
all "L06 L10 L41 require: connected, latched, and getsockopt() tells all"
tell r1 "ask off"
cond "refused" within 3 event r1 error call setsockopt errno EISCONN
tell r1 "ask prefer"
before=$(answer r1 id)
ask_info r1
cond "nothing changed" eq "$(answer r1 id) $(answer r1 ask)" "$before require"
all "L14 once connected an ask is refused (EISCONN), and nothing changes"
stop r1

ask r6 -6 --ask require $B6 476
cond "connected" latched r6
cond "peer" event r6 info peer "{\"id\":\"$ID_b"
all "L10 L41 the same on IPv6 (SOL_IPV6)"
stop r6

ask p1 --ask require --peer "$ID_b" $B4 474
check "L10 L41 require of one peer: it is that peer, connected" latched p1
stop p1
ask p2 --ask require --peer "$ID_b" --method manual $B4 474
check "L10 L41 ... proved by that method" latched p2
stop p2

# refused NAME ERRNO: connect() fails like that, and nothing went out
refused() {
	cond "$1: $2" within 5 event "$1" error call connect errno "$2"
	cond "status" ends_with 1 "$1"
	cond "no latch is left" within 5 no_latch a 474
}
within 5 no_latch a 474
capture wire va
mark a
ask e1 --ask require --peer "$ID_c" $B4 474
refused e1 EKEYREJECTED
cond "nothing on the wire" eq "$(captured wire "src $A4")" 0
cond "counted" grown_min a OutDropRequired 1
all "L42 N15 require of another peer: EKEYREJECTED, and not a packet leaves"
ask e2 --ask require --peer "$ID_b" --method btns $B4 474
refused e2 EKEYREJECTED
cond "nothing on the wire" eq "$(captured wire "src $A4")" 0
all "L42 ... of the right peer, but proved in another way: EKEYREJECTED"
ask e3 --ask require $C4 474
refused e3 EACCES
cond "nothing on the wire" eq "$(captured wire "src $A4")" 0
all "L42 require without a policy: EACCES, and not a packet leaves"
sa_pair a c 4 0x1200
protect_pair a c 4
ask e4 --ask require --peer "$ID_c" $C4 474
refused e4 EKEYREJECTED
cond "nothing on the wire" eq "$(captured wire "src $A4")" 0
all "L42 require of one peer, but nobody vouched for the SA: EKEYREJECTED"
knob a latch_unidentified 0
ask e5 --ask require $C4 474
refused e5 EKEYREJECTED
all "L42 require and latch_unidentified=0, nobody vouched: EKEYREJECTED"
knob a latch_unidentified 1
ask e6 --ask require $C4 474
check "L42 require, nobody vouched, but that will do: connected" latched e6
stop e6
stop wire

# ---- the wrong peer comes while connect() waits -----------------------------------
wipe a c
protect_pair a c 4
bg_at acq a ip xfrm monitor acquire
ask w1 --ask require --peer "$ID_c" $C4 474
cond "waits" within 5 is_state a 474 larval pending
vouch a $C4 0x1300 "$ID_d" $A4 $C4
vouch a $A4 0x1301 "$ID_d" $A4 $C4
sa_pair a c 4 0x1300
cond "refused" within 5 event w1 error call connect errno EKEYREJECTED
all "L42 N15 N19 keys of the wrong peer come while connect() waits: EKEYREJECTED"
stop w1
wipe a c
protect_pair a c 4
ask w2 --ask require --peer "$ID_c" $C4 474
cond "waits" within 5 is_state a 474 larval pending
bind_pair a c 4 0x1400
sa_pair a c 4 0x1400
cond "connected" latched w2
all "L25 L41 keys of the right peer come while connect() waits: connected"
stop w2
# a stale binding without its SA says nothing
wipe a c
protect_pair a c 4
vouch a $C4 0x1500 "$ID_c" $A4 $C4
ask w3 --ask prefer $C4 474
cond "waits" within 5 is_state a 474 larval pending
vouch a $C4 0x1510 "$ID_d" $A4 $C4
vouch a $A4 0x1511 "$ID_d" $A4 $C4
sa_pair a c 4 0x1510
cond "connected" within 5 event w3 connected
cond "its peer is who answers" eq "$(row a 474 peer)" "$ID_d, proved by manual"
all "N19 the latch shows the peer that answers, never one that was to come"
stop w3
stop acq
wipe a b c
secure a b 4 0x1600

# ---- prefer, off, default ----------------------------------------------------------
ask n1 --ask prefer $C4 474
cond "connected" within 5 event n1 connected
cond "told" event n1 info state none reason unprotected
cond "no latch" no_latch a 474
all "L42 prefer without a policy: connected, and getsockopt() says why it is not latched"
stop n1
ask o1 --ask off $B4 474
cond "connected" within 5 event o1 connected
ask_info o1
cond "told" within 3 event o1 info state none reason not-wanted
cond "no latch" no_latch a 474
all "L13 off, by a privileged program: no latch"
stop o1

# ---- who may ask for what -----------------------------------------------------------
# shellcheck disable=SC2086
as_nobody() { # NAME OPTIONS...
	local name=$1
	shift

	bg_at "$name" a $nobody latchsock --json-info \
		--timeout $((20 * BTNS_SLOW)) "$@"
}
mark a
as_nobody u1 --ask off $B4 474
cond "refused" within 5 event u1 error call setsockopt errno EPERM
cond "counted" grown_is a AskRefused 1
cond "no ask is kept" within 5 eval 'count_all a | grep -q "^[0-9]* 0 "'
all "L11 off, by an unprivileged program: EPERM, nothing changed"
stop u1
as_nobody u2 --ask require --peer "$ID_b" $B4 474
cond "connected" latched u2
all "L11 asking for more needs no privilege"
stop u2
as_nobody u3 $B4 474
cond "connected" latched u3
all "L12 L13 an unprivileged program cannot slip by: asking for nothing it is latched"
stop u3
finish
