#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd with what btnsd.service leaves it: capabilities, system calls, a /proc of
# processes alone. It starts, makes SAs, reads its file again, replaces a reader that
# was killed, and ends as a service manager has it end.
# timeout: 90
# rigs: uml host
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
# shellcheck source=tests/static/syscalls.sh
. "$here/../static/syscalls.sh"
_need unitcalls forbid setpriv unshare systemd-analyze
unit=$here/../../userspace/btnsd/btnsd.service
plan 4

# said KEY: what the unit has for it
said() { sed -n "s/^$1=//p" "$unit"; }
# bounding: as setpriv(1) has it
bounding() {
	local cap

	printf -- -all
	for cap in $(said CapabilityBoundingSet); do
		printf ',+%s' "$(tr '[:upper:]' '[:lower:]' <<<"${cap#CAP_}")"
	done
}
broker() { echo "${_pid_of[btnsd-a]}"; }
# reader [OTHER]: the child of the broker, in REPLY, if it is not that
reader() { REPLY=$(pgrep -P "$(broker)") && [ "$REPLY" != "${1:-}" ]; }
status() { sed -n "s/^$2:\t//p" "/proc/$1/status"; }

setup a b
unit_calls "$unit" >"$tmp/calls" 2>"$tmp/calls.err"
mkdir "$tmp/unit"
cat >"$tmp/unit/btnsd" <<X
#!/bin/bash
mount -t proc -o subset=pid,hidepid=invisible proc /proc &&
	exec setpriv --bounding-set=$(bounding) --no-new-privs \\
	unitcalls "$tmp/calls" "$BTNS_BUILD/bin/btnsd" "\$@"
X
chmod +x "$tmp/unit/btnsd"
# as_unit HOST: daemon, as the unit starts it
as_unit() {
	bg_at "btnsd-$1" "$1" unshare --mount "$tmp/unit/btnsd" -v -c "$tmp/$1.conf"
	within 10 _settled "$1"
	alive "btnsd-$1" && _learn_fp "$1"
}

cond "calls" [ "$(wc -l <"$tmp/calls")" -gt 200 ]
for h in a b; do
	conf $h
	cond "$h starts" as_unit $h
done
[ -z "$_faults" ] || note "$(tail_log a b)"
all "with the unit's capabilities, calls and /proc btnsd starts"
dead btnsd-a && bail "it did not start"

reader || bail "no reader"
cond "broker" eq "$(status "$(broker)" CapEff) $(status "$(broker)" CapBnd)" \
	"0000000000001000 0000000000001000"
# without CAP_SETPCAP nobody leaves the bounding set, and what is in it is out of reach
cond "reader" eq "$(status "$REPLY" CapEff) $(status "$REPLY" CapPrm)" \
	"0000000000000000 0000000000000000"
cond "for good" eq "$(status "$REPLY" NoNewPrivs)" 1
# the unit's filter, and its own
cond "filters of the broker" eq "$(status "$(broker)" Seccomp_filters)" 2
cond "filters of the reader" eq "$(status "$REPLY" Seccomp_filters)" 3
all "and gives up what is left, and is in its own filters as well"

reader || bail "no reader"
first=$REPLY
want_pair a b 4 || bail "no policies"
cond "connection" connect one a b 4 5001
cond "a knows b" within 3 key_peer a 5001 b
kill -HUP "$(broker)"
cond "reads" within 5 logs a 'configuration is in force'
cond "killed" forbid "$first"
cond "another" within 10 reader "$first"
cond "ready" within 10 eval '[ "$(logged a " ready")" -ge 2 ]'
cond "data" talk one
[ -z "$_faults" ] || note "$(tail_log a b)"
all "it makes SAs, reads its file again, and starts another reader"

spi=$(spis a $B4)
# to all processes of the unit, as KillMode=control-group has it
reader || bail "no reader"
kill -s "$(said KillSignal)" "$(broker)" "$REPLY"
cond "ends" ends_with 0 btnsd-a
cond "SAs stay" eq "$(spis a $B4)" "$spi"
cond "data" talk one
[ -z "$_faults" ] || note "$(tail_log a b)"
all "KillSignal= to both ends both, and SAs stay"
hang_up one
finish
