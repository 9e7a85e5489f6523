#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Compression beside ESP counts for nothing, two protections count for two, and
# AH alone is one.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 13
setup a b
knob a latch_disposition wait
knob b latch_disposition wait

# comp HOST SRC DST CPI MODE: a compressing state
comp() {
	xfrm "$1" state add src "$2" dst "$3" proto comp spi "$4" mode "$5" \
		comp deflate sel src "$2" dst "$3"
}
# comp_pair FAMILY CPI MODE
comp_pair() {
	local ax ay h

	ax=$(_addr a "$1") ay=$(_addr b "$1")
	for h in a b; do
		comp $h "$ax" "$ay" "$2" "$3" && comp $h "$ay" "$ax" $(($2 + 1)) "$3" ||
			return 1
	done
}
# with_comp VERB HOST LOCAL REMOTE MODE: policies for ESP and compression
with_comp() {
	local h=$2 l=$3 r=$4 mode=$5 out='' in='' use='level use'

	[ "$mode" = transport ] || {
		# the kernel takes no optional tunnel in this direction
		out="src $l dst $r" use=''
		in="src $r dst $l"
	}
	# shellcheck disable=SC2086
	xfrm "$h" policy "$1" src "$l" dst "$r" dir out priority 1000 \
		tmpl $out proto comp mode "$mode" $use \
		tmpl src "$l" dst "$r" proto esp mode transport &&
		xfrm "$h" policy "$1" src "$r" dst "$l" dir in priority 1000 \
			tmpl $in proto comp mode "$mode" level use \
			tmpl src "$r" dst "$l" proto esp mode transport
}
packets() { # HOST CPI: what that state has carried
	ip -s -n "$(ns "$1")" xfrm state list proto comp spi "$2" |
		sed -n '/lifetime current/{n;s/.* \([0-9]*\)(packets).*/\1/p}'
}
long=$(printf 'again and %.0s' {1..100})

# one FAMILY MODE PORT SPI CPI
one() {
	local f=$1 mode=$2 port=$3 spi=$4 cpi=$5 what="IPv$1, $2 mode" ax ay h

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	bind_pair a b "$f" "$spi" && sa_pair a b "$f" "$spi" &&
		comp_pair "$f" "$cpi" "$mode" &&
		with_comp add a "$ax" "$ay" "$mode" &&
		with_comp add b "$ay" "$ax" "$mode" || bail "no IPComp ($what)"
	mark a b
	connect "c$port" a b "$f" "$port" || bail "no connection ($what)"
	for h in a b; do
		cond "latched at $h" is_state $h "$port" established
		cond "by ESP at $h" eq "$(row $h "$port" protection)" \
			"esp transport confidentiality integrity"
	done
	cond "peer" eq "$(row a "$port" peer)" "$ID_b, proved by manual"
	if [ "$mode" = tunnel ]; then
		cond "tunnel at a" eq "$(row a "$port" tunnel)" "$ax $ay"
		cond "tunnel at b" eq "$(row b "$port" tunnel)" "$ay $ax"
	fi
	all "L01 L12 ESP with compression is latched ($what)"
	tell "c$port.c" "$long"
	cond "long packets pass" within 6 hears "c$port.s" "$long"
	cond "compressed" [ "$(packets b "$cpi")" -ge 1 ]
	tell "c$port.s" "$long"
	cond "the other way too" within 6 hears "c$port.c" "$long"
	cond "short ones pass as well" talk "c$port"
	cond "nothing was broken" grown_is a LatchBroken 0
	cond "nothing was dropped at a" grown_is a InDropBundle 0
	cond "nothing was dropped at b" grown_is b InDropBundle 0
	all "L04 L05 compressed and incompressible packets belong to one latch ($what)"
}

one 4 transport 4701 0x1000 0x1000
# policies come and go, with and without compression
mark a
xfrm a policy update src $A4 dst $B4 dir out priority 1000 \
	tmpl proto esp mode transport
cond "goes on" talk c4701
cond "established" is_state a 4701 established
with_comp update a $A4 $B4 transport
cond "goes on" talk c4701
cond "never broken" grown_is a LatchBroken 0
all "L36 a policy with or without compression protects alike"
xfrm a policy update src $A4 dst $B4 dir out priority 1000 \
	tmpl proto comp mode transport level use
cond "broken" within 3 is_state a 4701 broken bypass
all "L37 N06 a policy of compression alone protects nothing: broken, bypass"
xfrm a policy update src $A4 dst $B4 dir out priority 1000 \
	tmpl proto esp mode transport tmpl proto ah mode transport
cond "broken for the other" within 3 is_state a 4701 broken policy
with_comp update a $A4 $B4 transport
cond "mended" within 3 is_state a 4701 established
cond "goes on" talk c4701
all "L37 N08 one of ESP and AH is another protection"
hang_up c4701
within 8 no_latch a
within 8 no_latch b
wipe a b
one 4 tunnel 4702 0x1100 0x1010
hang_up c4702
wipe a b
one 6 transport 4703 0x1200 0x1020
hang_up c4703
wipe a b

# ---- AH alone ------------------------------------------------------------------
ah() { # HOST SRC DST SPI
	xfrm "$1" state add src "$2" dst "$3" proto ah spi "$4" mode transport \
		auth-trunc 'hmac(sha256)' "$(_key "$4" 32)" 128 replay-window 64
}
ah_pair() { # SPI
	local h

	for h in a b; do
		ah $h $A4 $B4 "$1" && ah $h $B4 $A4 $(($1 + 1)) || return 1
	done
}
ah_bind() { # HOST DST SPI PEER LOCAL REMOTE
	vouch "$@" proto ah
}
ah_policies() { # HOST LOCAL REMOTE [MORE TEMPLATES]
	local h=$1 l=$2 r=$3
	shift 3

	xfrm "$h" policy add src "$l" dst "$r" dir out "$@" \
		tmpl proto ah mode transport &&
		xfrm "$h" policy add src "$r" dst "$l" dir in "$@" \
			tmpl proto ah mode transport
}
if ! { ah_bind a $B4 0x2000 "$ID_b" $A4 $B4 &&
	ah_bind a $A4 0x2001 "$ID_b" $A4 $B4 &&
	ah_bind b $B4 0x2000 "$ID_a" $B4 $A4 &&
	ah_bind b $A4 0x2001 "$ID_a" $B4 $A4 &&
	ah_pair 0x2000 && ah_policies a $A4 $B4 && ah_policies b $B4 $A4; }; then
	bail "no AH"
fi
connect ah a b 4 4710 || bail "no connection under AH"
cond "latched at a" is_state a 4710 established
cond "latched at b" is_state b 4710 established
cond "kind" eq "$(row a 4710 protection)" "ah transport integrity"
cond "quality" eq "$(row b 4710 quality)" \
	"- key 0 bits, hmac(sha256), icv 128 bits, replay on, esn off"
cond "peer" eq "$(row b 4710 peer)" "$ID_a, proved by manual"
all "L01 L12 AH alone is latched as such"
mark a
bind_pair a b 4 0x2100
sa a $A4 $B4 0x2100
cond "broken" within 3 is_state a 4710 broken protection
sa_del a $B4 0x2100
cond "mended" within 3 is_state a 4710 established
cond "goes on" talk ah
all "L01 L33 N16 ESP of the same peer in its place is another protection"
hang_up ah
within 8 no_latch a
within 8 no_latch b

# ---- both ------------------------------------------------------------------------
xfrm a policy flush
xfrm b policy flush
sa_pair a b 4 0x2200
ah_policies a $A4 $B4 tmpl proto esp mode transport
ah_policies b $B4 $A4 tmpl proto esp mode transport
mark a b
sock bs b -l 4720 --json-info $B4
within 5 listening b 4720 || bail "no server"
sock bc a --json-info $B4 4720
cond "connects" within 8 event bc connected
cond "the client is told" within 3 event bc info reason bundle
cond "the server is told" within 3 event bs info reason bundle
cond "no latch at a" no_latch a 4720
cond "no latch at b" no_latch b 4720
cond "none was made" grown_is b LatchMade 0
all "L42 N17 AH and ESP together: connected, not latched, and told why"
stop bc
stop bs
sock br a --ask require $B4 4721
cond "EACCES" within 5 event br error call connect errno EACCES
all "L42 required: EACCES"
stop br
finish
