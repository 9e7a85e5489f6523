#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Multipath TCP: a connection is latched on its first subflow. Which connection
# another subflow joins cannot be seen, so none is joined while a latched one
# lives; MPTCP without latches is as ever.
#
#   a 10.1.0.1, 10.1.0.2 ------ r ------ 10.2.0.1 b
#
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 90
plan 6
_need tcpsock
setup a b
A4x=10.1.0.2

[ -e "/proc/sys/net/mptcp" ] || {
	for what in 1 2 3 4 5 6; do
		skip "MPTCP point $what" "this kernel has no MPTCP"
	done
	finish
}
ip -n "$(ns a)" addr add $A4x/24 dev eth0
for h in a b; do
	ip -n "$(ns $h)" mptcp limits set subflow 2 add_addr_accepted 2
done
ip -n "$(ns a)" mptcp endpoint add $A4x dev eth0 subflow

mptcp() { # HOST NAME: a counter of MPTcpExt
	at "$1" awk -v want="$2" '/^MPTcpExt:/ { if (!n) split($0, name)
		else split($0, v); n++ }
		END { for (i in name) if (name[i] == want) print v[i] }' \
		/proc/net/netstat
}
joined_min() { [ "$(mptcp b MPJoinAckRx)" -ge "$1" ]; }
# pair NAME PORT: NAME.c and NAME.s, connected by MPTCP, one line each way
pair() {
	tcps_serve "$1.s" b "$B4" "$2" --mptcp
	tcps "$1.c" a --mptcp "$B4" "$2"
	does "$1.c" connect || return
	tell "$1.s" accept
	within 5 event "$1.s" accept || return
	tell "$1.c" "send from-c"
	tell "$1.s" "send from-s"
	tell "$1.c" read
	tell "$1.s" read
	within 5 event "$1.c" data text "from-s " &&
		within 5 event "$1.s" data text "from-c "
}

# ---- without latches -----------------------------------------------------------
mark a b
cond "it works" pair plain 4760
cond "a second subflow is joined" within 5 joined_min 1
cond "nothing was dropped" eq "$(grown a OutDropJoin)$(grown b InDropJoin)" 00
cond "no latch" no_latch a
all "L12 MPTCP in the clear, automatic latching on: subflows are joined as ever"
stop plain.c
stop plain.s

# ---- only the server latches ----------------------------------------------------
secure a b 4 0x1000
knob a latch_auto 0
j0=$(mptcp b MPJoinAckRx)
mark a b
cond "it works" pair one 4761
cond "latched at b" is_state b 4761 established
cond "not at a" no_latch a
cond "the SYN that joins is dropped at b" within 5 grown_min b InDropJoin 1
cond "a had nothing against it" grown_is a OutDropJoin 0
cond "none was joined" eq "$(mptcp b MPJoinAckRx)" "$j0"
all "L05 latched MPTCP: no second subflow comes in"
stop one.c
stop one.s
knob a latch_auto 1
within 8 no_latch b || bail "latches are left"

# ---- both ends --------------------------------------------------------------------
capture mp va "host $A4x"
mark a b
cond "it works" pair both 4762
cond "latched at a" is_state a 4762 established
cond "latched at b" is_state b 4762 established
cond "it is MPTCP" [ "$(mptcp b MPCapableACKRX)" -ge 3 ]
cond "the SYN that joins is dropped at a" within 5 grown_min a OutDropJoin 1
cond "none was joined" eq "$(mptcp b MPJoinAckRx)" "$j0"
cond "nothing from the second address" eq "$(captured mp "tcp or esp")" 0
cond "one latch" eq "$(latch a | wc -l)" 1
all "L04 latched MPTCP: no second subflow leaves, in the clear or otherwise"
stop mp

# ---- what the program sees -----------------------------------------------------------
tcps ask a --mptcp $B4 4769
tell ask "ask require"
cond "setsockopt: ENOPROTOOPT" within 3 event ask ask errno ENOPROTOOPT
tell ask info
cond "getsockopt: EOPNOTSUPP" within 3 event ask info errno EOPNOTSUPP
all "L42 MPTCP sockets know no option of others: asking is refused, not ignored"
stop ask

mark a
ctl a latch break all >/dev/null
cond "broken" within 3 grown_is a LatchBroken 1
cond "the program is told" within 5 event both.c read errno ECONNRESET
all "L59 a break of the first subflow is told to the program's MPTCP socket"
stop both.c
stop both.s
within 8 no_latch a && within 8 no_latch b || bail "latches are left"

# a connection without subflows may live on, and take one
wipe a b
mark a
cond "plain MPTCP works" pair after 4763
cond "its second subflow is not joined yet" within 5 grown_min a OutDropJoin 1
cond "nor latched" no_latch a
all "L04 the latch is gone: subflows are not joined for a while yet, as the connection could have lived on"
stop after.c
stop after.s
finish
