#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Limits refuse what is too much and harm nobody else; two thousand connections
# leave no latch, no ask and no slab object.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
_need python3
plan 10
setup a b
secure a b 4 0x1000
end srv b "$(_listen_url $B4 5301),fork"
within 5 listening b 5301

# ---- latch_max ------------------------------------------------------------
knob a latch_max 3
for n in 1 2 3; do
	dial c$n a $B4 5301
	within 5 connected c$n || bail "no connection $n"
done
mark a b
dial c4 a $B4 5301
cond "refused, and again" within 5 grown_min a LatchLimit 2
cond "dropped" grown_min a OutDropLimit 2
cond "not connected" not connected c4
cond "nothing reached b" grown_is b LatchMade 0
cond "three" eq "$(latch a | wc -l)" 3
all "N15 at latch_max a connection that would be latched is held, and counted"
for n in 1 2 3; do
	tell c$n "still here $n"
	cond "carried $n" within 5 grown_min b InOk $n
	cond "established $n" eq "$(latch a | awk -v n=$n 'NR == n {print $2}')" established
done
all "the others are not harmed"
# bounded STAT MAX
bounded() {
	local k v

	read -r k v < <(ctl a stats "$1")
	echo "$k $v"
	[ "${v:-0}" -gt 0 ] && [ "$v" -le "$2" ]
}
[ -n "$BTNS_DEBUG" ] || cond "a latch" bounded LatchSize 384
cond "three, with their tables" bounded LatchMemory 8192
all "L43 the memory of latches is told, and bounded"
stop c1
check "with room again it connects by itself" within 10 connected c4
for n in 2 3 4; do stop c$n; done
within 5 no_latch a
knob a latch_max 65536
within 8 no_latch b
knob b latch_max 1
mark b
dial d1 a $B4 5301
cond "the only latch of b is the listener's" within 5 grown_min b LatchLimit 1
cond "not accepted" within 5 grown_min b InDropLimit 1
cond "not connected" not connected d1
all "N15 N18 a listener at the limit takes no connection in the clear of a latch"
knob b latch_max 65536
check "with room again it does" within 10 connected d1
stop d1

# ---- ask_max ----------------------------------------------------------------
knob a ask_max 1
sock s1 a --ask prefer --json-info $B4 5301
within 5 event s1 connected || bail "no connection"
sock s2 a --ask require $B4 5301
cond "ENOSPC" within 5 event s2 error call setsockopt errno ENOSPC
cond "not connected" not event s2 connected
stop s2
stop s1
within 5 eval 'count_all a | grep -q "^[0-9]* 0 "'
tcps s4 a $B4 5301
cond "one asks" does s4 ask prefer
cond "and asks for something else" does s4 ask require
stop s4
cond "back" within 5 eval 'count_all a | grep -q "^[0-9]* 0 "'
sock s3 a --ask require --json-info $B4 5301
cond "room again" within 5 event s3 connected
stop s3
all "L10 at ask_max an ask is refused with ENOSPC, and closed sockets make room"
knob a ask_max 65536

# ---- many -----------------------------------------------------------------
stop srv
within 8 no_latch a && within 8 no_latch b || bail "latches are left"
slab() { awk '$1 == "btns_latch" { print $2 }' /proc/slabinfo; }
slab0=$(slab)
many=2000
[ "$BTNS_SLOW" = 1 ] || many=1000
mark a b
bg_at sink b python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 5302))
s.listen(128)
while True:
    s.accept()[0].close()
' $B4
within 5 listening b 5302
at a python3 -c '
import socket, sys
for i in range(int(sys.argv[2])):
    s = socket.create_connection((sys.argv[1], 5302), 20)
    s.sendall(b"x")
    s.close()
' $B4 $many
cond "all connected" eq "$?" 0
cond "each latched at a" grown_min a LatchMade $many
cond "each latched at b" grown_min b LatchMade $many
cond "none lost at a" eq "$(grown a LatchNoMemory) $(grown a LatchLimit)" "0 0"
all "L12 L43 $many connections, each latched on both ends"
cond "none at a" within 20 no_latch a
cond "none at b" within 20 no_latch b
cond "as many released" eq "$(grown a LatchMade)" "$(grown a LatchReleased)"
all "L17 L43 closed: every latch is released"
stop sink
# the slab allocator counts what a CPU keeps at hand as in use
slab_back() { [ "$(slab)" -le $((slab0 + 500)) ]; }
if [ -r /proc/slabinfo ] && [ -n "$(slab)" ]; then
	cond "objects: $slab0, then $(slab)" within 10 slab_back
	all "L43 their memory is given back"
else
	skip "L43 their memory is given back" "this kernel does not list the slab"
fi
finish
