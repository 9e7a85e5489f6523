#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The store of proved peers: it turns a latch's digest into a key; a restart
# with it closes nothing; when it is damaged, truncated or removed, under a
# running btnsd or between two, every latch is closed and nothing else happens.
# timeout: 120
# shellcheck disable=SC2317 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 11
setup a b

peers=$tmp/var-a/peers
conf a "store=check = 1;"
conf b
daemon a
daemon b
want_pair a b 4 || bail "no policies"
capture cap
monitor a mon latch

# ---- what it is for --------------------------------------------------------
connect c a b 4 5001 || bail "no connection: $(tail_log a b)"
cond "latched" within 3 key_peer a 5001 b
[[ $(row a 5001 peer) =~ SHA256:[0-9a-f]* ]]
btnsctl peer show "${BASH_REMATCH[0]}" file "$peers" >"$tmp/pem"
cond "the key" eq "SHA256:$(openssl pkey -pubin -in "$tmp/pem" -pubout \
	-outform DER | sha256sum | cut -d' ' -f1)" "$(fp b)"
cond "how" grep -q 'method btns pad any first 20.* last 20' "$tmp/pem"
cond "for root only" eq "$(stat -c %a "$peers" "$tmp/var-a")" $'600\n700'
all "L54 N23 the digest of a latch's peer is turned into its key"

values=$(values a 5001)
kill9 a
daemon a
cond "at work" within 10 logs a 'an earlier btnsd stay'
cond "talks" talk c
cond "same" eq "$(values a 5001)" "$values"
cond "still" within 3 btnsctl peer check file "$peers"
all "L16 L14 with an intact store a restart changes no latch"
hang_up c

# ---- damage ----------------------------------------------------------------
corrupt() { printf 'x' | dd of="$peers" bs=1 seek=40 conv=notrunc 2>/dev/null; }
truncated() { truncate -s 60 "$peers"; }
removed() { rm "$peers"; }

# hold PORT: two connections, the first with a blocked reader and broken
hold() {
	within 8 no_latch a || bail "a latch of before stays"
	sock one.s b -l "$1" --once $B4
	within 5 event one.s listening || bail "no server"
	sock one.c a --disposition wait $B4 "$1"
	within 10 event one.c connected || bail "no connection: $(tail_log a b)"
	connect two a b 4 $(($1 + 1)) || bail "no connection: $(tail_log a b)"
	ctl a latch break "$(latch_id a "$1")" >/dev/null
	cond "broken" is_state a "$1" broken admin
	: >"$tmp/mon.out"
	mark a
	n0=$(logged a 'RFC 5660 section 2.6')
}
# judge WHAT PORT: all of that was closed, and life goes on
judge() {
	local p

	cond "told" within 6 event one.c error call read errno ECONNRESET
	cond "the other too" within 3 says two.c 'Connection reset'
	for p in "$2" $(($2 + 1)); do
		cond "closed" grep -q " closed .*:$p .*reason store" "$tmp/mon.out"
	done
	cond "was broken" grep -q " broken -> .* closed .*:$2 " "$tmp/mon.out"
	cond "both, once" grown_is a LatchClosed 2
	cond "said once" eq "$(logged a 'RFC 5660 section 2.6')" $((n0 + 1))
	[ -z "$_faults" ] || note "$(tail_log a)"
	all "L53 $1: every latch, broken too, is closed, the programs get ECONNRESET"
	cond "connects" connect new a b 4 $(($2 + 2))
	cond "latched" within 3 key_peer a $(($2 + 2)) b
	cond "intact" within 3 btnsctl peer check file "$peers"
	cond "has the peer" btnsctl peer show "$(fp b)" file "$peers"
	all "L53 $1: a fresh store, and a fresh connection works"
	hang_up new
	hang_up two
	stop one.c
	stop one.s
}

hold 5010
corrupt
judge "an octet changed" 5010
hold 5020
truncated
judge "truncated" 5020
hold 5030
removed
judge "removed" 5030

# ---- between two lives -----------------------------------------------------
hold 5040
kill9 a
corrupt
cp "$peers" "$tmp/spoilt"
daemon a
judge "damaged while btnsd was away" 5040
cond "kept" cmp "$tmp/spoilt" "$peers.damaged"
cond "in clear" eq "$(captured cap "(ip proto 6) and portrange 5001-5099")" 0
all "L53 L04 what was damaged is kept aside, and nothing ever went in clear"
finish
