#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What few programs ask for on top: one of our identities, a quality of
# protection. An SA that gives another or less makes no latch, and a program
# that asked does not connect in any other way.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 180
plan 12
setup a b c

secure a b 4 0x1000
protect_pair a c 4
for h in b c; do
	end "srv$h" $h "$(_listen_url "$(_addr $h 4)" 474),fork"
	within 5 listening $h 474
done

# ask NAME OPTIONS... HOST PORT: from a
ask() {
	local name=$1
	shift

	sock "$name" a --json-info --ask require "$@"
}
latched() { within 5 event "$1" connected && within 5 event "$1" info state established; }
# refused NAME ERRNO: connect() fails like that, and nothing went out
refused() {
	cond "$1: $2" within 5 event "$1" error call connect errno "$2"
	cond "status" ends_with 1 "$1"
	cond "no latch is left" within 5 no_latch a 474
	cond "nothing on the wire" eq "$(captured wire "ip and src $A4")" 0
}
# give ALG OPTIONS...: ask c for a quality; once the latch waits for SAs of its
# own, there come some by that algorithm; the program is q$port
port=40000 spi=0x2000
give() {
	local alg=$1 id tmpl h out in
	shift

	port=$((port + 1)) spi=$((spi + 2))
	ask q$port --bind ",$port" "$@" $C4 474
	cond "$port waits" within 5 is_state a $port larval pending
	id=$(latch_id a $port)
	tmpl=$((0x42000000 + id))
	out="sel src $A4 dst $C4 proto tcp sport $port dport 474"
	in="sel src $C4 dst $A4 proto tcp sport 474 dport $port"
	bind_pair a c 4 $spi
	for h in a c; do
		# shellcheck disable=SC2086
		sa $h $C4 $A4 $((spi + 1)) "$alg" transport $in
	done
	# shellcheck disable=SC2086
	sa c $A4 $C4 $spi "$alg" transport $out
	# shellcheck disable=SC2086
	sa a $A4 $C4 $spi "$alg" transport reqid $tmpl $out
}
capture wire va

# ---- our identity -------------------------------------------------------------------
mark a
ask i1 --self "$ID_c" $B4 474
refused i1 EKEYREJECTED
cond "counted" grown_min a OutDropRequired 1
all "L10 L11 under another identity of ours than the SA's: EKEYREJECTED, nothing leaves"
# ---- quality ------------------------------------------------------------------------
give gcm256 --keybits 257
refused q$port EACCES
give gcm256 --enc 'rfc7539esp(chacha20,poly1305)'
refused q$port EACCES
give gcm256 --enc 'rfc4106(gcm(aes)'
refused q$port EACCES
give gcm256 --auth 'hmac(sha256)'
refused q$port EACCES
all "L10 L11 a longer key, another cipher, a part of its name, an integrity algorithm: EACCES"
give cbc --auth 'hmac(sha512)'
refused q$port EACCES
give null --conf
refused q$port EACCES
give null --keybits 1
refused q$port EACCES
give gmac --conf
refused q$port EACCES
all "L10 L11 another integrity algorithm, or encryption of an SA without: EACCES"
give gcm256 --keybits 128 --self "$ID_b"
refused q$port EKEYREJECTED
all "L11 enough of quality, but under another identity of ours: EKEYREJECTED"
stop wire

ask i2 --self "$ID_a" $B4 474
cond "connected" latched i2
cond "ours" event i2 info self "{\"id\":\"$ID_a"
all "L10 L41 under the identity of the SA: connected"
stop i2
give gcm256 --conf --integ --keybits 256 --enc 'rfc4106(gcm(aes))' --peer "$ID_c" --self "$ID_a"
cond "connected" latched q$port
cond "all of it" grep -q '"enc":"rfc4106(gcm(aes))","enc_keybits":256,"auth":""' "$tmp/q$port.out"
all "L10 L21 L22 L41 all of what an SA of its own gives: connected, and getsockopt() names its one suite"
stop q$port
wipe c
protect c $C4 $A4
xfrm a state deleteall dst $C4
give null --integ --auth 'hmac(sha256)'
check "L10 L41 integrity alone, by that algorithm: connected" latched q$port
stop q$port
ask w1 --bind ,40100 --narrow $B4 474
cond "waits" within 5 is_state a 40100 larval pending
nap 0.3
cond "waits on" is_state a 40100 larval pending
cond "not connected" not event w1 connected
all "L20 L21 narrow: the SA for all of a host will not do"
stop w1

# ---- a listener's wish is that of its connections --------------------------------------
sock l b -l 4801 --json-info --ask require --self "$ID_b" --keybits 256 --conf $B4
within 5 event l listening
ask c1 $B4 4801
cond "connected" latched c1
cond "accepted" within 5 event l connected
ctl b latch show "$(listeners b | grep ':4801 ' | cut -d' ' -f1)" >"$tmp/l.show"
cond "its identity" has_text "$tmp/l.show" "$ID_b"
cond "its quality" has_text "$tmp/l.show" "256"
all "L10 L40 N11 a listener asks for identity and quality: a SYN under such an SA is accepted"
stop c1
stop l
mark b
sock m b -l 4802 --ask require --keybits 257 $B4
within 5 event m listening
ask c2 $B4 4802
cond "its SYN is dropped" within 5 grown_min b InDropRequired 1
cond "not accepted" not event m connected
cond "no latch" no_latch b 4802
all "L11 L40 N17 ... for more than the SA gives: it is not answered"
stop c2
stop m
sock n b -l 4803 --ask require --self "$ID_c" $B4
within 5 event n listening
mark b
ask c3 $B4 4803
cond "its SYN is dropped" within 5 grown_min b InDropRequired 1
cond "not accepted" not event n connected
all "L11 L40 N17 ... under another identity of ours: likewise"
stop c3
stop n
mark b
sock o b -l 4804 --ask require --narrow $B4
within 5 event o listening
ask c4 $B4 4804
cond "its SYN is dropped" within 5 grown_min b InDropRequired 1
cond "not accepted" not event o connected
all "L20 L40 ... narrow: a SYN under an SA for all of the host is not answered"
stop c4
stop o
finish
