#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net.btns.*: there, per namespace, with their defaults and limits; what is
# wrong is refused and changes nothing.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
plan 21
setup a b

ip netns add "$(ns fresh)" || bail "no namespace"
get() { at "$1" sysctl -n "net.btns.$2"; }
rows=(
	"latch_auto 1"
	"latch_unidentified 1"
	"latch_disposition reset"
	"latch_max 65536"
	"latch_gc_ms 1000"
	"pad_mode 1"
	"ask_max 65536"
	"latch_idle 180"
	"latch_max_user 49152"
	"ask_max_user 49152"
	"latch_icmp 1"
	"icmp_min_mtu 552"
	"embryo_max 16384"
	"embryo_max_peer 4096"
	"latch_protect 0"
)
for row in "${rows[@]}"; do
	# shellcheck disable=SC2086
	set -- $row
	cond "$1" eq "$(get fresh "$1")" "$2"
done
cond "no more, no fewer" eq "$(at fresh sysctl -N -a 2>/dev/null | grep -c '^net\.btns\.')" ${#rows[@]}
all "L60 a new namespace has the documented defaults"

# range NAME GOOD... -- BAD...
range() {
	local name=$1 v bad=
	shift

	for v in "$@"; do
		if [ "$v" = -- ]; then
			bad=1
		elif [ "$bad" ]; then
			cond "refused: $v" not knob fresh "$name" "$v"
			cond "unchanged by $v" eq "$(get fresh "$name")" "$last"
		else
			cond "taken: $v" knob fresh "$name" "$v"
			cond "read: $v" eq "$(get fresh "$name")" "$v"
			last=$v
		fi
	done
	all "net.btns.$name takes what it may and refuses the rest"
}
last=
range latch_auto 0 1 -- 2 -1 x "" 99999999999
range latch_unidentified 0 1 -- 2 -1 yes
range latch_disposition wait unreachable reset -- resetting rese default none "" \
	"wait reset" 1 "$(printf '%0200d' 0)"
range latch_max 0 1 1048576 -- -1 1048577 x
range latch_gc_ms 10 600000 50 -- 9 600001 0 -1
range pad_mode 0 1 2 -- 3 -1
range ask_max 0 1048576 65536 -- -1 1048577
range latch_idle 1 86400 180 -- 0 86401
range latch_max_user 0 1 1048576 -- -1 1048577 x
range ask_max_user 0 1048576 49152 -- -1 1048577
range latch_icmp 0 1 -- 2 -1
range icmp_min_mtu 68 65535 552 -- 67 65536 0
range embryo_max 0 1048576 16384 -- -1 1048577
range embryo_max_peer 0 1048576 4096 -- -1 1048577
range latch_protect 1 0 -- 2 -1 x

# the look that comes in ten minutes comes now
secure a b 4 0x1000
knob a latch_gc_ms 600000
connect c a b 4 5701 || bail "no connection"
cond "latched" is_state a 5701 established
hang_up c
cond "yet there" not no_latch a 5701
knob a latch_gc_ms 50
cond "gone" within 8 no_latch a 5701
all "L43 net.btns.latch_gc_ms holds as soon as it is written"

knob a latch_auto 0
knob a latch_disposition wait
knob a pad_mode 2
cond "b" eq "$(get b latch_auto) $(get b latch_disposition) $(get b pad_mode)" \
	"1 reset 0"
all "L13 each namespace has its own"
for n in latch_auto latch_disposition pad_mode; do
	cond "$n" not at a setpriv --reuid 65534 --regid 65534 --clear-groups \
		sysctl -q -w "net.btns.$n=1"
	cond "readable" at a setpriv --reuid 65534 --regid 65534 --clear-groups \
		sysctl -n "net.btns.$n"
done
all "L11 an unprivileged user may read them and not write"
cond "shown" grep -qE '\blatch_disposition *wait' <(ctl a status)
all "btnsctl status shows them"
cond "hooks on in b" grep -q 'packet hooks on' <(ctl b status)
knob b latch_auto 0
cond "hooks off in b" within 3 eval 'ctl b status | grep -q "packet hooks off"'
knob b pad_mode 2
cond "hooks on for strict" grep -q 'packet hooks on' <(ctl b status)
knob b pad_mode 0
cond "hooks off again" within 3 eval 'ctl b status | grep -q "packet hooks off"'
all "L13 the packet hooks are there only while a knob or a latch needs them"
ip netns del "$(ns fresh)"
finish
