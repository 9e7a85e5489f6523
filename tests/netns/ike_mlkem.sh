#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ML-KEM between two btnsd in their seccomp filters: by default where OpenSSL has
# it, again when the IKE SA is rekeyed, and not with peers that have none.
# timeout: 150
# rigs: uml
# slow
# peer: strongswan-trixie
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=tests/netns/openssl.sh
. "$(dirname "$0")/openssl.sh"
plan 4
setup a b
# nothing of strongSwan: its folder has a newer libcrypto
with_mlkem "${BTNS_PEER_strongswan_trixie:-}"

INTERMEDIATE=43
FOLLOWUP=44
port=5000
said() { cond "$1: $2" logs "$1" "$2: additional key exchange by ML_KEM_768"; }

# opened IKE-OF-a IKE-OF-b: both daemons, fresh, and a connection is tried
opened() {
	port=$((port + 1))
	conf a "ike=$1" 'child=bytes = 300000;'
	conf b "ike=$2"
	daemon a
	daemon b
	want_pair a b 4 || bail "no policies"
	capture "cap$port"
	try "c$port" a b 4 "$port"
}
over() { # TEXT
	[ -z "$_faults" ] || note "$(tail_log a b)"
	all "$1"
	hang_up "c$port"
	stop "cap$port"
	calm a b
}

opened 'lifetime = 60;' ''
cond "talks" within 5 talk c$port
cond "a knows b" within 3 key_peer a $port b
cond "exchanges" eq "$(ike_count cap$port $INTERMEDIATE $A4)" 1
for h in a b; do
	said $h IKE_INTERMEDIATE
	cond "jail of $h" jailed "${_pid_of[btnsd-$h]}"
done
cond "nothing clear" eq "$(clear cap$port $port)" 0
[ -z "$_faults" ] || note "$(tail_log a b)"
all "ML-KEM-768 is done by default, in the seccomp filter"

v=$(values a $port)
cond "rekeyed" within 75 logs a 'CREATE_CHILD_SA: rekeyed #[0-9]+ as initiator'
cond "exchanges" eq "$(ike_count cap$port $FOLLOWUP $A4)" 1
said a IKE_FOLLOWUP_KE
said b IKE_FOLLOWUP_KE
cond "talks" talk c$port
cond "same latch" eq "$(values a $port)" "$v"
cond "no new IKE_SA_INIT" eq "$(ike_count cap$port 34 $A4) $(ike_count cap$port 34 $B4)" "1 0"
over "N03 and again when the IKE SA is rekeyed: same latch"

opened '' 'additional = [ "none" ];'
cond "talks" within 5 talk c$port
cond "exchanges" eq "$(ike_count cap$port $INTERMEDIATE $A4)" 0
cond "nothing clear" eq "$(clear cap$port $port)" 0
over "by default a peer without one is taken"

opened 'additional = [ "mlkem1024" ];' ''
cond "refused" within 8 logs a NO_PROPOSAL_CHOSEN
cond "no connection" not connected c$port.c
cond "nothing came" eq "$(captured cap$port 'ip proto 6 or ip proto 50')" 0
over "U02 who insists on another has nothing with it, and sends nothing"
finish
