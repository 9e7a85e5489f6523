#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Channel bindings: two programs that share a password find out whether both of
# them latch, and whether somebody relays (tests/tools/chanbind.c).
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
_need chanbind
plan 6
setup a b c

# pair SERVER-HOST ADDRESS PORT [CLIENT-ADDRESS]: s on that host, c on a
pair() {
	local h=$1 addr=$2 port=$3 to=${4:-$2}

	bg_at s "$h" chanbind listen "$addr" "$port" "${right:-secret}"
	within 5 listening "$h" "$port" || bail "no server"
	bg_at c a chanbind connect "$to" "$port" secret
}
both() { within 5 hears s "$1" && within 5 hears c "$1"; }

for f in 4 6; do
	secure a b $f 0x${f}000
	pair b "$(_addr b $f)" 560$f
	cond "both" both bound
	cond "the server's end" ends_with 0 s
	cond "the client's" ends_with 0 c
	all "L63 over IPv$f: both ends latch, and the password holds"
done
right=wrong pair b $B4 5610
cond "refused by both" both refused
cond "not bound" not hears c bound
all "L63 another password does not"

knob b latch_auto 0
pair b $B4 5611
cond "b has no latch" within 5 hears s "no binding: Transport endpoint is not connected"
cond "a finds out" within 5 hears c refused
cond "not bound" not hears c bound
all "L63 a peer that does not latch is found out"
knob b latch_auto 1

# a's way to b leads by c, who has keys with both and passes all on
secure a c 4 0x5000
secure c b 4 0x5100
bg_at relay c socat TCP-LISTEN:5612,bind=$C4,reuseaddr TCP:$B4:5612
within 5 listening c 5612 || bail "no relay"
mark c
pair b $B4 5612 $C4
cond "refused by both" both refused
cond "not bound" not hears s bound
cond "though all is latched" grown_min c LatchMade 2
all "L63 U15 who relays is found out, with valid SAs to both"
stop relay
wipe a b c

# two hosts with one key
ID_a=$ID_b
secure a b 4 0x6000
pair b $B4 5613
cond "no binding" within 5 hears c "no binding: Key was rejected by service"
all "L63 two ends with the same key have no binding"
finish
