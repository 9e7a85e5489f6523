#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of every kind. b knows a by one and takes anybody; a has it in latch and
# binding. c asserts the same name, and has another key.
# timeout: 240
# shellcheck disable=SC2317,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
_need openssl
plan 17
setup a b c

# the keys stay, so that PADs can name them
for h in a b c; do
	conf $h
	daemon $h
done
key=$(fp a)
calm a b c
port=5000

# authority NAME: whom b trusts, and another that calls itself the same
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$tmp/$1.key" -out "$tmp/$1.pem" -days 30 -subj /CN=ca \
		-addext basicConstraints=critical,CA:TRUE
}
# certify HOST CA: the subject is a's whoever it is
certify() {
	openssl req -new -key "$tmp/etc-$1/key.pem" -subj /CN=a.example \
		-out "$tmp/$1.csr" &&
		openssl x509 -req -in "$tmp/$1.csr" -CA "$tmp/$2.pem" \
			-CAkey "$tmp/$2.key" -set_serial "0x$RANDOM" -days 7 \
			-out "$tmp/$1.pem"
}
{
	authority ca && authority ca2 && certify a ca && certify c ca2
} >"$tmp/openssl.log" 2>&1 || bail "no certificates: $(cat "$tmp/openssl.log")"
# the subject: SEQUENCE, SET, SEQUENCE, commonName, UTF8String
DN=dn:30143112301006035504030c09$(printf a.example | od -An -tx1 | tr -d ' \n')

# names ID PROOF ENTRY [IDENTITY-OF-a IDENTITY-OF-c]
names() {
	local id=$1 proof=$2

	calm a b c
	port=$((port + 1))
	conf a "id=$id" "identity=${4:-}"
	conf c "id=$id" "identity=${5:-}"
	conf b "pad=$PAD_ANY, { name = \"n\"; id = \"$id\"; addresses = [ \"$A4/32\" ]; $3 }"
	for h in b a c; do
		daemon $h
	done
	want_pair a b 4 && want_pair c b 4 || bail "no policies"
	capture "cap$port" vc
	try "a$port" a b 4 $port
	cond "talks" talk "a$port"
	cond "latch" within 3 _peer_is b $port "$id, proved by $proof"
	cond "binding" bound b $A4 "$id"
	[ -z "$_faults" ] || note "$(tail_log a b)"
	all "B03 U06 $id, proved by $proof: latch and binding have the name"
	hang_up "a$port"

	try "c$port" c b 4 $port
	cond "b says why" within 10 logs b \
		"$C4.*refused: .*(the peer's key is not the one of that identity|under the ca of PAD entry n)"
	cond "c is told" within 5 logs c AUTHENTICATION_FAILED
	cond "no connection" not connected "c$port.c"
	cond "no SA in b" has_spis b $C4 0
	cond "no SA in c" has_spis c $B4 0
	cond "no binding" not eval 'ctl b sa list | grep -q "dst $C4 "'
	cond "nothing on the wire" eq \
		"$(captured "cap$port" 'ip proto 6 or ip proto 50')" 0
	cond "a stays" bound b $A4 "$id"
	[ -z "$_faults" ] || note "$(tail_log b c)"
	all "B04 T05 $id with another key: refused, though a wildcard is there"
	hang_up "c$port"
	stop "cap$port"
}

names fqdn:a.example rawkey "key = \"$key\";"
names rfc822:joe@a.example rawkey "key = \"$key\";"
names ipv4:$A4 rawkey "key = \"$key\";"
names ipv6:$A6 rawkey "key = \"$key\";"
names keyid:c0ffee rawkey "key = \"$key\";"
names "$DN" rawkey "key = \"$key\";"
names "$DN" cert "auth = \"cert\"; ca = \"$tmp/ca.pem\"; local_auth = \"key\";" \
	"cert = \"$tmp/a.pem\";" "cert = \"$tmp/c.pem\";"

# it is the name that was refused
quit c
conf c
daemon c
try nameless c b 4 5090
cond "talks" talk nameless
cond "b sees the key" within 3 key_peer b 5090 c
[ -z "$_faults" ] || note "$(tail_log b c)"
all "B03 U04 without that name the wildcard takes it"
hang_up nameless

# what a certificate cannot have is no name of who shows one
calm a b
conf a id=keyid:612e6578616d706c65 "identity=cert = \"$tmp/a.pem\";"
conf b "pad=$PAD_ANY, { name = \"n\"; id = \"keyid:612e6578616d706c65\"; addresses = [ \"$A4/32\" ]; auth = \"cert\"; ca = \"$tmp/ca.pem\"; local_auth = \"key\"; }"
daemon b
daemon a
want_pair a b 4 || bail "no policies"
try unproved a b 4 5091
cond "b says why" within 10 logs b 'identity is neither in subjectAltName nor the subject'
cond "no SA" has_spis b $A4 0
cond "no connection" not connected unproved.c
[ -z "$_faults" ] || note "$(tail_log a b)"
all "B04 a key id is proved by no certificate, not even with its octets as the subject's name"
hang_up unproved
calm c
ctl b pad list >"$tmp/pad"
is "B02 and the wildcard is the last entry of b" \
	"$(tail -n 1 "$tmp/pad" | grep -c ' btns any')" 1
finish
