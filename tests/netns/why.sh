#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsctl why says what then happens: each answer is followed by the packets
# that it was about, on the wire.
# timeout: 60
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
_need python3
plan 12
setup a b

# why WORDS: the answer as "RESULT out INDEX-OR-none pad NAMES sa PEER broken N"
why() {
	ctl a -j why "$@" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["result"],
      "out", d["out"]["action"] if d["out"] else "none",
      "pad", ",".join(e["name"] for e in d["pad"]) or "-",
      "sa", (d["sa"]["peer"]["id"] if d["vouched"] else "unvouched")
      if d["sa"] else "-",
      "latched", d["latched"], "broken", d["broken"])'
}
says_why() { # WANTED WORDS...
	local want=$1
	shift

	eq "$(why "$@")" "$want"
}
has_words() { ctl a why "$B4:83" | grep -q "$1"; }

# acquires PROTOCOL: what the kernel asked for in a's name, by the packet's
acquires() { grep -c "sel src $A4/32 dst $B4/32 proto $1 " "$tmp/acq.out"; }
acquires_min() { [ "$(acquires "$1")" -ge "$2" ]; }

# acquired HOST: is there an SA that IKE is to make
acquired() { xfrm "$1" state list | grep -q "spi 0x00000000"; }

# the broken latch is to stay, for why to see
knob a latch_disposition wait
capture wire
cond "why" says_why "clear out none pad - sa - latched 0 broken 0" "$B4:80"
cond "connected" connect c80 a b 4 80
cond "clear" captured_min wire "tcp port 80" 3
all "U02 no policy: in the clear"

cond "policy" ctl a policy add dst "$B4" proto tcp dport 81 action block
cond "why" says_why "dropped out block pad - sa - latched 0 broken 0" "$B4:81"
cond "another port" says_why "clear out none pad - sa - latched 0 broken 0" \
	"$B4:80"
cond "udp" says_why "clear out none pad - sa - latched 0 broken 0" "$B4:81" \
	proto udp
try t81 a b 4 81
cond "refused" within 3 dead t81.c
cond "no packet" eq "$(captured wire "tcp port 81")" 0
all "block: nothing is sent, on that port and protocol only"

cond "policy" want a "$A4/32" "$B4/32" priority 10
cond "policy of b" want b "$B4/32" "$A4/32"
cond "why" says_why "dropped out protect pad - sa - latched 0 broken 0" "$B4:82"
all "U08 protection, but the PAD lets nobody be there"

bg_at acq a ip xfrm monitor acquire
conf a
conf b
daemon a
daemon b
cond "why" says_why "held out protect pad any sa - latched 0 broken 0" "$B4:83"
all "U09 a BTNS peer may be there, and is to be found first"

cond "no SA is waited for" not acquired a
cond "no IKE" eq "$(captured wire "udp port 500 or udp port 4500")" 0
cond "connected" connect c83 a b 4 83
cond "the kernel asks for a packet" within 3 acquires_min tcp 1
for p in udp icmp; do
	cond "never for $p" eq "$(acquires $p)" 0
done
all "an answer sends nothing, and has nothing negotiated"

cond "why" says_why \
	"protected out protect pad any sa key:$(fp b) latched 1 broken 0" "$B4:83"
cond "the entry" has_words '^by  *any$'
cond "the entry in JSON" eq \
	"$(ctl a -j why "$B4:83" | python3 -c 'import json,sys; print(json.load(sys.stdin)["by"])')" any
cond "nothing clear" eq "$(clear wire 83)" 0
all "L04 protected, under the SA of that peer"

within 3 key_peer a 83 b
from=$(ctl a -j latch list | python3 -c \
	'import json,sys; print([l["lport"] for l in json.load(sys.stdin) if l["rport"] == 83][0])')
# 0, the default, comes first
cond "bypass" ctl a policy add dst "$B4" proto tcp dport 83 action bypass
cond "the latched" says_why "dropped out bypass pad - sa - latched 0 broken 1" \
	"$B4:83" from "$A4:$from"
cond "others" says_why "clear out bypass pad - sa - latched 0 broken 0" \
	"$B4:83" from "$A4:1"
cond "gone" ctl a policy delete dst "$B4" proto tcp dport 83
all "L04 L10 a latch keeps what is its own out of the clear"

cond "break" ctl a latch break all
cond "why" says_why \
	"protected out protect pad any sa key:$(fp b) latched 0 broken 1" "$B4:83"
cond "in words" has_words 'broken latches drop their own packets'
cond "that packet" says_why \
	"dropped out protect pad any sa key:$(fp b) latched 0 broken 1" "$B4:83" \
	from "$A4:$from"
cond "no other" says_why \
	"protected out protect pad any sa key:$(fp b) latched 0 broken 0" "$B4:83" \
	from "$A4:1"
all "L10 a broken latch is told, as it drops its own packets"

# the administrator's own SA for a protocol that has none yet: newest, so taken
icmp_sa() {
	at a ip xfrm state add src "$A4" dst "$B4" proto esp spi 0x4242 \
		mode transport aead 'rfc4106(gcm(aes))' \
		0x00112233445566778899aabbccddeeff00112233 128 \
		sel src "$A4" dst "$B4" proto icmp
}
knob a pad_mode 1
cond "own SA" icmp_sa
cond "why" says_why \
	"protected out protect pad any sa unvouched latched 0 broken 0" "$B4" \
	proto icmp
cond "in words" eq "$(ctl a why "$B4" proto icmp | grep -c 'by  *nobody')" 1
at a ping -c 1 -W 1 -q "$B4" >"$tmp/ping.out"
cond "under it" within 3 captured_min wire "esp and ip[20:4] = 0x4242" 1
knob a pad_mode 2
cond "strict" says_why \
	"dropped out protect pad any sa unvouched latched 0 broken 0" "$B4" \
	proto icmp
was=$(captured wire "esp and ip[20:4] = 0x4242")
cond "nothing out" not at a ping -c 1 -W 1 -q "$B4" >"$tmp/ping.out" 2>&1
cond "none under it" eq "$(captured wire "esp and ip[20:4] = 0x4242")" "$was"
cond "TCP has its own" says_why \
	"protected out protect pad any sa key:$(fp b) latched 0 broken 0" "$B4:83" \
	from "$A4:1"
cond "away" xfrm a state delete src "$A4" dst "$B4" proto esp spi 0x4242
knob a pad_mode 1
all "L04 an SA that nobody vouched for is told, and is of no use where all are"

is "the source is the address that a would send from" \
	"$(ctl a -j why "$B6" | python3 -c 'import json,sys; print(json.load(sys.stdin)["packet"]["local"])')" \
	"$A6/128"
cond "default" at a ip xfrm policy setdefault out block
cond "why" says_why "dropped out none pad - sa - latched 0 broken 0" "$B6" \
	from "$A6"
cond "back" at a ip xfrm policy setdefault out accept
all "the kernel's default for what no policy covers"
refused() { # TEXT WORDS...
	local text=$1
	shift

	not ctl a why "$@" 2>"$tmp/ref" && eq "$(wc -l <"$tmp/ref")" 1 &&
		grep -qF -- "$text" "$tmp/ref"
}
cond "range" refused "one address" "$B4/24"
cond "port" refused "65535" "$B4:70000"
cond "family" refused "one address family" "$B4" from "$A6"
cond "nothing" refused "where to"
at a ip route add unreachable 203.0.113.9
cond "no route" refused "from ADDRESS" 203.0.113.9
all "what is no packet is refused in one line"
finish
