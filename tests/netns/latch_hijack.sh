#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RFC 5660 section 2.3.2: A talks to B; C, with keys of its own and allowed to,
# takes B's address. Not a byte of A's connection reaches C.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 9
setup a b c
secure a b 4 0x1000
connect old a b 4 4801 || bail "no connection"
is "L12 A's connection is latched to B" "$(row a 4801 peer)" \
	"$ID_b, proved by manual"
tell old.c "SECRET one"
within 5 hears old.s "SECRET one"

# C takes the address: B is off the net, the router sends to C
monitor a ev latch sa
capture cside vc
mark a
ip -n "$(ns r)" link set vb down
ip -n "$(ns c)" addr add $B4/32 dev lo
ip -n "$(ns r)" route add $B4/32 via $C4
# what C could listen with, on the same port
end c.s c "$(_listen_url $B4 4801),fork"
within 5 listening c 4801
tell old.c "SECRET two"
cond "A's packets do reach C" within 5 captured_min cside "esp and dst $B4" 1
cond "protected for B" eq "$(captured cside tcp)" 0
all "N20 C gets what is meant for B, and cannot read it"

# C sends resets and data in the clear from B's address
snd=$(seq_of old.c snd) rcv=$(seq_of old.c rcv) sport=$(seq_of old.c lport)
xfrm a policy delete src $B4/32 dst $A4/32 dir in
inject c --src $B4 --dst $A4 --sport 4801 --dport "$sport" --flags rst,ack \
	--seq "$rcv" --ack "$snd"
inject c --src $B4 --dst $A4 --sport 4801 --dport "$sport" --flags psh,ack \
	--seq "$rcv" --ack "$snd" --data FORGED
cond "dropped" within 3 grown_min a InDropClear 2
cond "nothing forged" not hears old.c FORGED
cond "no error" not says old.c ' E '
cond "still latched" is_state a 4801 established
all "N20 N30 L05 C in B's place can neither reset nor write without keys"

# now C makes SAs for B's address, as its key lets it: A's helper binds them
# (the other addresses in the selector are C's business)
vouch a $B4 0x1100 "$ID_c" $A4 $B4
vouch a $A4 0x1101 "$ID_c" $A4 $B4
for h in a c; do
	sa $h $A4 $B4 0x1100
	sa $h $B4 $A4 0x1101
done
vouch c $B4 0x1100 "$ID_a" $B4 $A4
vouch c $A4 0x1101 "$ID_a" $B4 $A4
protect c $B4 $A4
xfrm a state delete src $A4 dst $B4 proto esp spi 0x1000
xfrm a state delete src $B4 dst $A4 proto esp spi 0x1001
cond "the program is told" within 3 says old.c 'Connection reset'
cond "told before the SA was bound" eq "$(grep -nE 'established -> .* broken .*reason peer' \
	"$tmp/ev.out" | cut -d: -f1)" "$(($(grep -n 'sa-bind .*0x00001100' \
	"$tmp/ev.out" | cut -d: -f1) - 1))"
all "N20 L33 L34 L59 C's SA for B's address: the latch breaks, TCP is reset"
cond "C's program heard nothing" eq "$(cat "$tmp/c.s.out")" ""
cond "no text on C's wire" not in_clear cside SECRET
cond "not a packet under C's SA" grep -q ' 0(packets)' \
	<(ip -s -n "$(ns c)" xfrm state list spi 0x1100 | grep -A1 'lifetime current')
all "N20 L04 not a byte of the old connection reached C"

# a new connection shows who is there now
dial new a $B4 4801
cond "connected" within 5 connected new
cond "to C" eq "$(row a 4801 peer)" "$ID_c, proved by manual"
all "N20 N32 a new connection to the address shows C's identity"
cond "required of B" eq "$(at a latchsock --ask require --peer "$ID_b" \
	--timeout $((10 * BTNS_SLOW)) $B4 4801 </dev/null |
	sed -n 's/.*"errno":"\([A-Z]*\)".*/\1/p')" EKEYREJECTED
all "N20 L42 a program that wants B gets an error"
stop new
hang_up old
wipe a b c

# ---- one of whom nothing is known takes no latch from anybody ------------------
sa_pair a c 6 0x1200 && protect_pair a c 6 || bail "no SAs by hand"
connect hand a c 6 4802 || bail "no connection"
nobody="dst $A6 peer none local $A6/128 remote $C6/128"
# shellcheck disable=SC2086
cond "check says so" eq "$(ctl a sa check $nobody self "$ID_a" spi 0x1300 |
	cut -d' ' -f1)" conflict
# shellcheck disable=SC2086
cond "bind refuses" not ctl a sa bind $nobody self "$ID_a" spi 0x1300
cond "the latch stands" is_state a 4802 established
cond "talks" talk hand
all "L33 an SA of nobody is refused for a latch on SAs of which nobody said anything"
hang_up hand
wipe a c
anon_pair a c 6 0x1210 && protect_pair a c 6 || bail "no SAs of nobody"
connect anon a c 6 4803 || bail "no connection"
# shellcheck disable=SC2086
cond "another name of ours" not ctl a sa bind $nobody self "$ID_d" spi 0x1301
# shellcheck disable=SC2086
cond "another place behind NAT" not ctl a sa bind $nobody self "$ID_a" \
	spi 0x1301 private fd00:9::9
# shellcheck disable=SC2086
cond "the same" ctl a sa bind $nobody self "$ID_a" spi 0x1301
cond "the latch stands" is_state a 4803 established
cond "talks" talk anon
all "L33 for a latch of nobody's only such an SA is taken as made it"
hang_up anon
wipe a c
finish
