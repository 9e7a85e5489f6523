#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From birth to end: SAs come and go under a latch, connections end in every
# way, modules and namespaces go; latches stay exactly as long as they should.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 15
setup a b c
secure a b 4 0x1000

# ---- SAs expire and are replaced ------------------------------------------
bg_at acq a ip xfrm monitor acquire
connect life a b 4 4901 || bail "no connection"
id=$(latch_id a 4901)
before=$(values a 4901)
mark a b
bind_pair a b 4 0x1010
hard=$((4 * BTNS_SLOW))
for h in a b; do
	sa $h $A4 $B4 0x1010 gcm256 transport limit time-hard "$hard"
	sa $h $B4 $A4 0x1011 gcm256 transport limit time-hard "$hard"
done
del_pair a b 4 0x1000
cond "goes on" talk life
gone() { [ "$(xfrm "$1" state count | awk '{print $4}')" = 0 ]; }
expired() { ! xfrm "$1" state list | grep -q 'spi 0x00001010'; }
cond "expired at a" within 12 expired a
cond "expired at b" within 12 expired b
cond "bindings gone" within 3 eval '[ -z "$(ctl a sa list)" ]'
tell life.c "said without an SA"
cond "held as if lost" within 5 grown_min a OutDropLarval 2
cond "not broken" is_state a 4901 established
cond "nor counted" grown_is a LatchBroken 0
all "L15 N03 all SAs expired: packets are lost, the latch stays"
bind_pair a b 4 0x1020
sa_pair a b 4 0x1020
cond "the line arrives" within 10 hears life.s "said without an SA"
cond "goes on" talk life
cond "same latch" eq "$(latch_id a 4901)" "$id"
cond "same values" eq "$(values a 4901)" "$before"
all "L14 L15 N03 fresh SAs of the same peer: it goes on, with the same id and values"
xfrm a state flush
xfrm b state flush
tell life.c "said after a flush"
cond "held as if lost" within 5 grown_min a OutDropLarval 4
cond "not broken" is_state a 4901 established
bind_pair a b 4 0x1030
sa_pair a b 4 0x1030
cond "the line arrives" within 10 hears life.s "said after a flush"
cond "same latch" eq "$(values a 4901)" "$before"
all "L16 N03 the states are flushed, as by a restart of the helper: lost, then found, not broken"
stop acq

# ---- the module stays while it protects ---------------------------------------
msg=$(rmmod btns 2>&1)
cond "refused" [ -n "$msg" ]
cond "in use" grep -qi 'in use' <<<"$msg"
cond "works on" talk life
all "L43 the module cannot be unloaded while a latch lives"
hang_up life
cond "a" within 5 no_latch a
cond "b" within 5 no_latch b
all "L17 L43 closed on both ends: the latches go"

# ---- connections end in every way ----------------------------------------------
n=0
# ends WHAT COMMAND: after it the latches go at both ends
ends() {
	local what=$1 port=$((4910 + (n += 1)))

	connect "e$port" a b 4 $port || bail "no connection"
	cond "latched" is_state a $port established
	$2 "e$port"
	cond "none at a" within 8 no_latch a $port
	cond "none at b" within 8 no_latch b $port
	all "L17 L43 $what: the latches go"
	hang_up "e$port"
}
kill_client() { stop "$1.c" KILL; }
kill_both() {
	kill -s KILL "${_pid_of[$1.c]}" "${_pid_of[$1.s]}"
	stop "$1.c"
	stop "$1.s"
}
reset_it() { # the server has unread data when it is killed: it sends a RST
	kill -STOP "${_pid_of[$1.s]}"
	tell "$1.c" "never read"
	within 3 eval '[ "$(at b ss -Htn sport = :'"$port"' | awk "{print \$2}")" -gt 0 ]'
	stop "$1.s" KILL
	within 3 says "$1.c" 'reset' || stop "$1.c"
}
ends "the client is killed" kill_client
ends "both programs are killed" kill_both
ends "the server resets" reset_it

# ---- TIME_WAIT ------------------------------------------------------------------
at a sysctl -q -w net.ipv4.tcp_max_tw_buckets=1000
serve tw.s b $B4 4920
dial tw.c a $B4 "4920,bind=$A4:45000,reuseaddr"
within 5 connected tw.c && within 5 connected tw.s || bail "no connection"
id=$(latch_id a 4920)
stop tw.c
stop tw.s
cond "TIME_WAIT" within 5 eval 'at a ss -Htn state time-wait | grep -q :4920'
cond "none at b" within 5 no_latch b 4920
cond "the latch is there" is_state a 4920 established
# a late clear segment of the old connection
mark a
xfrm a policy delete src $B4/32 dst $A4/32 dir in
inject r --src $B4 --dst $A4 --sport 4920 --dport 45000 --flags fin,ack \
	--seq 77 --ack 78
cond "still shielded" within 3 grown_min a InDropClear 1
all "L43 a connection in TIME_WAIT may still send: its latch stays"
# the same 5-tuple again: a new connection, a new latch
serve tw2.s b $B4 4920
at a sysctl -q -w net.ipv4.tcp_tw_reuse=1
dial tw2.c a $B4 "4920,bind=$A4:45000,reuseaddr"
if within 5 connected tw2.c; then
	cond "latched" is_state a 4920 established
	cond "another latch" not eq "$(latch_id a 4920)" "$id"
	cond "only one" eq "$(latch a port 4920 | wc -l)" 1
	all "L43 N05 the 5-tuple is used again: the old latch goes, the new connection has its own"
else
	skip "L43 N05 the 5-tuple is used again" "TCP does not reuse it in time"
fi
at a sysctl -q -w net.ipv4.tcp_max_tw_buckets=0
stop tw2.s
stop tw2.c
if at a ss -Kt state time-wait >/dev/null 2>&1 && within 3 eval \
	'! at a ss -Htn state time-wait | grep -q .'; then
	cond "none at a" within 5 no_latch a
	all "L17 L43 TIME_WAIT is over: the latch goes"
elif within 3 no_latch a; then
	pass "L17 L43 TIME_WAIT is over: the latch goes"
else
	skip "L17 L43 TIME_WAIT is over" "this kernel cannot end it early"
fi

# ---- bindings end with their SAs -----------------------------------------------
ctl a sa list >"$tmp/sas"
cond "two are there" eq "$(wc -l <"$tmp/sas")" 2
sa_del a $B4 0x1030
cond "deleted: one" eq "$(ctl a sa list | wc -l)" 1
xfrm a state flush proto esp
cond "flushed: none" within 3 eval '[ -z "$(ctl a sa list)" ]'
all "N03 a binding goes with its SA: deleted, flushed, expired"

# ---- a namespace dies with a live latch --------------------------------------------
wipe a b c
secure c b 4 0x2000
connect nsd c b 4 4930 || bail "no connection"
cond "latched at c" is_state c 4930 established
used() { awk '$1 == "btns" { print $3 }' /proc/modules; }
with=$(used)
ip netns del "$(ns c)"
leave c
_hosts="a b"
stop nsd.c KILL
cond "its latches are given back" within 10 eval '[ "$(used)" -lt '"$with"' ]'
cond "b's connection has a latch yet" is_state b 4930 established
all "L43 a namespace is destroyed with a live latch in it: nothing stays"
stop nsd.s
cond "none at b" within 8 no_latch b
cond "nor a use of the module" within 5 eval '[ "$(used)" = 0 ]'
all "L43 and the other end's goes with its socket"

# ---- nothing survives the module ------------------------------------------------------
reload() {
	ctl a pad add name any btns any >/dev/null
	wipe a b
	secure a b 4 0x3000
	connect rl a b 4 4940 || bail "no connection"
	hang_up rl
	within 5 no_latch a
	within 5 no_latch b
	cond "unloads" within 5 rmmod btns
	cond "no counters" [ ! -e /proc/net/btns_stat ]
	cond "no sysctl" [ ! -e /proc/sys/net/btns ]
	cond "loads again" insmod "$BTNS_KO"
	cond "no latch" eq "$(ctl a latch list)" ""
	cond "no binding" eq "$(ctl a sa list)" ""
	cond "no PAD entry" eq "$(ctl a pad list)" ""
	cond "counters at zero" eq "$(at a awk '{ n += $2 } END { print n }' \
		/proc/net/btns_stat)" 0
	cond "defaults" eq "$(at a sysctl -n net.btns.latch_disposition)" reset
	all "L18 L39 N10 unloaded and loaded again: nothing of before is there"
	at a sysctl -q -w net.btns.latch_gc_ms=50
	at b sysctl -q -w net.btns.latch_gc_ms=50
}
if [ "$BTNS_DEBUG" = kasan ]; then
	# it keeps the shadow of the globals of a module that is gone
	skip "L18 L39 N10 unloaded and loaded again" "KASAN in user-mode Linux cannot load a module twice"
else
	reload
fi
finish
