#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One user cannot take all the room: latches and asks are counted for each, who
# has enough is told so, and everybody else goes on.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
_need setpriv
plan 9
setup a b
secure a b 4 0x1000
end srv b "$(_listen_url $B4 5801),fork"
within 5 listening b 5801 || bail "no server"

# by UID NAME ASK [PORT]: a connection of that user
by() {
	AS=$1 sock "$2" a --ask "$3" --json-info $B4 "${4:-5801}"
}
opens() { within 5 event "$1" connected; }
knob a latch_max_user 2
by 1001 u1 require
by 1001 u2 prefer
cond "first" opens u1
cond "second" opens u2
mark a b
by 1001 u3 require
cond "EDQUOT" within 5 event u3 error call connect errno EDQUOT
cond "says why" eq "$(answer u3 reason)" limit
cond "counted" grown_min a LatchLimitUser 1
cond "and dropped" grown_min a OutDropLimit 1
cond "not the namespace's" grown_is a LatchLimit 0
cond "nothing reached b" grown_is b LatchMade 0
all "N15 L42 at latch_max_user who requires a latch gets EDQUOT from connect()"
by 1001 u4 prefer
cond "held, and again" within 5 grown_min a LatchLimitUser 3
cond "not connected" not event u4 connected
cond "asked" ask_info u4
cond "says why" eq "$(answer u4 reason)" limit
cond "nothing reached b" grown_is b LatchMade 0
all "N15 L42 who prefers one is held, not let go without, and can ask why"
by 1002 v1 require
cond "another user connects" opens v1
sock r1 a --ask require $B4 5801
cond "root connects" opens r1
for n in u1 u2 v1 r1; do
	tell $n "send still here"
done
for n in u1 u2 v1 r1; do
	cond "$n lives" alive $n
	cond "$n no error" not event $n error
done
cond "four" eq "$(latch a state established | wc -l)" 4
all "others open connections, and those that are open stay"
stop u1
cond "the one that waited" within 10 event u4 connected
all "N15 with room again it connects by itself"
by 1001 u5 require
cond "EDQUOT again" within 5 event u5 error errno EDQUOT
for n in u2 u4 v1 r1; do stop $n; done
within 8 no_latch a || bail "latches are left"
mark a
by 1001 w1 require
by 1001 w2 require
cond "one" opens w1
cond "two" opens w2
cond "none refused" grown_is a LatchLimitUser 0
all "L43 what is closed is given back to the user"
knob a latch_max 2
by 1002 w3 require
cond "ENOSPC" within 5 event w3 error call connect errno ENOSPC
cond "counted" grown_min a LatchLimit 1
all "N15 L42 at latch_max who requires a latch gets ENOSPC"
knob a latch_max 65536
stop w1
stop w2

# ---- who listens ------------------------------------------------------------
stop srv
within 8 no_latch b || bail "latches are left at b"
knob a latch_max_user 49152
knob b latch_max_user 2
AS=1003 sock l1 b -l 5802 $B4
AS=1004 sock l2 b -l 5803 $B4
cond "listens" within 5 event l1 listening
cond "listens" within 5 event l2 listening
mark b
sock c1 a $B4 5802
cond "takes one: its own latch and this" opens c1
sock c2 a $B4 5802
cond "refused" within 5 grown_min b LatchLimitUser 1
cond "dropped" grown_min b InDropLimit 1
cond "not connected" not event c2 connected
sock c3 a $B4 5803
cond "the other user's server takes one" opens c3
all "N18 N15 a connection that comes in counts to the user who listens"
stop l1
stop c1
stop c2

# ---- asks -------------------------------------------------------------------
knob a ask_max_user 1
by 1001 q1 prefer 5803
within 5 event q1 asked || bail "no ask"
by 1001 q2 prefer 5803
cond "EDQUOT" within 5 event q2 error call setsockopt errno EDQUOT
by 1002 q3 prefer 5803
cond "another user" within 5 event q3 asked
all "L10 at ask_max_user an ask is refused with EDQUOT, another user's is not"
stop q1
gone() { _count_all a && [[ $REPLY == *" 1 "* ]]; }
cond "its ask goes" within 5 gone
by 1001 q4 prefer 5803
cond "room again" within 5 event q4 asked
all "L43 closed sockets give their asks back"
for n in q3 q4 c3 l2; do stop $n; done
finish
