#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two hosts with nothing but a bare key each: a plain connect() makes exactly
# one IKE exchange, identities are bound to the SAs, the SYN does not wait.
# timeout: 90
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 29
setup a b

# milliseconds from the answer to IKE_AUTH until the first ESP packet
syn_wait() {
	tcpdump -n -tt -r "$tmp/$1.pcap" 2>/dev/null | awk '
		/ESP\(/ { print int(($1 - last) * 1000); exit }
		/\.(500|4500) >|\.(500|4500):/ { last = $1 }'
}
prompt() {
	local ms

	ms=$(syn_wait "$1")
	[ -n "$ms" ] && [ "$ms" -lt $((500 * BTNS_SLOW)) ] || {
		echo "$ms ms"
		false
	}
}
state_ok() { # HOST ADDRESS
	xfrm "$1" state list dst "$2" >"$tmp/states"
	grep -q 'mode transport' "$tmp/states" &&
		grep -q 'aead rfc4106(gcm(aes)) 0x[0-9a-f]* 128' "$tmp/states" &&
		! grep -q 'mode tunnel' "$tmp/states" &&
		! grep -Eq 'replay-window ([1-9]|[12][0-9]|3[01])$' "$tmp/states"
}

# one ALGORITHM FAMILY PORT
one() {
	local alg=$1 f=$2 port=$3 ax ay what="$1, IPv$2"

	ax=$(_addr a "$f") ay=$(_addr b "$f")
	new_key a
	new_key b
	conf a "alg=$alg"
	conf b "alg=$alg"
	daemon a
	daemon b
	want_pair a b "$f" || bail "no policies"
	capture "cap$port"
	cond "connection" connect "c$port" a b "$f" "$port"
	cond "a knows b" within 3 key_peer a "$port" b
	cond "b knows a" within 3 key_peer b "$port" a
	_diagnose
	all "B05 U05 U07 L06 two bare keys: connection over ESP, each end knows the other's key ($what)"
	cond "IKE_SA_INIT" eq "$(ike_count "cap$port" 34 "$ax")" 1
	cond "IKE_AUTH" eq "$(ike_count "cap$port" 35 "$ax")" 1
	cond "none from b" eq "$(ike_count "cap$port" 34 "$ay")" 0
	cond "no second child" eq "$(ike_count "cap$port" 36 "$ax")" 0
	cond "one pair in a" has_spis a "$ay" 1
	cond "one pair in b" has_spis b "$ax" 1
	all "L25 exactly one IKE exchange, one pair of SAs ($what)"
	cond "a out" bound a "$ay" "key:$(fp b)"
	cond "a in" bound a "$ax" "key:$(fp b)"
	cond "b out" bound b "$ax" "key:$(fp a)"
	cond "b in" bound b "$ay" "key:$(fp a)"
	cond "a's SAs" state_ok a "$ay"
	cond "b's SAs" state_ok b "$ax"
	all "B03 U04 all SAs are bound to the peer's key, AES-GCM in transport mode ($what)"
	cond "quick" prompt "cap$port"
	all "L25 the first SYN goes out within half a second of the SA ($what)"
	cond "data" talk "c$port"
	cond "nothing clear" eq "$(clear "cap$port" "$port")" 0
	all "L02 L04 not one packet of the connection in the clear ($what)"
	cond "more" connect "d$port" b a "$f" $((port + 1))
	cond "latched" within 3 key_peer b $((port + 1)) a
	cond "no new IKE SA" eq "$(ike_count "cap$port" 34 "$ax") $(ike_count "cap$port" 34 "$ay")" "1 0"
	all "L25 a second connection, the other way, uses the SAs that are there ($what)"
	hang_up "c$port"
	hang_up "d$port"
	cond "released" within 8 no_latch a
	cond "SAs stay" has_spis a "$ay" 1
	cond "next" connect "e$port" a b "$f" $((port + 2))
	cond "no new IKE SA" eq "$(ike_count "cap$port" 34 "$ax") $(ike_count "cap$port" 34 "$ay")" "1 0"
	all "L27 SAs outlive the latches that they served, and serve the next ($what)"
	hang_up "e$port"
	stop "cap$port"
	calm a b
}
_diagnose() { [ -z "$_faults" ] || note "$(tail_log a b)"; }

one ed25519 4 5001
one ed25519 6 5011
one ecdsa-p256 4 5021
one rsa 6 5031
if command -v tshark >/dev/null; then
	is "U01 tshark decodes every IKE message" \
		"$(unreadable cap5001) $(unreadable cap5031)" "0 0"
else
	lacking "U01 tshark decodes every IKE message" "tshark is not installed"
fi
finish
