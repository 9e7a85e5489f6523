# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every script here needs: KTAP, hosts in network namespaces, SAs and
# policies by hand, connections, captures, counters, and a look at the end
# whether anything was left behind. The same on the host, in UML and in QEMU.
#
#   a 10.1.0.1     va     r     vb  10.2.0.1 b
#     fd00:1::1  ------  10.x.0.254  ------  fd00:2::1
#                        fd00:x::ff
#                           | vc
#                    c 10.3.0.1 fd00:3::1
#
# A script does: plan N; setup; its points; finish. It is run as root with
# BTNS_KO, BTNS_BUILD, BTNS_RIG and BTNS_SLOW.
set -u
LC_ALL=C
BTNS_RIG=${BTNS_RIG:-host}
BTNS_SLOW=${BTNS_SLOW:-1}
BTNS_DEBUG=${BTNS_DEBUG:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BTNS_BUILD=${BTNS_BUILD:-$here/../../build}
BTNS_KO=${BTNS_KO:-$here/../../btns.ko}
PATH=$BTNS_BUILD/bin:$BTNS_BUILD/tests/tools:$PATH:/usr/sbin:/sbin
export LC_ALL PATH

# Addresses and identities that the scripts use.
A4=10.1.0.1 B4=10.2.0.1 C4=10.3.0.1
A6=fd00:1::1 B6=fd00:2::1 C6=fd00:3::1
key_of() { printf 'SHA256:%064d' 0 | tr 0 "$1"; }
ID_a=key:$(key_of a) ID_b=key:$(key_of b) ID_c=key:$(key_of c)
ID_d=key:$(key_of d)
export A4 B4 C4 A6 B6 C6 ID_a ID_b ID_c ID_d

tmp=$(mktemp -d "${TMPDIR:-/tmp}/btns-test.XXXXXX") || exit 1
_n=0 _bad=0 _plan=0 _loaded=
_pids=()
declare -A _base _pid_of _fd_of
mkfifo "$tmp/never"
exec {_never}<>"$tmp/never"

# ---- KTAP ----------------------------------------------------------------

# plan N: how many points the script has; finish adds one
plan() {
	_plan=$(($1 + 1))
}
_head() {
	echo "KTAP version 1"
	echo "1..$_plan"
}

# note TEXT...: a diagnostic line
note() {
	local line

	while IFS= read -r line; do
		echo "# $line"
	done <<<"$*"
}

pass() {
	_n=$((_n + 1))
	echo "ok $_n $1"
}

# fail DESCRIPTION [WHY]
fail() {
	_n=$((_n + 1))
	_bad=1
	echo "not ok $_n $1"
	[ -z "${2:-}" ] || note "$2"
}

skip() {
	_n=$((_n + 1))
	echo "ok $_n $1 # SKIP $2"
}

skip_all() {
	echo "KTAP version 1"
	echo "1..0 # SKIP $1"
	trap - EXIT
	_cleanup
	exit 4
}

# lacks WHY: the rig has not what it should have, so nothing is tested. With
# CI=true, which rigs pass on, that is a failure, as it is in tools/check. Where a
# kernel may well be without something, a script skips.
lacks() {
	[ "${CI:-}" = true ] || skip_all "$1"
	trap _exit EXIT
	bail "$1"
}
# lacking DESCRIPTION WHY: the same for one point
lacking() {
	if [ "${CI:-}" = true ]; then
		fail "$1" "$2"
	else
		skip "$@"
	fi
}

# bail WHY: nothing that follows makes sense
bail() {
	note "cannot go on: $1"
	echo "Bail out! $1"
	exit 1
}

# _why FILE COMMAND...: the end of what it said, and of the program it is about
_why() {
	tail -n 6 "$tmp/$1" | uniq | cut -c 1-300
	shift
	while [ $# -gt 1 ]; do
		case $1 in
		event | hears | says | connected | latched | alive | dead)
			tail -n 2 "$tmp/$2.out" "$tmp/$2.err" 2>&1 | cut -c 1-300
			;;
		esac
		shift
	done
}

# check DESCRIPTION COMMAND...: the command must succeed
check() {
	local what=$1
	shift

	if "$@" >"$tmp/check.out" 2>&1; then
		pass "$what"
	else
		fail "$what" "failed: $*
$(_why check.out "$@")"
	fi
}

# is DESCRIPTION GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:    $2
wanted: $3"
	fi
}

# all DESCRIPTION: one point for several conditions; each is "cond TEXT CMD..."
_faults=
cond() {
	local what=$1
	shift

	"$@" >"$tmp/cond.out" 2>&1 || _faults+="$what: $*
$(_why cond.out "$@")
"
}
all() {
	if [ -z "$_faults" ]; then
		pass "$1"
	else
		fail "$1" "$_faults"
	fi
	_faults=
}

eq() { [ "$1" = "$2" ] || {
	echo "got: $1"
	echo "wanted: $2"
	false
}; }
not() { ! "$@"; }

# ---- time ----------------------------------------------------------------

# nap [SECONDS]: a little while, without a process
nap() {
	read -r -t "${1:-0.02}" -u "$_never" _ || return 0
}

now_ms() {
	local t=${EPOCHREALTIME/./}

	echo $((t / 1000))
}

# within SECONDS COMMAND...: until it succeeds; the time is for a fast machine.
# Looks often at first and less often then: in a guest whatever starts a process
# is dear, and who waits takes the time from what is waited for.
within() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000 * BTNS_SLOW)) n=0
	local naps=(0.01 0.02 0.03 0.05 0.08 0.12)
	shift

	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		nap "${naps[n]}"
		n=$((n < 5 ? n + 1 : n))
	done
}

# ---- reading, without a process ------------------------------------------

# _read FILE: its text, in REPLY; none if it cannot be read. A process may end
# between any two steps of this, and its files with it; all else is an error.
_read() {
	local line

	REPLY=
	[ -r "$1" ] || return 0
	{ IFS= read -r -d '' REPLY <"$1"; } 2>"$tmp/read.err"
	[ -s "$tmp/read.err" ] || return 0
	REPLY=
	while IFS= read -r line; do
		case $1:$line in
		/proc/[0-9]*': No such process' | /proc/[0-9]*': No such file or directory') ;;
		*) echo "$line" >&2 ;;
		esac
	done <"$tmp/read.err"
}
# has_text FILE TEXT
has_text() {
	_read "$1"
	[[ $REPLY == *"$2"* ]]
}
# _proc_net HOST FILE: /proc/net/FILE as that host sees it, in REPLY
_proc_net() { _read "/proc/${_pid_of[anchor-$1]:-none}/net/$2"; }
# _port HOST PROTO PORT STATE: has a socket on that local port that state, as
# /proc/net has it in hexadecimal
_port() {
	local hex f

	printf -v hex %04X "$3"
	for f in "$2" "${2}6"; do
		_proc_net "$1" "$f"
		[[ $REPLY =~ :\ [0-9A-F]+:$hex\ [0-9A-F]+:[0-9A-F]+\ $4\  ]] &&
			return
	done
	return 1
}

# ---- hosts ---------------------------------------------------------------

_tag=${BTNS_TAG:-t$$}
ns() { echo "$_tag-$1"; }
at() {
	local h=$1
	shift

	nsenter --net="/run/netns/$_tag-$h" "$@"
}
xfrm() {
	local h=$1
	shift

	ip -n "$_tag-$h" xfrm "$@"
}
ctl() {
	local h=$1
	shift

	btnsctl -n "$_tag-$h" "$@"
}
knob() {
	at "$1" sysctl -q -w "net.btns.$2=$3"
}

_need() {
	local p

	for p in "$@"; do
		command -v "$p" >/dev/null || lacks "$p is not installed"
	done
}

load() {
	local msg

	[ -r "$BTNS_KO" ] || lacks "no module at $BTNS_KO"
	! grep -q '^btns ' /proc/modules ||
		skip_all "btns is loaded and in use on this machine"
	msg=$(insmod "$BTNS_KO" 2>&1) || {
		[ "$BTNS_RIG" = host ] || bail "insmod: $msg"
		skip_all "this kernel does not take the module: $msg"
	}
	_loaded=1
}

# _host NAME NUMBER: a host and its link to the router
_host() {
	local h=$_tag-$1 v=v$1 i=$2

	ip netns add "$h" || bail "cannot make network namespace $h"
	ip link add eth0 netns "$h" type veth peer name "$v" netns "$_tag-r" ||
		bail "cannot make a veth pair"
	ip -n "$_tag-r" -batch - <<-X
		addr add 10.$i.0.254/24 dev $v
		addr add fd00:$i::ff/64 dev $v nodad
		link set $v up
	X
	ip -n "$h" -batch - <<-X
		link set lo up
		addr add 10.$i.0.1/24 dev eth0
		addr add fd00:$i::1/64 dev eth0 nodad
		link set eth0 up
		route add default via 10.$i.0.254
		route add default via fd00:$i::ff
	X
	_quick "$1"
	# whose /proc/PID/net is the host's
	bg_at "anchor-$1" "$1" sleep infinity
}
# leave HOST: nothing of ours keeps its namespace any longer
leave() { stop "anchor-$1"; }

# quick to forget what is over, so that latch counts go back soon
_quick() {
	at "$1" sysctl -q -w net.ipv4.tcp_max_tw_buckets=0 \
		net.ipv4.tcp_fin_timeout=1 net.ipv4.tcp_orphan_retries=1 \
		net.btns.latch_gc_ms=50 net.btns.pad_mode=0 >/dev/null ||
		bail "cannot set sysctls in $1"
}

# setup a b [c]: module, router and these hosts
setup() {
	local h i=0 hosts=$*

	_need nsenter ip ss socat tcpdump sysctl btnsctl rawtcp tcpseq latchsock
	trap _exit EXIT
	trap 'exit 1' TERM INT
	load
	_head
	ip netns add "$_tag-r" || bail "cannot make network namespaces"
	at r sysctl -q -w net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	for h in a b c; do
		i=$((i + 1))
		case " $hosts " in *" $h "*) _host $h $i ;; esac
	done
	_hosts=$hosts
	# neighbours learnt now, so that no test meets the first resolution
	for h in $hosts; do
		within 10 at "$h" ping -c 1 -W 1 -q "fd00:$(_num "$h")::ff" \
			>/dev/null || bail "IPv6 does not come up in $h"
		at "$h" ping -c 1 -W 1 -q "10.$(_num "$h").0.254" >/dev/null
	done
}
_num() { case $1 in a) echo 1 ;; b) echo 2 ;; c) echo 3 ;; esac; }

# ---- processes -----------------------------------------------------------

# bg NAME COMMAND...: in the background, output in NAME.out and NAME.err
bg() {
	local name=$1
	shift

	: >"$tmp/$name.out"
	: >"$tmp/$name.err"
	"$@" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null &
	_pid_of[$name]=$!
	_pids+=($!)
}

# bg_at NAME HOST COMMAND...: the process is the command itself
bg_at() {
	local name=$1 h=$2
	shift 2

	bg "$name" nsenter --net="/run/netns/$_tag-$h" "$@"
}

# alive NAME: by /proc, as bash can be late to collect a child that has ended
alive() {
	_read "/proc/${_pid_of[$1]:-none}/stat"
	[[ -n $REPLY && $REPLY != *") Z "* ]]
}
dead() { ! alive "$1"; }

# stop NAME [SIGNAL]: end it and wait for it
stop() {
	local pid=${_pid_of[$1]:-}

	[ -n "$pid" ] || return 0
	kill -s "${2:-TERM}" "$pid" 2>/dev/null
	if ! within 5 dead "$1"; then
		kill -s KILL "$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
	unset "_pid_of[$1]"
}

# ends_with STATUS NAME [SECONDS]: it ends by itself, with that exit status
ends_with() {
	local rc

	within "${3:-10}" dead "$2" || {
		echo "$2 is still running"
		grep State "/proc/${_pid_of[$2]}/status"
		cat "/proc/${_pid_of[$2]}/wchan"
		return 1
	}
	wait "${_pid_of[$2]}"
	rc=$?
	unset "_pid_of[$2]"
	eq $rc "$1"
}

# shellcheck source=tests/netns/sa.sh
. "$here/sa.sh"

# ---- connections ---------------------------------------------------------

_url() { # PROTO-WORD ADDRESS PORT
	case $2 in
	*:*) echo "${1}6:[$2]:$3" ;;
	*) echo "${1}4:$2:$3" ;;
	esac
}
_listen_url() { # ADDRESS PORT
	case $1 in
	*:*) echo "TCP6-LISTEN:$2,bind=[$1],reuseaddr" ;;
	*) echo "TCP4-LISTEN:$2,bind=$1,reuseaddr" ;;
	esac
}

listening() { _port "$1" tcp "$2" 0A; }

# _driven NAME HOST PROGRAM...: `tell` commands it, its events are lines of
# JSON in NAME.out. As user AS if that is set.
_driven() {
	local name=$1 h=$2 fd
	shift 2

	rm -f "$tmp/$name.in"
	mkfifo "$tmp/$name.in"
	exec {fd}<>"$tmp/$name.in"
	_fd_of[$name]=$fd
	: >"$tmp/$name.out"
	nsenter --net="/run/netns/$_tag-$h" ${AS:+setpriv --reuid "$AS" --clear-groups} "$@" \
		<"$tmp/$name.in" >"$tmp/$name.out" 2>"$tmp/$name.err" &
	_pid_of[$name]=$!
	_pids+=($!)
}
# end NAME HOST URL: one end of a connection: NAME.in NAME.out NAME.err
end() { _driven "$1" "$2" socat -d -d -t 0.1 STDIO "$3"; }

# serve NAME HOST ADDRESS PORT: wait for one connection
serve() {
	end "$1" "$2" "$(_listen_url "$3" "$4")"
	within 5 listening "$2" "$4" || bail "no server $1: $(cat "$tmp/$1.err")"
}

# dial NAME HOST ADDRESS PORT [OPTIONS]
dial() {
	end "$1" "$2" "$(_url TCP "$3" "$4"),connect-timeout=$((20 * BTNS_SLOW))${5:-}"
}

# tell NAME TEXT: what this end sends, with a newline
tell() { echo "$2" >&"${_fd_of[$1]}"; }
# hears NAME TEXT: has this end received it
hears() { has_text "$tmp/$1.out" "$2"; }
# says NAME TEXT: did this end's program print it on standard error
says() { has_text "$tmp/$1.err" "$2"; }
# connected NAME: the program of this end says that it has a connection
connected() { says "$1" 'starting data transfer loop'; }

# sock NAME HOST OPTIONS...: tests/tools/latchsock
sock() {
	local name=$1 h=$2
	shift 2

	_driven "$name" "$h" latchsock --timeout $((60 * BTNS_SLOW)) "$@"
}
# _messages TOOL NAME HOST OPTIONS...: one that speaks in messages, ready for commands
_messages() {
	local tool=$1 name=$2 h=$3
	shift 3

	_driven "$name" "$h" "$tool" --timeout $((60 * BTNS_SLOW)) "$@"
	within 5 event "$name" ready || bail "$tool $name: $(cat "$tmp/$name.out")"
}
# usock, ssock NAME HOST OPTIONS...: tests/tools/latchudp, sctpsock
usock() { _messages latchudp "$@"; }
ssock() { _messages sctpsock "$@"; }
# got NAME TEXT: it has received that message
got() { has_text "$tmp/$1.out" "\"text\":\"$2\""; }
# says_to FROM TO TEXT: said by one that is connected, and arrived
says_to() {
	tell "$1" "send $3"
	within 10 got "$2" "$3"
}
# tcps NAME HOST OPTIONS...: tests/tools/tcpsock, ready for commands
tcps() {
	local name=$1 h=$2
	shift 2

	_driven "$name" "$h" tcpsock "$@"
	within 5 event "$name" ready || bail "tcpsock $name: $(cat "$tmp/$name.err")"
}
# tcps_serve NAME HOST ADDRESS PORT [OPTIONS]: one that listens
tcps_serve() {
	local name=$1 h=$2 addr=$3 port=$4
	shift 4

	tcps "$name" "$h" --listen "$@" "$addr" "$port"
	does "$name" listen || bail "no server $name"
}
# asleep NAME: its process waits for something
asleep() {
	_read "/proc/${_pid_of[$1]:-none}/stat"
	[[ $REPLY == *') S '* ]]
}
# _events NAME EVENT: how many such events it had, in REPLY
_events() {
	local rest

	_read "$tmp/$1.out"
	rest=${REPLY//"{\"event\":\"$2\""/}
	REPLY=$(((${#REPLY} - ${#rest}) / (${#2} + 11)))
}
_more() { # NAME EVENT N
	_events "$1" "$2"
	[ "$REPLY" -gt "$3" ]
}
# enters NAME CALL [TEXT]: it is told to make that call, and blocks in it
enters() {
	local n

	_events "$1" enter
	n=$REPLY
	tell "$1" "$2${3:+ $3}"
	within 5 _more "$1" enter "$n" && within 5 asleep "$1"
}
# does NAME COMMAND [TEXT]: it does that, and well
does() {
	local n line last=

	_events "$1" "$2"
	n=$REPLY
	tell "$1" "$2${3:+ $3}"
	within 5 _more "$1" "$2" "$n" || return
	while IFS= read -r line; do
		[[ $line != "{\"event\":\"$2\""* ]] || last=$line
	done <"$tmp/$1.out"
	_has_keys "$last" rc 0
}
# event NAME EVENT [KEY VALUE]...: it had such an event
event() {
	local name=$1 what=$2 line
	shift 2

	while IFS= read -r line; do
		[[ $line == "{\"event\":\"$what\""* ]] &&
			_has_keys "$line" "$@" && return
	done <"$tmp/$name.out"
	return 1
}
_has_keys() { # LINE [KEY VALUE]...
	local line=$1
	shift

	while [ $# -gt 0 ]; do
		[[ $line == *"\"$1\":\"$2"[\",\}]* ||
			$line == *"\"$1\":$2"[\",\}]* ]] || return 1
		shift 2
	done
}
# answer NAME KEY [EVENT]: a value of its last such event (info)
answer() {
	grep "^{\"event\":\"${3:-info}\"" "$tmp/$1.out" | tail -n 1 |
		grep -o "\"$2\":[^,}]*" | head -n 1 | cut -d: -f2- | tr -d '"'
}
# ask_info NAME: have it print its latch anew
ask_info() {
	local n

	n=$(grep -c '^{"event":"info"' "$tmp/$1.out")
	tell "$1" info
	within 3 _infos_min "$1" $((n + 1))
}
_infos_min() { [ "$(grep -c '^{"event":"info"' "$tmp/$1.out")" -ge "$2" ]; }

# connect NAME CLIENT-HOST SERVER-HOST FAMILY PORT: ends NAME.c and NAME.s,
# one line each way
connect() {
	local addr

	addr=$(_addr "$3" "$4")
	serve "$1.s" "$3" "$addr" "$5"
	dial "$1.c" "$2" "$addr" "$5"
	talk "$1"
}

# talk NAME: a fresh line each way arrives
_line=0
talk() {
	_line=$((_line + 1))
	tell "$1.c" "line $_line from client" &&
		tell "$1.s" "line $_line from server" &&
		within 6 hears "$1.s" "line $_line from client" &&
		within 6 hears "$1.c" "line $_line from server"
}

# inject HOST WORDS...: a segment in the clear, past the host's policies
inject() {
	local h=$1
	shift

	at "$h" rawtcp --bypass "$@"
}
# seq_of END snd|rcv|lport: where the connection of that end stands
seq_of() {
	tcpseq "${_pid_of[$1]}" |
		awk -v w="$2" '{for (i = 1; i < NF; i++) if ($i == w) print $(i + 1)}'
}

# hang_up NAME: end both programs
hang_up() {
	stop "$1.c"
	stop "$1.s"
}

# ---- latches -------------------------------------------------------------

# latch HOST [WORDS of latch list]: the lines of connection latches
latch() {
	local h=$1
	shift

	ctl "$h" latch list "$@" | awk '$2 != "listener"'
}
listeners() { ctl "$1" latch list state listener; }
# _one_latch HOST [PORT]: the words of the one latch with that port, in _latch
_one_latch() {
	local words

	_latch=()
	# a failure must not look like an empty list
	ctl "$1" latch list ${2:+port "$2"} >"$tmp/latch.list" || {
		_latch=(failed failed)
		return 1
	}
	while read -r -a words; do
		[ "${words[1]}" = listener ] || {
			_latch=("${words[@]}")
			return
		}
	done <"$tmp/latch.list"
}
# latch_id HOST PORT: id of the one latch with that port
latch_id() {
	_one_latch "$@"
	echo "${_latch[0]:-}"
}
# state_of HOST PORT: state of the one latch with that port
state_of() {
	_one_latch "$@"
	echo "${_latch[1]:-}"
}
_reason() { [[ "${_latch[*]}" =~ \ reason\ ([^ ]*) ]] && REPLY=${BASH_REMATCH[1]}; }
reason_of() {
	_one_latch "$@"
	! _reason || echo "$REPLY"
}
# is_state HOST PORT STATE [REASON]
is_state() {
	_one_latch "$1" "$2"
	[ "${_latch[1]:-}" = "$3" ] || return 1
	[ -z "${4:-}" ] || { _reason && [ "$REPLY" = "$4" ]; }
}
no_latch() { _one_latch "$@" && [ ${#_latch[@]} = 0 ]; }
_show() { # HOST PORT: all about that latch, in latch.show
	_one_latch "$1" "$2"
	ctl "$1" latch show "${_latch[0]:-}" >"$tmp/latch.show"
}
# values HOST PORT: what is latched, one line; never changes (L14)
values() {
	_show "$1" "$2"
	grep -E '^  (peer|self|protection|quality|tunnel|flow) |^latch' \
		"$tmp/latch.show"
}
# row HOST PORT KEY: one line of `latch show`
row() {
	_show "$1" "$2"
	sed -n "s/^  $3  *//p" "$tmp/latch.show"
}

# monitor HOST NAME [GROUPS...]: events in NAME.out
monitor() {
	local h=$1 name=$2
	shift 2

	bg "$name" btnsctl -n "$_tag-$h" monitor "$@"
	within 5 hears "$name" listening ||
		bail "btnsctl monitor: $(cat "$tmp/$name.err")"
}

# ---- counters ------------------------------------------------------------

_count() { # HOST NAME: that counter, in REPLY
	_proc_net "$1" btns_stat
	[[ $'\n'$REPLY =~ $'\n'"$2"$'\t'([0-9]+) ]] && REPLY=${BASH_REMATCH[1]}
}
count() { # HOST NAME
	_count "$@" && echo "$REPLY"
}
# mark HOST...: remember its counters
mark() {
	local h k v

	for h in "$@"; do
		_proc_net "$h" btns_stat
		while read -r k v; do
			_base[$h.$k]=$v
		done <<<"$REPLY"
	done
}
_grown() { # HOST NAME: since the mark, in REPLY
	_count "$@" && REPLY=$((REPLY - ${_base[$1.$2]:-0}))
}
grown() { _grown "$@" && echo "$REPLY"; }
grown_min() { _grown "$1" "$2" && [ "$REPLY" -ge "$3" ]; }
grown_is() { _grown "$1" "$2" && eq "$REPLY" "$3"; }

# ---- captures ------------------------------------------------------------

# capture NAME [INTERFACE [FILTER...]]: on the router, towards b if not told
capture() {
	local name=$1 dev=${2:-vb}
	shift $(($# < 2 ? $# : 2))

	bg "$name" nsenter --net="/run/netns/$_tag-r" tcpdump -n -U --immediate-mode \
		-i "$dev" -w "$tmp/$name.pcap" "$@"
	within 10 says "$name" 'listening on' ||
		bail "tcpdump: $(cat "$tmp/$name.err")"
}
# captured NAME FILTER: how many packets so far match
captured() {
	_captured "$@"
	echo "$REPLY"
}
_captured() {
	local lines=()

	tcpdump -n -r "$tmp/$1.pcap" "$2" >"$tmp/captured" 2>"$tmp/captured.err"
	mapfile -t lines <"$tmp/captured"
	REPLY=${#lines[@]}
}
captured_min() {
	_captured "$1" "$2"
	[ "$REPLY" -ge "$3" ]
}
# in_clear NAME TEXT: is the text in the capture
in_clear() { grep -aqF -- "$2" "$tmp/$1.pcap"; }

# ---- the end -------------------------------------------------------------

_count_all() { # HOST: latches asks sas idents, in REPLY
	local k v l='' a='' s='' i=''

	ctl "$1" status >"$tmp/status"
	while read -r k v _; do
		case $k in
		latches*) l=$v ;;
		sockets*) a=$v ;;
		sas*) s=$v ;;
		idents*) i=$v ;;
		esac
	done <"$tmp/status"
	REPLY="$l $a $s $i"
}
count_all() {
	_count_all "$1"
	echo "$REPLY"
}
_none_left() {
	_count_all "$1"
	[ "$REPLY" = "0 0 0 0" ]
}

_stop_all() {
	local name fd

	for name in "${!_pid_of[@]}"; do
		stop "$name"
	done
	for name in "${!_fd_of[@]}"; do
		fd=${_fd_of[$name]}
		exec {fd}>&-
	done
	_fd_of=()
}

_unload() { rmmod btns 2>"$tmp/rmmod.err"; }

_cleanup() {
	local pid h

	_stop_all
	for pid in "${_pids[@]}"; do
		! kill -0 "$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null
	done
	for h in a b c r; do
		[ ! -e "/run/netns/$_tag-$h" ] || ip netns del "$_tag-$h"
	done
	[ -z "$_loaded" ] || within 10 _unload
	_loaded=
	rm -rf "$tmp"
}

_exit() {
	local rc=$?

	# a child that a signal met before it became its program
	[ "$BASHPID" = $$ ] || exit $rc
	_cleanup
	exit $rc
}

# finish: everything ended; nothing may be left; this is the last point
finish() {
	local h

	_stop_all
	for h in ${_hosts:-}; do
		ip -n "$_tag-$h" xfrm state flush
		ip -n "$_tag-$h" xfrm policy flush
		within 8 _none_left "$h" ||
			_faults+="left in $h: latches asks sas idents $REPLY
$(ctl "$h" latch list)
$(at "$h" ss -Htanp)
"
	done
	for h in ${_hosts:-} r; do
		cond "namespace $h goes" ip netns del "$_tag-$h"
	done
	cond "the module can be unloaded" within 10 _unload
	[ -d /proc/sys/net/btns ] && _faults+="net.btns is still there
"
	grep -q '^btns ' /proc/modules || _loaded=
	all "L17 L43 nothing is left: no latch, no ask, no binding, no identity; module and namespaces go"
	[ "$_n" = "$_plan" ] || {
		note "$_plan points planned, $_n made"
		_bad=1
	}
	trap - EXIT
	_cleanup
	exit $_bad
}
