#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a program asks for reaches the peer through btnsd: SAs for exactly one
# connection, beside those that policy wants for all of a host, and protection
# where no policy wants any.
# timeout: 120
# shellcheck disable=SC2317,SC2016 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 8
setup a b
for h in a b; do
	conf $h
	daemon $h
done
want_pair a b 4 || bail "no policies"
for port in 474 475 476; do
	sock s$port b -l $port $B4
done
sock sp b -l 477 --ask require --protect $B6
for port in 474 475 476 477; do
	within 5 listening b $port || bail "no servers"
done

# sels HOST SRC DST: selectors of the SAs from one to the other, one a line
sels() {
	xfrm "$1" state list src "$2" dst "$3" | awk '
		$1 == "proto" { is = $4 != "0x00000000" }
		$1 == "sel" && is { sub(/^\t*/, ""); sub(/ *$/, ""); print }'
}
latched() { within 8 event "$1" connected && within 5 event "$1" info state established; }

# ---- narrow, before there is anything --------------------------------------------------
capture wire
sock n a --json-info --ask require --narrow --bind ",40001" --send narrow --interval 50 $B4 474
cond "connected" latched n
out="sel src $A4/32 dst $B4/32 proto tcp sport 40001 dport 474"
in="sel src $B4/32 dst $A4/32 proto tcp sport 474 dport 40001"
for h in a b; do
	cond "$h: out" eq "$(sels $h $A4 $B4)" "$out"
	cond "$h: in" eq "$(sels $h $B4 $A4)" "$in"
done
cond "nothing in the clear" eq "$(clear wire 474)" 0
cond "latched in b" within 3 is_state b 474 established
all "L10 L20 N13 asked for narrow: one pair of SAs, for exactly the 5-tuple on both ends, and no other"
# ---- a plain one beside it ---------------------------------------------------------------
sock p a --json-info --send plain --interval 50 --bind ",40002" $B4 475
cond "connected" latched p
for h in a b; do
	cond "$h: out" eq "$(sels $h $A4 $B4 | sort)" "$(printf '%s\n' "sel src $A4/32 dst $B4/32" "$out")"
	cond "$h: in" eq "$(sels $h $B4 $A4 | sort)" "$(printf '%s\n' "sel src $B4/32 dst $A4/32" "$in" | sort)"
done
cond "both go on" within 5 event s474 data
cond "still latched" is_state a 474 established
all "L20 N01 a plain connection to the same host gets the wide SA of its policy"
# ---- narrow, though there is a wide one ----------------------------------------------------
sock m a --json-info --ask require --narrow --bind ",40003" --send second --interval 50 $B4 476
cond "connected" latched m
cond "its own" grep -q "sport 40003 dport 476" <(sels a $A4 $B4)
cond "arrives" within 5 event s476 data text "second 000002 "
all "L20 another narrow one gets SAs of its own though a wide one would carry it"
# ---- quality -----------------------------------------------------------------------------------
sock q a --json-info --ask require --conf --keybits 256 --bind ",40004" $B4 476
cond "connected" latched q
cond "narrow" grep -q "sport 40004 dport 476" <(sels a $A4 $B4)
cond "one suite" eq "$(answer q enc) $(answer q enc_keybits)" "rfc4106(gcm(aes)) 256"
all "L21 L22 asked for a quality: the SA is narrow, and the latch names its one suite"
stop q
# ---- rekey -----------------------------------------------------------------------------------------
values_n=$(values a 474)
spi=$(xfrm a state list src $A4 dst $B4 |
	awk '$1 == "proto" { spi = $4 } /sport 40001/ { print spi; exit }')
cond "deleted" sa_del a $B4 "$spi"
from=$(answer s474 total data)
cond "goes on" within 8 eval '[ "$(answer s474 total data)" -gt $((from + 40)) ]'
cond "another SA" [ "$(sels a $A4 $B4 | grep -c 'sport 40001')" = 1 ]
cond "not the old one" not grep -q "$spi" <(spis a $B4)
cond "same latch" eq "$(values a 474)" "$values_n"
cond "nothing in the clear" eq "$(clear wire 474)" 0
all "L20 L14 N03 its SA is lost: the next is for exactly the 5-tuple too, and the latch is the same"
for x in n p m; do
	stop $x
done

# ---- protection where policy wants none -----------------------------------------------------------
sock c a --json-info --ask require --protect --bind ",40005" --send hidden --count 3 --hold $B6 477
cond "connected" within 10 event c connected
cond "latched" event c info state established
cond "arrives" within 5 event sp data text "hidden 000003 "
cond "for it alone" eq "$(sels b $A6 $B6)" "sel src $A6/128 dst $B6/128 proto tcp sport 40005 dport 477"
cond "nothing in the clear" eq "$(clear wire 477)" 0
all "L11 L55 N24 asked for protection under no policy: btnsd gets it for that 5-tuple alone"
sock d a -6 --send open --count 1 --hold $B6 478
nap 0.2
cond "no other SA" eq "$(sels a $A6 $B6 | wc -l)" 1
all "L55 a second connection to the same host makes none"
stop d
sock e a --ask require --protect $B6 479
cond "not connected" not within 2 event e connected
cond "refused" within 5 logs b "no policy gives the peer this traffic"
cond "no SA" eq "$(sels b $A6 $B6 | wc -l)" 1
all "L11 T04 for a port where nobody asks, the responder's policies decide: no SA"
stop e
stop c
calm a b
finish
