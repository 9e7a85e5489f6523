#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Malformed datagrams on ports 500 and 4500: btnsd lives, its memory does not
# grow, SAs and latches do not change, and it still does its work.
# timeout: 120
# shellcheck disable=SC2317,SC2015,SC2016 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 6
setup a b c
_need ikejunk

# of the reader, which is what strangers talk to
reader_b() { pgrep -P "${_pid_of[btnsd-b]}"; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$(reader_b)/status"; }
fds() { find "/proc/$(reader_b)/fd" -mindepth 1 | wc -l; }
sas() { xfrm b state list | grep -c '^src'; }
# everything that c can reach, with one seed
shower() {
	local port

	for port in 500 4500; do
		at c ikejunk $B4 $port "$1" "$2" &&
			at c ikejunk $B6 $port "$1" "$2" || return 1
	done
}
N=$((2200 / BTNS_SLOW))
[ -z "$BTNS_DEBUG" ] || N=330

for h in a b; do
	conf $h
	daemon $h
done
want_pair a b 4 || bail "no policies"
connect c a b 4 5001 || bail "no connection: $(tail_log a b)"
within 3 key_peer b 5001 a
v=$(values b 5001)
n=$(sas) fd=$(fds)
shower $N 1 >/dev/null || bail "ikejunk does not work"
first=$(memory)
shower $N 2 >/dev/null
shower $N 3 >/dev/null
last=$(memory)
cond "alive" alive btnsd-b
cond "grew from $first to $last kB" [ $((last - first)) -lt 2048 ]
cond "files" eq "$(fds)" "$fd"
[ -z "$_faults" ] || note "$(tail_log b)"
all "K23 $((N * 12)) malformed datagrams: btnsd lives, memory and files do not grow"
is "K23 no SA came of them, none went" "$(sas)" "$n"
cond "latch" eq "$(values b 5001)" "$v"
cond "data" talk c
all "L04 the connection and its latch are as before"
# what was said about them: a line each at most, and not without bound
cond "log lines" [ "$(_log b | wc -l)" -lt $((N * 12)) ]
cond "printable" not eval '_log b | LC_ALL=C grep -aq "[^[:print:][:space:]]"'
all "K23 the log is bounded, and has nothing unprintable in it"
cond "connects" connect d b a 4 5002
cond "latched" within 3 key_peer b 5002 a
all "L25 the next connection works"
quit b
cond "b starts" daemon b
tell c.c "after the restart"
cond "goes on" within 20 hears c.s "after the restart"
[ -z "$_faults" ] || note "$(tail_log a b)"
all "L16 it ends and starts as it should"
finish
