#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A million latches made, held at once and let go: each costs what it says, memory
# goes back to where it was, and others connect and talk all the time.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/many.sh
. "$here/many.sh"
# timeout: 300
# rigs: uml
# slow
plan 4
setup a b c
bind_pair a b 4 0x1000
sa_pair a b 4 0x1000 null
protect_pair a b 4
# what b sends to c gets lost there, as c has no SA for it
vouch b $C4 0x2000 "$ID_c" $B4 $C4 || bail "no binding"
sa b $B4 $C4 0x2000 null || bail "no SA"
protect b $B4 $C4
many=1000000
for k in latch_max latch_max_user; do
	knob b $k 1048576
done
# as it is by default: looking for those that are over takes time as well
knob b latch_gc_ms 1000
connect old a b 4 5901 || bail "no connection"
before

# ---- made -------------------------------------------------------------------
mark b
bg_at many b manysock send $C4 $many 2
cond "half of them" soon 60 grown_min b LatchMade $((many / 2))
connect new a b 4 5902 || _faults+="no connection among so many
"
cond "latched" is_state a 5902 established
cond "all of them" soon 60 hears many "done"
took "$many latches"
all "N15 L43 others talk and connect while a million latches are made"

# ---- held -------------------------------------------------------------------
stat_of() { ctl b stats "$1" | awk '{ print $2 }'; }
by_state() { ctl b status | awk '/^latches/ { print $7, $11, $13, $15 }'; }
cost=$(stat_of LatchCost) total=$(stat_of LatchMemory)
bytes_each $many
each=$REPLY
note "LatchSize $(stat_of LatchSize) LatchCost $cost LatchMemory $total; from the machine $each each"
cond "every message" hears many "done $many failed 0"
# and the connection, which has one too
cond "a latch each" grown_is b LatchMade $((many + 1))
cond "counted by state" eq "$(by_state)" "0 $((many + 2)) 0 0"
cond "none refused" eq "$(grown b LatchNoMemory) $(grown b LatchLimit)" "0 0"
cond "small, says the module" [ "$cost" -le 448 ]
cond "small, says the machine" [ "$each" -le 480 ]
cond "the sum is that of all" [ "$total" -ge $((many * 384)) ]
cond "the sum is no more" [ "$total" -le $((many * 448)) ]
cond "others talk" talk old
cond "others yet" talk new
all "L43 N15 a million latches at once, at no more than 448 bytes each"

# ---- listed, in 64 MiB ------------------------------------------------------
lister() { (ulimit -v 65536 && ctl b "$@" 2>"$tmp/lister.err"); }
_t0=$(now_ms)
cond "in lines" eq "$(lister latch list | wc -l)" $((many + 2))
took listed
cond "two of them in JSON" eq \
	"$(lister -j latch list address $A4 | tr '{' '\n' | grep -c '^"id":[0-9]')" 2
cond "no complaint" eq "$(cat "$tmp/lister.err")" ""
all "L40 N15 a million latches are listed, in little memory"
hang_up new

# ---- let go -----------------------------------------------------------------
_t0=$(now_ms)
stop many
knob b latch_gc_ms 50
cond "released" soon 60 grown_min b LatchReleased $many
cond "none left" within 10 held_most b 1
took released
back
cond "its latch is there" is_state b 5901 established
cond "talks on" talk old
all "L17 L43 let go: latches and memory are back"
hang_up old
finish
