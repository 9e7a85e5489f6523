#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# New keys under traffic, by volume, packets and time, from one side and from both:
# no line lost, none in the clear, the latch does not notice.
# timeout: 160
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 20
setup a b

# _ran_out HOST: an SA of this daemon ended without another in its place
_ran_out() { grep -q 'is gone from the kernel' "$tmp/btnsd-$1.err"; }
# limits HOST SETTING: each of its SAs has in the kernel what that and the
# defaults say: the soft limit up to a tenth before the number, the hard one at
# twice that; no soft limit of time, for that is btnsd's own
limits() {
	local bytes='' packets=2000000000 life=3600

	[[ $2 =~ bytes\ =\ ([0-9]+) ]] && bytes=${BASH_REMATCH[1]}
	[[ $2 =~ packets\ =\ ([0-9]+) ]] && packets=${BASH_REMATCH[1]}
	[[ $2 =~ lifetime\ =\ ([0-9]+) ]] && life=${BASH_REMATCH[1]}
	at "$1" ip -s xfrm state list | awk -v bytes="$bytes" \
		-v packets="$packets" -v hard=$((life + life / 10 + 60)) '
		function look(most) {
			n++
			if (!most)
				good += $3 == "(INF)(bytes)," && $5 == "(INF)(bytes)"
			else
				good += $3 + 0 >= most * 0.9 && $3 + 0 <= most &&
					$5 + 0 == most * 2
		}
		$1 == "proto" { mine = $4 != "0x00000000"; sas += mine }
		!mine { next }
		$1 == "limit:" && /bytes/ { print; look(bytes) }
		$1 == "limit:" && /packets/ { print; look(packets) }
		$1 " " $2 == "expire add:" {
			print
			n++
			good += $4 == "0(sec)," && $6 == hard "(sec)"
		}
		END { exit !(sas >= 2 && n == 3 * sas && good == n) }'
}
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
	cond "a" limits a "$5"
	cond "b" limits b "$6"
	all "K62 $what: the kernel has the limits of the configuration"
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
