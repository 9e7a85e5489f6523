#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Marks: SAs and policies with a mark are for the flows whose packets have it,
# and for no others.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 13
setup a b
_need nft
knob a latch_disposition wait
knob b latch_disposition wait

SO_MARK=,setsockopt-listen=1:36:i
# marked_out SPI MARK: a protects what it sends to b with that mark; what comes
# back has none
marked_out() {
	xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1000 \
		mark "$2" tmpl proto esp mode transport &&
		vouch a $B4 "$1" "$ID_b" $A4 $B4 mark "$2" &&
		vouch a $A4 $(($1 + 1)) "$ID_b" $A4 $B4 &&
		sa a $A4 $B4 "$1" gcm256 transport mark "$2" &&
		sa a $B4 $A4 $(($1 + 1)) &&
		vouch b $B4 "$1" "$ID_a" $B4 $A4 &&
		vouch b $A4 $(($1 + 1)) "$ID_a" $B4 $A4 &&
		sa b $A4 $B4 "$1" && sa b $B4 $A4 $(($1 + 1)) &&
		protect b $B4 $A4
}

# ---- outbound ----------------------------------------------------------------
marked_out 0x1000 5 || bail "no marked SAs"
serve out.s b $B4 4501
dial out.c a $B4 4501 ${SO_MARK}5
cond "connected" talk out
cond "latched at a" is_state a 4501 established
cond "latched at b" is_state b 4501 established
cond "to whom" eq "$(row a 4501 peer)" "$ID_b, proved by manual"
cond "the mark is shown" eq "$(row a 4501 mark)" "in 0x5 out 0x5"
cond "in JSON too" grep -q '"mark_out":5' \
	<(ctl a -j latch show "$(latch_id a 4501)")
cond "b has none" eq "$(row b 4501 mark)" ""
all "L12 an SA and a policy with a mark: the flow with that mark is latched"

mark a
# policies for another mark, and for no mark: nothing to this flow
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 10 mark 6 action allow
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 12 mark 13 action block
cond "still there" talk out
cond "established" is_state a 4501 established
cond "never broken" grown_is a LatchBroken 0
all "L35 N06 policies for another mark change nothing"
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 10 mark 1 mask 1 \
	action allow
cond "broken" within 3 is_state a 4501 broken bypass
xfrm a policy delete src $A4/32 dst $B4/32 dir out mark 1 mask 1
cond "mended" within 3 is_state a 4501 established
cond "goes on" talk out
all "L36 L37 N06 N08 a policy whose mask takes the flow's mark in breaks, and its end mends"
xfrm a policy delete src $A4/32 dst $B4/32 dir out mark 6
xfrm a policy delete src $A4/32 dst $B4/32 dir out mark 13

mark a
vouch a $B4 0x1050 "$ID_c" $A4 $B4 mark 6
sa a $A4 $B4 0x1050 gcm256 transport mark 6
cond "bound and installed" eq "$(xfrm a state list spi 0x1050 | grep -c '^src')" 1
cond "goes on" talk out
cond "established" is_state a 4501 established
cond "never broken" grown_is a LatchBroken 0
cond "and would not break" eq "$(ctl a sa check dst $B4 spi 0x1051 peer "$ID_c" \
	self "$ID_a" local $A4/32 remote $B4/32 mark 6)" ok
all "L31 N16 another peer's SA with another mark is no conflict"
cond "would break" eq "$(ctl a sa check dst $B4 spi 0x1060 peer "$ID_c" \
	self "$ID_a" local $A4/32 remote $B4/32 mark 5/7)" \
	"conflict latch $(latch_id a 4501)"
sa a $A4 $B4 0x1060 gcm256 transport mark 5 mask 7
cond "broken" within 3 is_state a 4501 broken unidentified
cond "deleted" xfrm a state delete src $A4 dst $B4 proto esp spi 0x1060 \
	mark 5 mask 7
cond "mended" within 3 is_state a 4501 established
cond "goes on" talk out
all "L33 N08 N16 an SA whose mask takes the flow's mark in is one"

# two SAs may share everything but their mark: a binding is of one of them
mark a
xfrm a state delete src $A4 dst $B4 proto esp spi 0x1050 mark 6
cond "the binding went with its SA" within 3 eq "$(ctl a sa list | wc -l)" 2
vouch a $B4 0x1070 "$ID_b" $A4 $B4 mark 6
sa a $A4 $B4 0x1070 gcm128 transport mark 5
cond "not vouched for" within 3 is_state a 4501 broken unidentified
xfrm a state delete src $A4 dst $B4 proto esp spi 0x1070 mark 5
cond "mended" within 3 is_state a 4501 established
cond "the other one's binding stays" eq "$(ctl a sa list |
	grep -c 'mark 0x6/0xffffffff')" 1
ctl a sa unbind dst $B4 spi 0x1070
all "L01 N16 a binding is of the SA with its mark, and of no other"

# ---- not marked, other mark -----------------------------------------------
mark a
sock none a --ask require $B4 4502
cond "EACCES" within 5 event none error call connect errno EACCES
stop none
cond "no latch" within 5 no_latch a 4502
all "L42 a socket without the mark has no protection: EACCES if it requires it"
hang_up out
within 8 no_latch a
wipe a b

# ---- inbound ---------------------------------------------------------------
# b sees what comes from a marked 9, before IPsec
at b nft -f - <<'N'
table inet m {
	chain pre {
		type filter hook prerouting priority mangle;
		ip saddr 10.1.0.1 meta mark set 9
	}
}
N
bind_pair a b 4 0x2000 && sa_pair a b 4 0x2000 && protect a $A4 $B4 ||
	bail "no SAs"
xfrm b state delete src $A4 dst $B4 proto esp spi 0x2000
vouch b $B4 0x2000 "$ID_a" $B4 $A4 mark 9/0xf
sa b $A4 $B4 0x2000 gcm256 transport mark 9 mask 0xf
xfrm b policy add src $A4/32 dst $B4/32 dir in priority 1000 mark 9 \
	tmpl proto esp mode transport
xfrm b policy add src $B4/32 dst $A4/32 dir out priority 1000 \
	tmpl proto esp mode transport
connect in a b 4 4510 || bail "no connection with inbound marks"
cond "latched" is_state b 4510 established
cond "mark" eq "$(row b 4510 mark)" "in 0x9 out 0"
cond "peer" eq "$(row b 4510 peer)" "$ID_a, proved by manual"
cond "both ways" talk in
all "L12 N17 an inbound SA with a mark: latched by the listener, answers have no mark"
mark b
vouch b $B4 0x2050 "$ID_c" $B4 $A4 mark 8/0xf
sa b $A4 $B4 0x2050 gcm256 transport mark 8 mask 0xf
cond "goes on" talk in
cond "never broken" grown_is b LatchBroken 0
all "N16 another peer's inbound SA with another mark is no conflict"
vouch b $B4 0x2060 "$ID_c" $B4 $A4 mark 1/1
sa b $A4 $B4 0x2060 gcm256 transport mark 1 mask 1
cond "broken" within 3 is_state b 4510 broken peer
xfrm b state delete src $A4 dst $B4 proto esp spi 0x2060 mark 1 mask 1
cond "mended" within 3 is_state b 4510 established
all "L33 N08 N16 one whose mask takes the mark in is"
hang_up in
within 8 no_latch b
# what the kernel answers with follows the SYN's mark if it is told to
at b sysctl -q -w net.ipv4.tcp_fwmark_accept=1
connect both a b 4 4511 || bail "no connection"
is "L12 tcp_fwmark_accept: the answers have the SYN's mark" \
	"$(row b 4511 mark)" "in 0x9 out 0x9"
hang_up both
within 8 no_latch a

# ---- who may have which SA ---------------------------------------------------
wipe a b
knob a pad_mode 1
ctl a pad add name b btns key "${ID_b#key:}" addr $B4 >/dev/null
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 1000 mark 5 \
	tmpl proto esp mode transport
index=$(ctl a policy list | cut -d' ' -f1)
# may WORDS...: what the module says of an SA of b
may() {
	ctl a sa check dst $B4 spi 0x3000 peer "$ID_b" method btns \
		self "$ID_a" local $A4/32 remote $B4/32 "$@"
}
cond "not without btns-ok" eq "$(may mark 5)" policy-refused
cond "flag" ctl a policy set index "${index:-0}" btns-ok on
cond "with it" eq "$(may mark 5)" ok
cond "not for all marks" eq "$(may)" policy-refused
cond "not for other marks" eq "$(may mark 6)" policy-refused
cond "not for more marks" eq "$(may mark 1/1)" policy-refused
all "L30 U09 a policy with a mark lets in SAs with that mark, and keeps out none of another"
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 2000 \
	tmpl proto esp mode transport
index=$(ctl a policy list | cut -d' ' -f1 | grep -vx "$index")
ctl a policy set index "${index:-0}" btns-ok on
cond "for all" eq "$(may)" ok
cond "for that mark" eq "$(may mark 6)" ok
xfrm a policy add src $A4/32 dst $B4/32 dir out priority 10 mark 6 \
	tmpl proto esp mode transport
cond "what is protected for others stays theirs" eq "$(may)" policy-refused
cond "and for that mark" eq "$(may mark 6)" policy-refused
cond "not for another" eq "$(may mark 7)" ok
all "U09 T04 a policy without btns-ok keeps a BTNS peer off its mark, and off no other"
finish
