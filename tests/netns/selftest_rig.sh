#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the rig itself work? Two network namespaces, a veth pair, ESP with an
# AEAD by hand, one ping through it. No btns here: when this fails, look at the
# rig before looking at the module.
#
#   a 10.9.0.1 ---- veth, ESP transport mode ---- 10.9.0.2 b
set -u

echo "KTAP version 1"
echo "1..5"
n=0
bad=0
ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		bad=1
	fi
}

a=rig-a-$$
b=rig-b-$$
trap 'ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null' EXIT

ip netns add $a && ip netns add $b
ok $? "network namespaces can be made"
ip link add ve0 netns $a type veth peer name ve0 netns $b &&
	ip -n $a addr add 10.9.0.1/24 dev ve0 && ip -n $a link set ve0 up &&
	ip -n $b addr add 10.9.0.2/24 dev ve0 && ip -n $b link set ve0 up
ok $? "a veth pair joins them"

key=0x000102030405060708090a0b0c0d0e0f10111213
rc=0
for ns in $a $b; do
	for d in "10.9.0.1 10.9.0.2 0x101" "10.9.0.2 10.9.0.1 0x102"; do
		# shellcheck disable=SC2086
		set -- $d
		ip -n "$ns" xfrm state add src "$1" dst "$2" proto esp spi "$3" \
			mode transport aead 'rfc4106(gcm(aes))' $key 128 || rc=1
	done
done
ok $rc "ip xfrm state add ... esp aead works"

dir() { [ "$1" = "$2" ] && echo out || echo in; }
rc=0
for ns in $a $b; do
	ip -n "$ns" xfrm policy add src 10.9.0.1/32 dst 10.9.0.2/32 \
		dir "$(dir "$ns" $a)" tmpl proto esp mode transport || rc=1
	ip -n "$ns" xfrm policy add src 10.9.0.2/32 dst 10.9.0.1/32 \
		dir "$(dir "$ns" $b)" tmpl proto esp mode transport || rc=1
done
i=0
until ip netns exec $a ping -c 1 -W 1 10.9.0.2 >/dev/null; do
	i=$((i + 1))
	[ $i -lt 10 ] || {
		rc=1
		break
	}
done
packets=$(ip -n $b -s xfrm state get src 10.9.0.1 dst 10.9.0.2 proto esp \
	spi 0x101 | grep -A1 'lifetime current' | grep -o '[0-9]*(packets)')
[ "${packets%(packets)}" -gt 0 ] || rc=1
ok $rc "a ping goes through ESP (${packets:-no packets})"

if [ "${BTNS_RIG:-host}" = host ]; then
	ok 0 "module file # SKIP none needed on the host"
else
	[ -r "${BTNS_KO:-}" ]
	ok $? "the module file can be read in the guest"
fi
exit $bad
