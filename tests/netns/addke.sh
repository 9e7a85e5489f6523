# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # b_* and the rest are of peer.sh
# Additional key exchanges (RFC 9370) with an IKE daemon that we did not write; read
# after peer.sh.
INTERMEDIATE=43
FOLLOWUP=44

# agrees "TEXT" us|them IKE THEIRS COUNT: what both are told of key exchanges,
# and how many IKE_INTERMEDIATE requests go by
agrees() {
	local who=$2 from text

	text="$1, $([ "$who" = us ] && echo we || echo they) begin"
	both_up "ike=$3" "their_proposals=$4"
	family 4
	port=$((port + 1))
	capture cap
	if [ "$who" = us ]; then
		cond "connection" connect c a b 4 "$port"
		from=$ax
	else
		cond "initiated" their_initiate 4
		cond "connection" connect c b a 4 "$port"
		from=$ay
	fi
	cond "a knows b" within 3 peer_known "$port"
	cond "exchanges" eq "$(ike_count cap $INTERMEDIATE "$from")" "$5"
	[ "$who $5" != "us 1" ] || they_rekey
	# not a row of a table of interop.rst, which tells it in words
	point "$text"
	hang_up c
	stop cap
	both_down
}

# they_rekey: the IKE SA, with an additional key exchange too
they_rekey() {
	cond "rekey" their_rekey_ike 4
	cond "completed" eq "$(ike_count cap $FOLLOWUP "$ay")" 1
	# it is deleted in the new one, and with it goes what was begun in the old
	cond "deleted" their_delete_ike 4
	cond "gone" within 5 _gone
}
