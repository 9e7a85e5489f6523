#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tracepoints: each transition and each drop can be watched.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
plan 4
setup a b

tr=/sys/kernel/tracing
if [ ! -d $tr/events ]; then
	for n in 1 2 3 4; do skip "tracepoint $n" "no tracefs here"; done
	finish
fi
cond "transitions" [ -d $tr/events/btns/btns_latch ]
cond "drops" [ -d $tr/events/btns/btns_drop ]
all "events/btns has the two tracepoints"
secure a b 4 0x1000
echo 1 >$tr/events/btns/enable
echo >$tr/trace
connect t a b 4 5401 || bail "no connection"
id=$(latch_id a 5401)
cond "birth" grep -q "btns_latch: id=$id state=0->3 reason=0 conflicts=0" $tr/trace
all "N07 a latch that is made is seen"
mark a
xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1
tell t.c "leak"
cond "told" within 3 says t.c 'Connection reset'
cond "break" grep -q "btns_latch: id=$id state=3->4 reason=1 " $tr/trace
cond "end" within 5 grep -q "btns_latch: id=$id state=4->0 " $tr/trace
all "N07 so are its break, with the reason, and its end"
xfrm a policy delete src $A4/32 dst $B4/32 proto tcp dir out
connect u a b 4 5402 || bail "no connection"
sport=$(seq_of u.c lport)
xfrm b policy delete src $A4/32 dst $B4/32 dir in
inject r --src $A4 --dst $B4 --sport "$sport" --dport 5402 --flags rst --seq 1
cond "drop" within 3 grep -q "btns_drop: latch=[0-9]* counter=[0-9]* family=2 .*:5402 remote=.*:$sport" $tr/trace
all "L05 a dropped packet is seen, with its latch and flow"
echo 0 >$tr/events/btns/enable
hang_up u
hang_up t
finish
