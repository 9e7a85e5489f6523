#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net.btns.latch_protect: an established latch holds by policies of its socket's
# own, so that an edit of the SPD neither unprotects nor breaks it. Off, which it
# is unless switched on, no policy is added anywhere.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 11
setup a b

spd() { xfrm "$1" policy list | grep -v '^ *lifetime'; }
own() {
	local n

	n=$(xfrm "$1" policy list | grep -c 'socket \(in\|out\)')
	eq "$n" "$2"
}
# so that what is broken stays to be looked at
knob a latch_disposition wait
secure a b 4 0x1000
secure a b 6 0x1100
dump_a=$(spd a) dump_b=$(spd b)

# ---- off ----------------------------------------------------------------------------
connect n a b 4 5500 || bail "no connection"
cond "nothing more in a" eq "$(spd a)" "$dump_a"
cond "nothing more in b" eq "$(spd b)" "$dump_b"
xfrm a policy delete src $A4/32 dst $B4/32 dir out
cond "breaks" within 5 is_state a 5500 broken bypass
all "N01 N02 L37 off: no policy is added, and an edit breaks the latch"
hang_up n
xfrm a policy flush
xfrm b policy flush
protect_pair a b 4
protect_pair a b 6
within 5 no_latch a || note "a latch stays"
dump_a=$(spd a) dump_b=$(spd b)

# ---- on -------------------------------------------------------------------------------
knob a latch_protect 1
knob b latch_protect 1
# edits FAMILY: what an edit of the SPD may be
edits() {
	local l r

	l=$(_addr a "$1") r=$(_addr b "$1")
	xfrm a policy delete src "$l" dst "$r" dir out
	cond "deleted: goes on" talk e
	xfrm a policy add src "$l" dst "$r" dir out priority 1 action allow
	cond "bypass: goes on" talk e
	xfrm a policy update src "$l" dst "$r" dir out priority 1 action block
	cond "block: goes on" talk e
	xfrm a policy update src "$l" dst "$r" dir out priority 1 \
		tmpl proto ah mode transport
	cond "another protocol: goes on" talk e
	xfrm a policy flush
	cond "flushed: goes on" talk e
	xfrm b policy flush
	cond "flushed at the acceptor: goes on" talk e
}
for f in 4 6; do
	connect e a b $f 55$f || bail "no connection"
	before_a=$(values a 55$f) before_b=$(values b 55$f)
	cond "a pair in a" within 5 own a 2
	cond "a pair in b" within 5 own b 2
	capture wire
	edits $f
	cond "established in a" is_state a 55$f established
	cond "established in b" is_state b 55$f established
	cond "values of a" eq "$(values a 55$f)" "$before_a"
	cond "values of b" eq "$(values b 55$f)" "$before_b"
	cond "nothing in the clear" eq "$(captured wire "tcp port 55$f")" 0
	cond "not its text either" not in_clear wire "from client"
	stop wire
	all "L35 L36 L38 on, IPv$f: after each edit of the SPD the flow goes on, same SA parameters"
	hang_up e
	cond "nothing left in a" within 8 own a 0
	cond "nothing left in b" within 8 own b 0
	all "L17 L39 L18 the entries are gone with the connection"
	xfrm a policy flush
	xfrm b policy flush
	protect_pair a b 4
	protect_pair a b 6
done
cond "a as before" eq "$(spd a | sort)" "$(sort <<<"$dump_a")"
cond "b as before" eq "$(spd b | sort)" "$(sort <<<"$dump_b")"
all "N01 the databases are what the administrator made them"

# ---- an administrator can still break it -------------------------------------------------
connect k a b 4 5601 || bail "no connection"
cond "a pair in a" within 5 own a 2
ctl a latch break id "$(latch_id a 5601)" >/dev/null
cond "broken" within 3 is_state a 5601 broken admin
cond "for good" not within 1 is_state a 5601 established
all "L62 an administrator breaks a latch that holds by itself"
hang_up k

# ---- SAs go and come -------------------------------------------------------------------------
connect x a b 4 5602 || bail "no connection"
cond "a pair in a" within 5 own a 2
xfrm a policy flush
xfrm a state flush
xfrm b state flush
nap 0.2
cond "waits" is_state a 5602 established
bind_pair a b 4 0x1300
sa_pair a b 4 0x1300
cond "goes on" talk x
cond "no clear" is_state a 5602 established
all "L15 L38 N03 without SAs it waits, under new ones of the same peer it goes on"
vouch a $B4 0x1500 "$ID_c" $A4 $B4
sa a $A4 $B4 0x1500
cond "breaks" within 5 is_state a 5602 broken peer
all "L33 L34 an SA of another peer breaks it all the same"
hang_up x
wipe a b
cond "none left" within 8 own a 0

# ---- many at once, and the switch off ----------------------------------------------------------
secure a b 4 0x1600
for i in 1 2 3 4; do
	connect "y$i" a b 4 561$i || bail "no connection"
done
cond "four pairs" within 5 own a 8
for i in 1 2 3 4; do
	hang_up "y$i"
done
cond "none" within 8 own a 0
all "L17 L57 four connections have four pairs; none is left"
knob a latch_protect 0
knob b latch_protect 0
connect z a b 4 5621 || bail "no connection"
nap 0.2
cond "none" own a 0
hang_up z
all "N02 switched off again, no policy object appears"
finish
