#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What an administrator, or a helper that found a peer dead, does to latches.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 15
setup a b c
secure a b 4 0x1000
secure a c 4 0x1100

# two NAME PORT: latchsocks on b and a, connected
two() {
	sock "$1.s" b -l "$2" --once $B4
	within 5 event "$1.s" listening || bail "no server"
	sock "$1.c" a --json-info $B4 "$2"
	within 5 event "$1.c" connected || bail "no connection"
	tell "$1.c" "send hello"
	within 5 event "$1.s" data || bail "no data"
	mark a b
}

# ---- close ----------------------------------------------------------------
two id 4501
id=$(latch_id a 4501)
is "L23 btnsctl latch close ID closes one" "$(ctl a latch close "$id")" "closed 1"
cond "the blocked program is told" within 3 event id.c error call read errno ECONNRESET
cond "counted" grown_is a LatchClosed 1
all "L48 closed: the program sees a reset by the peer"
stop id.c
stop id.s

two pending 4502
kill -STOP "${_pid_of[pending.c]}"
capture wire va
id=$(latch_id a 4502)
nap 0.5 # a delayed acknowledgement may be on its way
n0=$(captured wire "src $A4")
ctl a latch close "$id" >/dev/null
tell pending.s "send into the void"
cond "the peer's packets are dropped" within 5 grown_min a InDropClosed 2
cond "nothing leaves, not a RST" eq "$(captured wire "src $A4")" "$n0"
all "L48 L50 closed: nothing goes out, nothing comes in"
# the reaper has passed ten times meanwhile
cond "still listed" is_state a 4502 closed admin
kill -CONT "${_pid_of[pending.c]}"
cond "the program reads its error" within 3 event pending.c error errno ECONNRESET
cond "not what came after" not hears pending.c "into the void"
cond "then it goes" within 5 no_latch a 4502
all "N09 a closed latch is listed until its owner has been told"
stop wire
stop pending.c
stop pending.s

connect p1 a b 4 4503 || bail "no connection"
connect p2 a c 4 4504 || bail "no connection"
connect p3 a b 4 4505 || bail "no connection"
cond "two" eq "$(ctl a latch close peer "$ID_b")" "closed 2"
cond "one" within 3 says p1.c 'Connection reset'
cond "other" within 3 says p3.c 'Connection reset'
cond "c's stays" is_state a 4504 established
cond "and works" talk p2
all "L23 latch close peer IDENTITY closes the latches of that peer and no others"
hang_up p1
hang_up p3
connect p4 a b 4 4506 || bail "no connection"
cond "two" eq "$(ctl a latch close all)" "closed 2"
cond "one" within 3 says p2.c 'Connection reset'
cond "other" within 3 says p4.c 'Connection reset'
all "L23 latch close all closes every latch"
hang_up p2
hang_up p4
cond "refused" not ctl a latch close 999999
cond "says why" grep -q . <(ctl a latch close 999999 2>&1)
all "L23 a latch that does not exist is an error"

# ---- break ----------------------------------------------------------------
knob a latch_disposition wait
connect br a b 4 4510 || bail "no connection"
mark a
id=$(latch_id a 4510)
is "L62 btnsctl latch break ID breaks one" "$(ctl a latch break "$id")" "broken 1"
tell br.c "said while broken"
cond "broken" is_state a 4510 broken admin
cond "held back" within 5 grown_min a OutDropBroken 1
# what mends others: an SA that comes and goes, a policy likewise
sa a $A4 $C4 0x1177
sa_del a $C4 0x1177
xfrm a policy add src $A4/32 dst $C4/32 proto udp dir out priority 1
xfrm a policy delete src $A4/32 dst $C4/32 proto udp dir out
cond "still held back" within 5 grown_min a OutDropBroken 2
cond "still broken" is_state a 4510 broken admin
cond "never mended" grown_is a LatchRepaired 0
all "L62 a break by the administrator is final"
hang_up br
within 10 no_latch a 4510 || bail "the latch of br does not go"

# ---- the peer is dead -------------------------------------------------------
connect d1 a b 4 4511 || bail "no connection"
connect d2 a b 4 4512 || bail "no connection"
connect d3 a c 4 4513 || bail "no connection"
monitor a dead latch
mark a
is "L19 a dead peer's latches are all broken" \
	"$(ctl a latch break peer "$ID_b" reason peer-dead)" "broken 2"
cond "one" is_state a 4511 broken peer-dead
cond "two" is_state a 4512 broken peer-dead
cond "c's is not" is_state a 4513 established
cond "told" eq "$(grep -c 'established -> .* broken .* reason peer-dead' \
	"$tmp/dead.out")" 2
all "L19 N06 N07 reason peer-dead, each told once, and only that peer's"
# the peer comes back with fresh SAs
bind_pair a b 4 0x1200 && sa_pair a b 4 0x1200
del_pair a b 4 0x1000
tell d1.c "said to the dead"
cond "held back" within 5 grown_min a OutDropBroken 2
cond "still broken" is_state a 4511 broken peer-dead
cond "never mended" grown_is a LatchRepaired 0
all "L19 new SAs with the same peer do not bring them back"
check "L19 a fresh connection to the peer works" connect d4 a b 4 4514
hang_up d4

# a latch that was broken for a conflict becomes so for good
vouch a $C4 0x1150 "$ID_d" $A4 $C4
sa a $A4 $C4 0x1150
cond "broken by the conflict" within 3 is_state a 4513 broken peer
ctl a latch break peer "$ID_c" reason peer-dead >/dev/null
sa_del a $C4 0x1150
mark a
tell d3.c "said to the dead"
cond "held back" within 5 grown_min a OutDropBroken 2
cond "still broken" eq "$(state_of a 4513)" broken
all "L19 N08 broken for a conflict, then the peer dies, then the conflict goes: still broken"
at a sysctl -q -w net.ipv4.tcp_retries2=2
hang_up d1
hang_up d2
hang_up d3

# ---- who may --------------------------------------------------------------
cond "refused" not at a setpriv --reuid 65534 --regid 65534 --clear-groups \
	btnsctl latch close all
all "L23 an unprivileged user cannot close latches"
finish
