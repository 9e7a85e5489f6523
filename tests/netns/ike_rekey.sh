#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# New keys under traffic, by volume, packets and time, from one side and from both:
# no line lost, none in the clear, the latch does not notice.
# timeout: 160
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 16
setup a b

# _ran_out HOST: an SA of this daemon ended without another in its place
_ran_out() { grep -q 'is gone from the kernel' "$tmp/btnsd-$1.err"; }
# one FAMILY PORT WHAT N SETTING-OF-a SETTING-OF-b: until N key sets were used
one() {
	local f=$1 port=$2 what=$3 n=$4 ax ay va vb

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	conf a "child=$5"
	conf b "child=$6"
	daemon a
	daemon b
	want_pair a b "$f" || bail "no policies"
	monitor a "sas$port" sa
	capture "cap$port"
	connect "c$port" a b "$f" "$port" ||
		bail "no connection: $(tail_log a b)"
	within 3 key_peer a "$port" b
	va=$(values a "$port") vb=$(values b "$port")
	pump "c$port.c"
	pump "c$port.s"
	within 40 keys_min "sas$port" "$ay" "$n"
	unpump "c$port.c"
	unpump "c$port.s"
	cond "a to b" within 10 arrived "c$port.c" "c$port.s"
	cond "b to a" within 10 arrived "c$port.s" "c$port.c"
	cond "keys" keys_min "sas$port" "$ay" "$n"
	# at its hard limit, after which another is made for the next packet
	cond "a: none ran out" not _ran_out a
	cond "b: none ran out" not _ran_out b
	[ -z "$_faults" ] || note "$(tail_log a b)"
	all "N03 $what: $(keys "sas$port" "$ay") sets of keys, all that was sent arrived, in order, once"
	cond "a" eq "$(values a "$port")" "$va"
	cond "b" eq "$(values b "$port")" "$vb"
	cond "a est" is_state a "$port" established
	cond "b est" is_state b "$port" established
	all "L14 N03 $what: same latch, same values on both sides"
	is "L04 $what: nothing in the clear" "$(clear "cap$port" "$port")" 0
	cond "a" within 15 has_spis a "$ay" 1
	cond "b" within 15 has_spis b "$ax" 1
	cond "still" talk "c$port"
	[ -z "$_faults" ] || note "$(tail_log a b)"
	all "N03 $what: in the end only one pair of SAs is left"
	hang_up "c$port"
	stop "cap$port"
	stop "sas$port"
	calm a b
}

one 4 5001 "rekey by volume" 4 'bytes = 300000;' ''
one 6 5002 "both ends rekey by volume at once" 4 \
	'bytes = 300000; pfs = true;' 'bytes = 300000;'
one 4 5004 "rekey by packets" 4 'packets = 300;' ''
# its own few lines: what is left is time
one 4 5003 "rekey by time" 2 'lifetime = 10;' ''
finish
