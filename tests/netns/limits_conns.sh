#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A hundred thousand connections are opened and closed, each latched on both ends:
# memory goes back to where it was, and who has a connection keeps it.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/many.sh
. "$here/many.sh"
# timeout: 240
# rigs: uml
# slow
plan 2
setup a b
bind_pair a b 4 0x1000
# two CPUs send, and a machine that is busy stops one of them for a while: what
# it sends then is older than a small window takes
sa_pair a b 4 0x1000 null transport replay-window 4096
protect_pair a b 4
at a sysctl -q -w net.ipv4.ip_local_port_range="2000 64999"
many=100000

connect old a b 4 5902 || bail "no connection"
bg_at sink b manysock accept $B4 5901 2
within 5 listening b 5901 || bail "no server"
before

# ---- opened and closed --------------------------------------------------------
mark a b
bg_at many a manysock connect $B4 5901 $many 2
cond "all of them" soon 150 hears many "done"
took "$many connections"
cond "all connected" hears many "done $many failed 0"
cond "each latched at a" grown_is a LatchMade $many
# a SYN that is sent again may come when all is over, and makes one more
cond "each latched at b" grown_min b LatchMade $many
cond "none refused at a" eq "$(grown a LatchLimit) $(grown a LatchNoMemory)" "0 0"
cond "none refused at b" eq "$(grown b LatchLimit) $(grown b LatchNoMemory)" "0 0"
all "L12 L43 N15 $many connections, each latched on both ends, and others talk on"

# ---- back ---------------------------------------------------------------------
stop sink
cond "released at a" within 30 held_most a 1
cond "released at b" within 30 held_most b 1
back
cond "its latch is there" is_state b 5902 established
cond "talks on" talk old
all "L17 L43 closed: latches and memory are back"
hang_up old
finish
