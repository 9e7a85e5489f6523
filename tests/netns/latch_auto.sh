#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that know nothing of btns latch by themselves: both ends, both
# families, both modes; what is latched can be read and never changes.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 240
plan 29
setup a b

# one FAMILY MODE PORT SPI: a connection of an unmodified program
one() {
	local f=$1 mode=$2 port=$3 spi=$4 what="IPv$1, $2 mode" h line

	secure a b "$f" "$spi" gcm256 "$mode"
	mark a b
	check "L12 a program that asks for nothing connects ($what)" \
		connect "c$port" a b "$f" "$port"
	cond "latched at the client" is_state a "$port" established
	cond "latched at the server" is_state b "$port" established
	cond "one latch at the client" grown_is a LatchMade 1
	cond "one latch at the server" grown_is b LatchMade 1
	all "L12 N05 both ends hold one established latch ($what)"

	for h in a b; do
		line=$(row $h "$port" protection)
		cond "kind and mode at $h" eq "$line" \
			"esp $mode confidentiality integrity"
		line=$(row $h "$port" quality)
		cond "QoP at $h" eq "$line" \
			"rfc4106(gcm(aes)) key 256 bits, icv 128 bits, replay on, esn off"
	done
	cond "peer at a" eq "$(row a "$port" peer)" "$ID_b, proved by manual"
	cond "peer at b" eq "$(row b "$port" peer)" "$ID_a, proved by manual"
	cond "self at a" eq "$(row a "$port" self)" "$ID_a, proved by manual"
	cond "self at b" eq "$(row b "$port" self)" "$ID_b, proved by manual"
	all "L01 L06 all five latched values can be read on both ends ($what)"
	if [ "$mode" = tunnel ]; then
		cond "outer addresses at a" eq "$(row a "$port" tunnel)" \
			"$(_addr a "$f") $(_addr b "$f")"
		cond "outer addresses at b" eq "$(row b "$port" tunnel)" \
			"$(_addr b "$f") $(_addr a "$f")"
		all "L06 the outer addresses of the tunnel are shown ($what)"
	fi
	cond "packets checked in at a" grown_min a InOk 2
	cond "packets checked out at b" grown_min b OutOk 2
	all "L12 the packets of the flow are carried by the latch ($what)"
	hang_up "c$port"
	wipe a b
}

one 4 transport 4001 0x1000
one 6 transport 4002 0x1100
one 4 tunnel 4003 0x1200
one 6 tunnel 4004 0x1300

# ---- values never change --------------------------------------------------
secure a b 4 0x2000
connect rekey a b 4 4010 || bail "no connection to rekey"
before_a=$(values a 4010) before_b=$(values b 4010)
# the new pair comes, then the old one goes; three times
rc=0
for spi in 0x2010 0x2020 0x2030; do
	bind_pair a b 4 $spi && sa_pair a b 4 $spi || rc=1
	del_pair a b 4 $((spi - 16)) || rc=1
	talk rekey || rc=1
done
is "L14 N03 a connection goes on over three rekeys by hand" "$rc" 0
cond "values at a" eq "$(values a 4010)" "$before_a"
cond "values at b" eq "$(values b 4010)" "$before_b"
all "L14 N03 latch id and all values are what they were"
cond "a" is_state a 4010 established
cond "b" is_state b 4010 established
all "N03 SAs of the same peer and quality break nothing"

# ---- a suite with separate integrity ---------------------------------
hang_up rekey
wipe a b
secure a b 4 0x2100 cbc
connect cbc a b 4 4011 || bail "no connection with AES-CBC"
is "L01 a suite of cipher and integrity algorithm is latched as such" \
	"$(row a 4011 quality)" \
	"cbc(aes) key 256 bits, hmac(sha256), icv 128 bits, replay on, esn off"
hang_up cbc

# ---- nobody vouched ---------------------------------------------------------
wipe a b
sa_pair a b 4 0x2200
protect_pair a b 4
connect anon a b 4 4012 || bail "no connection without identities"
cond "a" eq "$(row a 4012 peer)" none
cond "a" is_state a 4012 established
all "L12 an SA that nobody vouched for is latched by its parameters"
hang_up anon
knob a latch_unidentified 0
mark a b
connect anon2 a b 4 4013 || bail "no connection without identities"
cond "no latch at a" no_latch a 4013
cond "a latch at b" is_state b 4013 established
cond "counted at a" grown_min a OutNoLatch 1
all "L13 N14 net.btns.latch_unidentified=0: such an SA is not latched"
hang_up anon2
knob a latch_unidentified 1

# ---- the switch -------------------------------------------------------------
wipe a b
secure a b 4 0x2300
knob a latch_auto 0
mark a b
connect off a b 4 4014 || bail "no connection with the switch off"
cond "none at a" no_latch a 4014
cond "still one at b" is_state b 4014 established
cond "none made at a" grown_is a LatchMade 0
all "L13 net.btns.latch_auto=0: the same program gets no latch, per namespace"
cond "hooks of a" grep -q 'packet hooks off' <(ctl a status)
cond "hooks of b" grep -q 'packet hooks on' <(ctl b status)
all "L13 with the switch off and no latch the packet hooks are gone"
hang_up off
knob a latch_auto 1
check "L13 switched on again it latches again" connect on a b 4 4015
is "L12 ... at the client too" "$(state_of a 4015)" established

# ---- never without protection -------------------------------------------------
hang_up on
wipe a b
connect clear a b 4 4016 || bail "no connection in the clear"
cond "a" no_latch a 4016
cond "b" no_latch b 4016
all "N14 a connection that policy does not protect is not latched"
finish
