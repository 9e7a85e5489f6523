#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IPv6 fragments are put together behind the packet hook: a first one that may
# hold TCP is dropped, or a clear segment could come in by that door; without it
# the others never make a packet. IPv4 fragments are whole before the hook.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 6
setup a b

text=FORGED$(printf '%0400d' 0)

# into FAMILY NAME PORT WORDS...: an in-window clear segment from the router
into() {
	local f=$1 name=$2 port=$3
	shift 3

	inject r --src "$(_addr a "$f")" --dst "$(_addr b "$f")" \
		--sport "$(seq_of "$name.c" lport)" --dport "$port" \
		--flags psh,ack --seq "$(seq_of "$name.c" snd)" \
		--ack "$(seq_of "$name.c" rcv)" --data "$text" "$@"
}

for f in 6 4; do
	secure a b $f 0x1${f}00
	[ $f = 4 ] && sel=32 || sel=128
	xfrm b policy delete src "$(_addr a $f)/$sel" dst "$(_addr b $f)/$sel" dir in
	connect "l$f" a b $f 500$f || bail "no connection"
done
mark b
into 6 l6 5006 --frag 64
cond "the first fragment is dropped" within 3 grown_is b InDropFragment 1
cond "nothing forged" not hears l6.s FORGED
cond "the connection lives" talk l6
cond "not broken" grown_is b LatchBroken 0
all "L05 IPv6: a clear segment in fragments does not come in"
mark b
into 4 l4 5004 --frag 64
cond "dropped whole" within 3 grown_min b InDropClear 1
cond "nothing forged" not hears l4.s FORGED
cond "the connection lives" talk l4
cond "not broken" grown_is b LatchBroken 0
all "L05 IPv4: a clear segment in fragments does not come in"

# a first fragment that is too short to hold the ports
mark b
into 6 l6 5006 --frag 8
cond "dropped" within 3 grown_is b InDropFragment 1
cond "nothing forged" not hears l6.s FORGED
cond "the connection lives" talk l6
all "L05 IPv6: nor in fragments so small that the first has no ports"

# others keep their fragments
check "IPv6: a large ping, which is fragmented, still gets its answer" \
	at r ping -c 1 -W 5 -s 4000 -q $B6
# ... also through ESP, where the pieces are of ESP
cond "ping" at a ping -c 1 -W 5 -s 4000 -q $B6
cond "latched TCP" talk l6
all "IPv6: so does one through ESP, and TCP goes on"
mark b
cond "not dropped" grown_is b InDropFragment 0
cond "not malformed" eq "$(count b InDropMalformed)" 0
all "IPv6: nothing of that was counted as dropped"
hang_up l4
hang_up l6
finish
