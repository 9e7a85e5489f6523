#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What latching costs: throughput and connections per second of latched TCP
# over ESP, as a ratio to the same without latching, in turns in one run. The
# cipher is null, so that it hides nothing. Prints a table; judges nothing.
#
#   a 10.8.0.1  va ---- vb  10.8.0.2 b
#
# Usage: tools/rig/uml run tests/bench/latch.sh       (or as root on a host
#        that can load the module, with BTNS_KO=.../btns.ko)
# timeout: 180
set -u
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-2}
conns=${CONNS:-1500}
extra_sas=${EXTRA_SAS:-500}
A=10.8.0.1 B=10.8.0.2
tmp=$(mktemp -d) || exit 1
a=bench-a-$$ b=bench-b-$$
pids=()

cleanup() {
	local pid

	for pid in "${pids[@]}"; do
		kill "$pid" 2>"$tmp/err"
		wait "$pid" 2>"$tmp/err"
	done
	ip netns del "$a"
	ip netns del "$b"
	rm -rf "$tmp"
}
trap cleanup EXIT

grep -q '^btns ' /proc/modules || insmod "$BTNS_KO" || exit 1
ip netns add "$a" && ip netns add "$b" || exit 1
ip link add va netns "$a" type veth peer name vb netns "$b"
ip -n "$a" addr add $A/24 dev va
ip -n "$b" addr add $B/24 dev vb
for n in "$a" "$b"; do
	ip -n "$n" link set lo up
	ip -n "$n" link set va up 2>"$tmp/err" || ip -n "$n" link set vb up
done

key=0x$(printf '%040d' 7)
sa() { # NS SRC DST SPI
	ip -n "$1" xfrm state add src "$2" dst "$3" proto esp spi "$4" \
		mode transport enc 'ecb(cipher_null)' '' \
		auth-trunc 'hmac(sha1)' "$key" 96 replay-window 32
}
policy() { # NS ME PEER
	ip -n "$1" xfrm policy add src "$2" dst "$3" dir out \
		tmpl src "$2" dst "$3" proto esp mode transport
	ip -n "$1" xfrm policy add src "$3" dst "$2" dir in \
		tmpl src "$3" dst "$2" proto esp mode transport
}
for n in "$a" "$b"; do
	sa "$n" $A $B 0x100
	sa "$n" $B $A 0x200
	# a busy SAD: what a new connection must not have to walk each time
	for ((i = 0; i < extra_sas; i++)); do
		echo "xfrm state add src $A dst 10.9.$((i / 250)).$((i % 250 + 1))" \
			"proto esp spi $((4096 + i)) mode transport" \
			"enc ecb(cipher_null) \"\" auth-trunc hmac(sha1) $key 96"
	done | ip -n "$n" -batch -
done
policy "$a" $A $B
policy "$b" $B $A

auto() { # 0|1
	ip netns exec "$a" sysctl -qw net.btns.latch_auto="$1"
	ip netns exec "$b" sysctl -qw net.btns.latch_auto="$1"
}

cat >"$tmp/many.py" <<'PY'
import socket, sys, threading, time
mode, addr, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if mode == "serve":
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(1024)
    while True:
        c, _ = s.accept()
        c.close()
start = time.monotonic()
for _ in range(count):
    c = socket.create_connection((addr, port))
    c.recv(1)
    c.close()
print(round(count / (time.monotonic() - start)))
PY

ip netns exec "$b" iperf3 -s -p 5201 >"$tmp/iperf.log" 2>&1 &
pids+=($!)
ip netns exec "$b" python3 "$tmp/many.py" serve $B 5300 0 &
pids+=($!)
for ((i = 0; i < 100; i++)); do
	[ "$(ip netns exec "$b" ss -Hltn | grep -c ':5[23]0[01] ')" = 2 ] && break
	sleep 0.05
done

bulk() {
	ip netns exec "$a" iperf3 -c $B -p 5201 -t "$seconds" -J |
		python3 -c 'import json,sys
print(round(json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"] / 1e6))'
}
many() { ip netns exec "$a" python3 "$tmp/many.py" dial $B 5300 "$conns"; }
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

# one round each that does not count: caches, slabs
auto 1
bulk >"$tmp/err"
many >"$tmp/err"
for ((i = 1; i <= rounds; i++)); do
	for on in 0 1; do
		auto $on
		bulk >>"$tmp/bulk.$on"
		many >>"$tmp/many.$on"
	done
done

row() { # NAME FILE
	local off on

	off=$(median <"$tmp/$2.0")
	on=$(median <"$tmp/$2.1")
	printf '%-28s %10s %10s   %s\n' "$1" "$off" "$on" \
		"$(awk -v a="$off" -v b="$on" 'BEGIN { printf "%.3f", b / a }')"
}
echo "# medians of $rounds rounds in turns, $(uname -r), $extra_sas more SAs"
printf '%-28s %10s %10s   %s\n' '' plain latched ratio
row "TCP over ESP, Mbit/s" bulk
row "connections per second" many
