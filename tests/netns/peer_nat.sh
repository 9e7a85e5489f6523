# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2317,SC2015,SC2016,SC2034 # b_* and the rest are of peer.sh
# A NAT before whoever begins: ESP in UDP, in transport mode. Read by the scripts
# of the peers, after peer.sh.
_need nft

# outside FAMILY us|them: the NAT's address, as the other end sees it
outside() {
	case $1$2 in
	4us) echo 10.2.0.254 ;;
	6us) echo fd00:2::ff ;;
	4them) echo 10.1.0.254 ;;
	6them) echo fd00:1::ff ;;
	esac
}
# translate FAMILY us|them: what that end sends has the router's address, and
# other ports
translate() {
	local table=ip addr=ip from=$ax out=vb

	[ "$1" = 4 ] || table=ip6 addr=ip6
	[ "$2" = us ] || from=$ay out=va
	at r nft -f - <<-N
		flush ruleset
		table $table n {
			chain post {
				type nat hook postrouting priority srcnat;
				$addr saddr $from oifname $out udp dport { 500, 4500 } snat to $([ "$1" = 4 ] && outside "$1" "$2" || echo "[$(outside "$1" "$2")]"):20000-30000
			}
		}
	N
}
# in_udp FAMILY ADDRESS: ESP in UDP from that address, from a port of the NAT
in_udp() {
	local at='udp[8:4]'

	[ "$1" = 4 ] || at='ip6[48:4]'
	captured_min nat "src host $2 and udp src portrange 20000-30000 and udp dst port 4500 and $at != 0" 2
}

# _nat_cell us|them: one end begins from behind a NAT, in the family set
_nat_cell() {
	local who=$1 out

	out=$(outside "$fam" "$who")
	port=$((port + 1))
	if [ "$who" = us ]; then
		capture nat vb
		cond "connection" connect c a b "$fam" "$port"
	else
		capture nat va
		cond "initiated" their_initiate "$fam"
		cond "connection" connect c b a "$fam" "$port"
	fi
	cond "ESP in UDP" within 3 in_udp "$fam" "$out"
	cond "a knows b" within 3 peer_known "$port"
	cond "nothing clear" eq "$(clear nat "$port")" 0
	cond "no bare ESP" eq "$(captured nat "ip proto 50 or ip6 proto 50")" 0
}
# _nat_refused: we begin, and the peer has no answer to our selectors
_nat_refused() {
	port=$((port + 1))
	capture nat vb
	try c a b "$fam" "$port"
	cond "refused" within 8 logs a 'refused the child: TS_UNACCEPTABLE'
	cond "nothing clear" eq "$(clear nat "$port")" 0
}

# nat_row "IDS TEXT" [SETTING...]: each end begins from behind a NAT
nat_row() {
	local text=$1 f who what
	shift

	for f in 4 6; do
		for who in us them; do
			family $f
			translate $f $who || bail "no address translation"
			if [ $who = us ]; then
				seen=([a$f]="$(outside $f us)")
				what="$text: we begin, IPv$f"
			else
				seen=([b$f]="$(outside $f them)")
				what="$text: they begin, IPv$f"
			fi
			both_up "$@"
			if [ $who = us ] && [ "$b_mode" = transport ] &&
				! their_can substitute; then
				_nat_refused
				if [ -z "$_faults" ]; then
					cannot "$what" "it takes no selectors with an address from behind a NAT in transport mode (RFC 7296 section 2.23.1)"
				else
					point "$what"
				fi
			else
				_nat_cell $who
				point "$what"
			fi
			hang_up c
			stop nat
			both_down
			seen=()
		done
	done
	at r nft flush ruleset
}
