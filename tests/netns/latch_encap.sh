#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ESP in UDP is latched like ESP; behind address translation, and from a peer
# with a certificate, the latch tells all that its helper knew.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 8
setup a b
_need nft

R4=10.2.0.254
CERT=$(key_of 1) ANCHOR=$(key_of 2) KEY=$(key_of 3)
udp="encap espinudp 4500 4500 0.0.0.0"
# the sockets that take ESP out of UDP
for h in a b; do
	bg_at "nat-$h" $h socat -u UDP4-RECV:4500,setsockopt-listen=17:100:i2 \
		OPEN:/dev/null
done
_udp_open() { _port a udp 4500 07 && _port b udp 4500 07; }
within 5 _udp_open || bail "no UDP sockets: $(cat "$tmp/nat-a.err")"

# what carries ESP is no traffic of the policies
carrier() {
	local h

	for h in a b; do
		xfrm $h policy add src 0.0.0.0/0 dst 0.0.0.0/0 proto udp \
			sport 4500 dir in priority 1 action allow || return 1
	done
}
carrier

# ---- plain -----------------------------------------------------------------------
bind_pair a b 4 0x1000 || bail "no bindings"
# shellcheck disable=SC2086
sa_pair a b 4 0x1000 gcm256 transport $udp || bail "no ESP in UDP"
protect_pair a b 4
capture wire vb
connect plain a b 4 4801 || bail "no connection"
cond "in UDP" captured_min wire 'udp port 4500' 4
cond "latched at a" is_state a 4801 established
cond "latched at b" is_state b 4801 established
cond "kind" eq "$(row a 4801 protection)" \
	"esp transport confidentiality integrity"
cond "as we see it" eq "$(row a 4801 private)" "local $A4:4500 remote -"
cond "and the peer" eq "$(row a 4801 public)" "local - remote $B4:4500"
cond "key" eq "$(row b 4801 key)" "${ID_a#key:}"
all "L07 L08 L12 ESP in UDP, transport mode: latched, both ends shown"
hang_up plain
within 8 no_latch a
within 8 no_latch b
wipe a b
carrier

# ---- translated --------------------------------------------------------------
at r nft -f - <<N || bail "no address translation"
table ip n {
	chain post {
		type nat hook postrouting priority srcnat;
		ip saddr $A4 udp dport 4500 oifname vb snat to $R4
	}
}
N
# tunnel HOST SRC DST SPI FROM TO: an SA from SRC to DST for packets FROM, TO
tunnel() {
	# shellcheck disable=SC2086
	sa "$1" "$2" "$3" "$4" gcm256 tunnel $udp sel src "$5" dst "$6"
}
# its helpers: a learnt how b sees it, b learnt what a calls itself
if ! { vouch a $B4 0x2000 "$ID_b" $A4 $B4 public $R4 public-port 4500 &&
	vouch a $A4 0x2001 "$ID_b" $A4 $B4 public $R4 public-port 4500 &&
	ctl b sa bind dst $B4 spi 0x2000 peer fqdn:a.example method cert \
		key "$KEY" cert "$CERT" anchor "$ANCHOR" self "$ID_b" \
		local $B4/32 remote $A4/32 private $A4 private-port 4500 &&
	ctl b sa bind dst $R4 spi 0x2001 peer fqdn:a.example method cert \
		key "$KEY" cert "$CERT" anchor "$ANCHOR" self "$ID_b" \
		local $B4/32 remote $A4/32 private $A4 private-port 4500; } \
	>"$tmp/bind.out" 2>&1; then
	bail "cannot bind: $(cat "$tmp/bind.out")"
fi
if ! { tunnel a $A4 $B4 0x2000 $A4 $B4 && tunnel a $B4 $A4 0x2001 $B4 $A4 &&
	tunnel b $R4 $B4 0x2000 $A4 $B4 && tunnel b $B4 $R4 0x2001 $B4 $A4 &&
	xfrm a policy add src $A4 dst $B4 dir out priority 1000 \
		tmpl src $A4 dst $B4 proto esp mode tunnel &&
	xfrm a policy add src $B4 dst $A4 dir in priority 1000 \
		tmpl src $B4 dst $A4 proto esp mode tunnel &&
	xfrm b policy add src $B4 dst $A4 dir out priority 1000 \
		tmpl src $B4 dst $R4 proto esp mode tunnel &&
	xfrm b policy add src $A4 dst $B4 dir in priority 1000 \
		tmpl src $R4 dst $B4 proto esp mode tunnel; }; then
	bail "no tunnels"
fi
sock s b -l 4802 --json-info $B4
within 5 listening b 4802 || bail "no server"
sock c a --json-info $B4 4802
cond "connected" within 10 event c connected
cond "translated" captured_min wire "src $R4 and udp port 4500" 2
cond "latched at a" is_state a 4802 established
cond "latched at b" is_state b 4802 established
all "L12 ESP in UDP through address translation is latched"

cond "a: private" eq "$(row a 4802 private)" "local $A4:4500 remote -"
cond "a: public" eq "$(row a 4802 public)" "local $R4:4500 remote $B4:4500"
cond "b: private" eq "$(row b 4802 private)" \
	"local $B4:4500 remote $A4:4500"
cond "b: public" eq "$(row b 4802 public)" "local - remote $R4:4500"
ctl b -j latch show "$(latch_id b 4802)" >"$tmp/show.json"
for w in "\"local_private\":\"$B4\"" '"local_private_port":4500' \
	"\"remote_private\":\"$A4\"" '"remote_private_port":4500' \
	"\"remote_public\":\"$R4\"" '"remote_public_port":4500'; do
	cond "JSON" has_text "$tmp/show.json" "$w"
done
all "L08 both addresses of both ends are listed"
cond "a: private" event c info local_private "$A4 4500"
cond "a: own public" event c info local_public "$R4 4500"
cond "a: peer's public" event c info remote_public "$B4 4500"
cond "b: private" event s info local_private "$B4 4500"
cond "b: peer's private" event s info remote_private "$A4 4500"
cond "b: peer's public" event s info remote_public "$R4 4500"
cond "nobody told b its own" not event s info local_public "$B4 4500"
all "L08 getsockopt() tells them to the program"
cond "a: inner" event c info inner_remote "$B4 4802"
cond "a: outer" event c info outer_local "$A4 0"
cond "a: outer" event c info outer_remote "$B4 0"
cond "b: inner" event s info inner_local "$B4 4802"
cond "b: outer" event s info outer_local "$B4 0"
cond "b: outer" event s info outer_remote "$R4 0"
cond "listed" eq "$(row b 4802 tunnel)" "$B4 $R4"
all "L09 getsockopt() tells inner and outer addresses of the tunnel"
cond "who" eq "$(row b 4802 peer | cut -d, -f1,2)" \
	"fqdn:a.example, proved by cert"
cond "key" eq "$(row b 4802 key)" "$KEY"
cond "certificate" eq "$(row b 4802 certificate)" "$CERT"
cond "anchor" eq "$(row b 4802 anchor)" "$ANCHOR"
cond "to the program" event s info peer_cert "$CERT"
cond "and the anchor" event s info peer_anchor "$ANCHOR"
cond "and the key" event s info peer_key "$KEY"
cond "the list of bindings" grep -q "cert $CERT anchor $ANCHOR private $A4 private-port 4500" \
	<(ctl b sa list)
cond "JSON" grep -q "\"peer_cert\":\"$CERT\",\"peer_anchor\":\"$ANCHOR\"" \
	"$tmp/show.json"
cond "a was told of none" not event c info peer_cert "$CERT"
all "L06 L07 how the peer was proved, its key, its certificate and the anchor are told"

# ---- what may be said ----------------------------------------------------------
# refused WORDS...: such a binding is refused, with a reason
refused() {
	! ctl b sa bind dst "$B4" spi 0x3000 self "$ID_b" local "$B4/32" \
		remote "$A4/32" "$@" >"$tmp/bind.out" 2>&1 && [ -s "$tmp/bind.out" ]
}
cond "an anchor above nothing" refused peer fqdn:a method cert \
	anchor "$ANCHOR"
cond "an anchor of a bare key" refused peer "$ID_a" method btns \
	cert "$CERT" anchor "$ANCHOR"
cond "another family" refused peer fqdn:a private $A6
cond "a network" refused peer fqdn:a private 10.1.0.0/24
cond "no address" refused peer fqdn:a public 0.0.0.0
cond "a port of nothing" refused peer fqdn:a public-port 4500
cond "a mark outside of its mask" refused peer fqdn:a mark 8/7
cond "nothing was bound" eq "$(ctl b sa list | wc -l)" 2
cond "self-signed is no anchor" ctl b sa bind dst $B4 spi 0x3001 \
	self "$ID_b" local $B4/32 remote 10.1.0.9/32 peer "$ID_a" method btns \
	cert "$CERT"
cond "listed" grep -q "cert $CERT" <(ctl b sa list)
ctl b sa unbind dst $B4 spi 0x3001
all "L07 L11 what contradicts itself is refused; a self-signed certificate needs no anchor"

# ---- the mapping changes --------------------------------------------------------
before=$(values b 4802)
if ! { ctl b sa bind dst $B4 spi 0x2010 peer fqdn:a.example method cert \
	key "$KEY" cert "$CERT" self "$ID_b" local $B4/32 remote $A4/32 &&
	ctl b sa bind dst $R4 spi 0x2011 peer fqdn:a.example method cert \
		key "$KEY" cert "$CERT" self "$ID_b" local $B4/32 \
		remote $A4/32 && vouch a $B4 0x2010 "$ID_b" $A4 $B4 &&
	vouch a $A4 0x2011 "$ID_b" $A4 $B4 &&
	tunnel a $A4 $B4 0x2010 $A4 $B4 && tunnel a $B4 $A4 0x2011 $B4 $A4 &&
	tunnel b $R4 $B4 0x2010 $A4 $B4 && tunnel b $B4 $R4 0x2011 $B4 $A4; } \
	>"$tmp/bind.out" 2>&1; then
	bail "cannot rekey: $(cat "$tmp/bind.out")"
fi
sa_del a $B4 0x2000
sa_del b $B4 0x2000
sa_del a $A4 0x2001
sa_del b $R4 0x2001
tell c "send after the rekey"
cond "goes on" within 6 event s data text "after the rekey "
cond "established" is_state b 4802 established
cond "as it was" eq "$(values b 4802)" "$before"
cond "still the certificate that was latched" eq "$(row b 4802 anchor)" "$ANCHOR"
all "L14 N03 rekeyed: what was latched is told as it was"
stop c
stop s
finish
