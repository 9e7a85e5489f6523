#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a rekey may change and what it may not: SAs for single CPUs, extended
# sequence numbers.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 90
plan 5
setup a b
knob a latch_disposition wait
knob b latch_disposition wait

# ---- an SA for each CPU ------------------------------------------------------
# cpu_pair SPI CPU: that pair of SAs is for that CPU, on both
cpu_pair() {
	at a sacpu out $A4 $B4 "$1" "$2" && at b sacpu in $A4 $B4 "$1" "$2" &&
		at b sacpu out $B4 $A4 $(($1 + 1)) "$2" &&
		at a sacpu in $B4 $A4 $(($1 + 1)) "$2"
}
carried() { # HOST SPI: has that SA carried packets
	ip -s -n "$(ns "$1")" xfrm state list spi "$2" |
		grep -A1 'lifetime current' | grep -q '[1-9][0-9]*(packets)'
}
any_carried() { carried a 0x1100 || carried a 0x1110; }

secure a b 4 0x1000
connect cpu a b 4 4901 || bail "no connection"
cond "latched" is_state a 4901 established
before_a=$(values a 4901) before_b=$(values b 4901)
mark a b
bind_pair a b 4 0x1100
bind_pair a b 4 0x1110
cpu_pair 0x1100 0 2>"$tmp/cpu.err"
rc=$?
if [ $rc = 4 ]; then
	for i in 1 2; do
		skip "N03 N16 point $i" "this kernel has no SAs for single CPUs"
	done
else
	cond "for the first CPU" eq $rc 0
	[ "$(nproc)" -lt 2 ] || cond "for the second" cpu_pair 0x1110 1
	cond "goes on" talk cpu
	del_pair a b 4 0x1000
	cond "without the one for all" talk cpu
	cond "goes on" talk cpu
	cond "by an SA for a CPU" any_carried
	cond "established at a" is_state a 4901 established
	cond "established at b" is_state b 4901 established
	cond "never broken at a" grown_is a LatchBroken 0
	cond "never broken at b" grown_is b LatchBroken 0
	cond "values at a" eq "$(values a 4901)" "$before_a"
	cond "values at b" eq "$(values b 4901)" "$before_b"
	all "L14 N03 N16 SAs that differ in their CPU alone are congruent"
	vouch a $B4 0x1120 "$ID_c" $A4 $B4
	cond "broken" within 3 is_state a 4901 broken peer
	at a sacpu out $A4 $B4 0x1120 0
	cond "stays so" not within 1 is_state a 4901 established
	sa_del a $B4 0x1120
	cond "mended" within 3 is_state a 4901 established
	cond "goes on" talk cpu
	all "L33 N08 N16 one of another peer is a conflict whichever CPU it is for"
fi
hang_up cpu
within 8 no_latch a
within 8 no_latch b
wipe a b

# ---- extended sequence numbers -------------------------------------------------
esn="replay-window 64 flag esn"
bind_pair a b 4 0x2000
# shellcheck disable=SC2086
sa_pair a b 4 0x2000 gcm256 transport $esn || bail "no ESN"
protect_pair a b 4
connect esn a b 4 4902 || bail "no connection with ESN"
cond "at a" eq "$(row a 4902 quality)" \
	"rfc4106(gcm(aes)) key 256 bits, icv 128 bits, replay on, esn on"
cond "at b" eq "$(row b 4902 quality)" "$(row a 4902 quality)"
all "L01 extended sequence numbers are latched"
mark a b
bind_pair a b 4 0x2010
# shellcheck disable=SC2086
sa_pair a b 4 0x2010 gcm256 transport $esn
del_pair a b 4 0x2000
cond "goes on" talk esn
cond "established at a" is_state a 4902 established
cond "established at b" is_state b 4902 established
cond "never broken" grown_is a LatchBroken 0
all "L14 N03 rekeyed with them, the connection goes on"
bind_pair a b 4 0x2020
sa a $A4 $B4 0x2020
cond "broken" within 3 is_state a 4902 broken qop
sa_del a $B4 0x2020
cond "mended" within 3 is_state a 4902 established
cond "goes on" talk esn
all "L01 L33 N08 N16 rekeyed without them: broken, qop"
hang_up esn
finish
