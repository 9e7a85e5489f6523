# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2317,SC2015,SC2016 # b_* and the rest are of peer.sh
# What happens to SAs after they are up, with traffic through them: rekeys and
# deletes by either end, an end that loses its memory, a bad network. Thirteen
# points; read by the scripts of the peers, after peer.sh. peer_previous.sh takes
# parts of it.

# over which IP version; with what settings of both_up, and what rows about them
# are called; how many pairs of SAs b has once we are back from a crash
ops_fam=${ops_fam:-4}
ops_kind=${ops_kind:-}
ops_kept=${ops_kept:-1}
[ -v ops_set ] || ops_set=()
ops_about() {
	ops_as=${ops_kind:+, $ops_kind}
	[ "$ops_fam" = 4 ] || ops_as+=", IPv6"
}
ops_about

# segments of the connection that left host a unprotected; host b is a plain host,
# which sends in the clear while it has no policy
leaked() { captured cap "src host $ax and (ip proto 6 or ip6 proto 6) and port $port"; }
# goes_on: lines arrive, both ways
goes_on() { flows c.c c.s && flows c.s c.c; }
# safe: the connection goes on, the latch is as it was, a leaked nothing, and
# one pair of SAs is left
safe() {
	cond "goes on" goes_on
	cond "latch" eq "$(values a "$port")" "$latched"
	cond "established" is_state a "$port" established
	cond "one pair in a" within 10 has_spis a "$ay" 1
	cond "one pair in b" within 10 has_spis b "$ax" 1
	cond "nothing clear" eq "$(leaked)" 0
}
# exchanges TYPE ADDRESS: how many of that type that end began
exchanges() { ike_count cap "$1" "$2"; }
more_exchanges() { [ "$(exchanges "$1" "$2")" -gt "$3" ]; }
# opened: how many IKE SAs either end began
opened() { echo $(($(exchanges 34 "$ax") + $(exchanges 34 "$ay"))); }
more_opened() { [ "$(opened)" -gt "$1" ]; }

# ops_begin [SETTING...]: both up, a connection with traffic both ways
ops_begin() {
	both_up "$@"
	family "$ops_fam"
	port=$((port + 1))
	capture cap
	monitor a sas sa
	connect c a b "$fam" "$port" || bail "no connection: $(tail_log a)
$(their_log)"
	within 3 peer_known "$port"
	latched=$(values a "$port")
	pump c.c
	pump c.s
}
ops_end() {
	unpump c.c
	unpump c.s
	hang_up c
	stop sas
	stop cap
	both_down
}

# rekeyed_child: child SAs were rekeyed for their octets, and traffic goes on
rekeyed_child() {
	within 60 keys_min sas "$ay" 3
	unpump c.c
	unpump c.s
	cond "keys" keys_min sas "$ay" 3
	cond "a to b" within 10 arrived c.c c.s
	cond "b to a" within 10 arrived c.s c.c
	pump c.c
	pump c.s
	# the next rekey may be under way
	cond "goes on" goes_on
	cond "latch" eq "$(values a "$port")" "$latched"
	cond "nothing clear" eq "$(leaked)" 0
}
# rekeyed_ike HOST: the IKE SA was, by that end, for its lifetime
rekeyed_ike() {
	unpump c.c
	unpump c.s
	# the lifetime has a minute at most left
	cond "rekeyed" within 75 logs "$1" 'CREATE_CHILD_SA: rekeyed #[0-9]+ as initiator'
	cond "no new IKE_SA_INIT" eq \
		"$(exchanges 34 "$ax") $(exchanges 34 "$ay")" "1 0"
}
# rekeys_on: child SAs are rekeyed in that IKE SA as well
rekeys_on() {
	local n

	n=$(keys sas "$ay")
	pump c.c
	pump c.s
	cond "new SAs" within 20 keys_min sas "$ay" $((n + 1))
	cond "goes on" goes_on
	cond "latch" eq "$(values a "$port")" "$latched"
	cond "nothing clear" eq "$(leaked)" 0
}

ops_rekey() {
	local n

	# both limits are for us alone
	ops_begin "$@" "ike=lifetime = 60;" "child=bytes = 300000;"
	rekeyed_child
	point "N03 rekey of the child SA$ops_as: we begin"
	rekeyed_ike a
	# what was rekeyed can be rekeyed by both, so both hold the same keys
	cond "one pair" within 10 has_spis a "$ay" 1
	n=$(spis a "$ay")
	cond "told" their_rekey_child "$fam"
	cond "new SAs by them" within 5 not has_spi "$n"
	cond "one pair again" within 10 has_spis a "$ay" 1
	rekeys_on
	point "N03 rekey of the IKE SA$ops_as: we begin"
	ops_end

	ops_begin "$@"
	n=$(spis a "$ay")
	cond "told" their_rekey_child "$fam"
	cond "new SAs" within 5 not has_spi "$n"
	safe
	point "N03 rekey of the child SA$ops_as: they begin"
	n=$(exchanges 36 "$ay")
	cond "told" their_rekey_ike "$fam"
	cond "CREATE_CHILD_SA" within 5 more_exchanges 36 "$ay" "$n"
	cond "no new IKE_SA_INIT" eq \
		"$(exchanges 34 "$ax") $(exchanges 34 "$ay")" "1 0"
	safe
	# what was rekeyed can be rekeyed, so both hold the same keys
	n=$(spis a "$ay")
	cond "child of it" their_rekey_child "$fam"
	cond "new SAs" within 5 not has_spi "$n"
	safe
	point "N03 rekey of the IKE SA$ops_as: they begin"
}
has_spi() { spis a "$ay" | grep -qxF "$1"; }

drains=0
# drain: b sends nothing more, and all that it sent has arrived
drain() {
	unpump c.s
	drains=$((drains + 1))
	tell c.s "drained $drains times"
	cond "b's all arrived" within 10 hears c.c "drained $drains times"
}
# quiet: nor does a, and neither has anything to acknowledge
quiet() {
	unpump c.c
	drain
	cond "acknowledged" within 10 acknowledged
}
acknowledged() {
	! at a ss -Htni "dport = :$port" | grep -q unacked &&
		! at b ss -Htni "sport = :$port" | grep -q unacked
}
# in each of them b has nothing to send while there is no SA, or both ends would ask
# for a new one at once: Libreswan 4.10 loses count of its messages then, and two
# pairs may be left
ops_delete() {
	local n

	quiet
	n=$(spis a "$ay")
	cond "told" their_delete_child "$fam"
	cond "goes" within 5 not has_spi "$n"
	pump c.c
	cond "goes on" resumes c.c c.s
	pump c.s
	safe
	point "L28 N03 delete of the child SA$ops_as: they begin"
	drain
	n=$(opened)
	cond "told" their_delete_ike "$fam"
	# with a group an acknowledgement of b's asks for SAs as well
	cond "IKE_SA_INIT" within 10 more_opened "$n"
	cond "goes on" resumes c.c c.s
	pump c.s
	safe
	point "L28 N03 delete of the IKE SA$ops_as: they begin"
	drain
	n=$(exchanges 37 "$ax")
	xfrm a state flush
	cond "Delete" within 5 more_exchanges 37 "$ax" "$n"
	cond "goes on" flows c.c c.s
	pump c.s
	safe
	point "L28 N03 delete of the child SA$ops_as: we begin"
	drain
	quit a
	cond "b" within 5 has_spis b "$ax" 0
	cond "a" within 5 has_spis a "$ay" 0
	daemon a
	cond "goes on" resumes c.c c.s
	pump c.s
	safe
	point "L16 L28 N03 delete of the IKE SA$ops_as: we begin"
	ops_end
}

# resumes FROM TO: flows, with time for two of the retransmissions of a TCP that
# has waited twice as long each time while there was no SA: one asks for the SA
resumes() { flows "$@" || flows "$@"; }

# again HOST OTHER: a new connection, until it talks
again() {
	port=$((port + 1))
	connect c "$1" "$2" "$fam" "$port" || within 20 talk c
}
# our_crash: we forget all, and begin anew
our_crash() {
	hang_up c
	kill9 a
	xfrm a state flush
	daemon a
	cond "connection" again a b
	cond "a knows b" within 3 peer_known "$port"
	cond "b forgot the old SAs" within 10 has_spis b "$ax" "$ops_kept"
	cond "nothing clear" eq "$(leaked)" 0
}
ops_restart() {
	both_up "$@" "ike=dpd = 1; retries = 2;"
	family "$ops_fam"
	capture cap
	cond "first" again a b
	our_crash
	point "K06 our crash and restart$ops_as: we begin"
	hang_up c
	cond "back" their_reboot
	cond "initiated" their_initiate "$fam"
	cond "a forgot the old SAs" within 10 has_spis a "$ay" 1
	cond "connection" again b a
	cond "a knows b" within 3 peer_known "$port"
	point "K06 their crash and restart$ops_as: they begin"
	hang_up c
	cond "back" their_reboot
	# a connection opened before that would be latched to the dead peer
	cond "found dead" within 20 has_spis a "$ay" 0
	cond "connection" again a b
	cond "a knows b" within 3 peer_known "$port"
	cond "nothing clear" eq "$(leaked)" 0
	point "K05 their crash and restart$ops_as: we begin"
	hang_up c
	stop cap
	both_down
}

# ops_crash: after our crash it is the peer that wants to talk; the point that
# ops_restart leaves out
ops_crash() {
	ops_about
	crash_begin "$@"
	point "K06 our crash and restart$ops_as: they begin"
	crash_end
}
# ops_crashes [SETTING...]: over both IP versions, in both modes, and by all that
# proves who a host is; seven points
ops_crashes() {
	crash 4 "" "$@"
	crash 6 "" "$@"
	crash 4 "tunnel mode" "$@" mode=tunnel
	crash 6 "tunnel mode" "$@" mode=tunnel
	crash 4 "CA" "$@" auth=ca
	crash 4 "raw key" "$@" auth=raw
	crash 4 "shared secret" "$@" auth=psk
}
# crash FAMILY KIND [SETTING...]
crash() {
	ops_fam=$1 ops_kind=$2
	shift 2
	ops_crash "$@"
}
crash_begin() {
	both_up "$@"
	family "$ops_fam"
	capture cap
	cond "first" again a b
	hang_up c
	kill9 a
	xfrm a state flush
	daemon a
	they_learn
	cond "initiated" within 40 begun
	cond "who began" eq "$(exchanges 34 "$ax") $(began)" "1 yes"
	cond "connection" again b a
	cond "a knows b" within 3 peer_known "$port"
	cond "one pair in a" within 10 has_spis a "$ay" 1
	cond "b forgot the old SAs" within 10 has_spis b "$ax" 1
	cond "nothing clear" eq "$(leaked)" 0
}
crash_end() {
	hang_up c
	stop cap
	both_down
}
# they_learn: what it has of us is dead, which it learns by asking in vain
they_learn() { their_rekey_ike "$fam" >/dev/null; }
# begun: host a has SAs, which they were told to make
begun() { has_spis a "$ay" 1 || { their_initiate "$fam" && has_spis a "$ay" 1; }; }
began() { [ "$(exchanges 34 "$ay")" -gt 0 ] && echo yes; }

# fates NEAR FAR ADDRESS: how often each IKE message of that end was seen on its
# own link, on the other, and on its own once more: sent, come, sent by then
fates() {
	{
		ike_messages "$1" "$3" | sed 's/^/sent /'
		ike_messages "$2" "$3" | sed 's/^/come /'
		ike_messages "$1" "$3" | sed 's/^/then /'
	} | awk '{ n[$2, $1]++; all[$2] }
		END { for (m in all) print n[m, "sent"] + 0, n[m, "come"] + 0, n[m, "then"] + 0 }'
}
# hit: the network has lost a message of IKE, which was sent again, doubled one,
# and let packets overtake others (what netem counts as queued again)
hit() {
	{
		fates near cap "$ax"
		fates cap near "$ay"
	} >"$tmp/fates"
	awk '$2 && $1 > $2 { lost = 1 } $1 && $2 > $3 { doubled = 1 }
		END { exit !(lost && doubled) }' "$tmp/fates" &&
		at r tc -s qdisc show | awk '/^qdisc/ { netem = $2 == "netem" }
			netem && / Sent / { n += $11 } END { exit !n }'
}

# rekey_until_hit: which is by chance, so it may take some; after all of them one
# run in 100000 would still have seen no loss
rekey_until_hit() {
	local n try

	for ((try = 1; try <= 30; try++)); do
		n=$(spis a "$ay")
		cond "told ($try)" within 20 their_rekey_child "$fam"
		cond "new SAs ($try)" within 40 not has_spi "$n"
		! hit || break
	done
	cond "IKE was hit: $(tr '\n' ';' <"$tmp/fates")" hit
	note "by then it was rekeyed $try times"
}

ops_loss() {
	local v who

	for v in va vb; do
		at r tc qdisc add dev $v root netem limit 10000 delay 10ms 5ms \
			loss 10% duplicate 10% reorder 20% || bail "no netem"
	done
	family "$ops_fam"
	for who in us them; do
		both_up "$@"
		port=$((port + 1))
		capture cap
		capture near va
		if [ $who = us ]; then
			try c a b "$fam" "$port"
		else
			cond "initiated" within 40 their_initiate "$fam"
			try c b a "$fam" "$port"
		fi
		cond "up" within 40 connected c.c
		cond "talks" within 30 talk c
		cond "a knows b" within 3 peer_known "$port"
		rekey_until_hit
		cond "still talks" within 30 talk c
		cond "one pair in a" within 30 has_spis a "$ay" 1
		cond "one pair in b" within 30 has_spis b "$ax" 1
		cond "nothing clear" eq "$(leaked)" 0
		point "N03 packets lost, doubled, out of order$ops_as: $([ $who = us ] && echo we || echo they) begin"
		hang_up c
		stop cap
		stop near
		both_down
	done
	for v in va vb; do
		at r tc qdisc del dev $v root
	done
}
