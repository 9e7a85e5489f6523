#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a break does to the connection: wait, reset or unreachable, as the
# administrator or the program chose; the default is reset.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 12
setup a b

# ls_serve NAME HOST ADDR PORT [OPTIONS]; ls_dial likewise
bypass_on() {
	xfrm a policy add src $A4/32 dst $B4/32 proto tcp dir out priority 1
}
bypass_off() {
	xfrm a policy delete src $A4/32 dst $B4/32 proto tcp dir out
}

is "L60 L61 the default of net.btns.latch_disposition is reset" \
	"$(at a sysctl -n net.btns.latch_disposition)" reset

secure a b 4 0x1000

# one WORD PORT ERRNO OPTIONS...: broken, then the error that the program sees
one() {
	local port=$1 errno=$2 name=d$1
	shift 2

	sock "$name.s" b -l "$port" --once --hold "$B4"
	within 5 event "$name.s" listening || bail "no server"
	sock "$name.c" a --json-info "$@" $B4 "$port"
	within 5 event "$name.c" connected || bail "no connection"
	tell "$name.c" "send before"
	within 5 event "$name.s" data
	mark a
	bypass_on
	tell "$name.c" "send after"
	cond "broken" within 3 grown_is a LatchBroken 1
	if [ "$errno" ]; then
		cond "the program is told" within 3 event "$name.c" error errno "$errno"
		cond "it ends" ends_with 1 "$name.c"
		cond "by the kernel" grown_min a SocketAborted 1
	else
		cond "held" within 5 grown_min a OutDropBroken 2
		cond "no error" not event "$name.c" error
		cond "the program lives" alive "$name.c"
		cond "nobody aborted it" grown_is a SocketAborted 0
	fi
	bypass_off
	if [ -z "$errno" ]; then
		cond "goes on" within 10 hears "$name.s" '"text":"after '
	fi
	stop "$name.c"
	stop "$name.s"
	within 8 no_latch a || bail "the latch of $name does not go"
}

one 4401 ECONNRESET
all "L59 L61 with nothing set a break is a reset"
knob a latch_disposition unreachable
one 4402 EHOSTUNREACH
all "L59 sysctl unreachable: EHOSTUNREACH"
knob a latch_disposition wait
one 4403 ""
all "L47 L59 sysctl wait: no error; when the conflict is gone it goes on"
knob a latch_disposition reset
one 4404 "" --ask prefer --disposition wait
all "L47 L59 a program that asks for wait gets it, whatever the sysctl says"
one 4405 EHOSTUNREACH --ask prefer --disposition unreachable
all "L59 a program that asks for unreachable gets EHOSTUNREACH"
knob a latch_disposition wait
one 4406 ECONNRESET --ask prefer --disposition reset
all "L59 a program that asks for reset gets ECONNRESET"
knob a latch_disposition reset

# the reset is local: nothing goes out, the peer hears nothing of it
capture quiet va
connect quiet a b 4 4410 || bail "no connection"
mark a b
n0=$(captured quiet "src $A4")
bypass_on
cond "told" within 3 says quiet.c 'Connection reset'
cond "nothing left a" eq "$(captured quiet "src $A4")" "$n0"
cond "the peer is not reset" not says quiet.s 'Connection reset'
cond "its latch lives" is_state b 4410 established
all "L45 L61 the reset is local: a broken latch sends nothing, not even a RST"
bypass_off
hang_up quiet
stop quiet

# blocked in read(), and in poll()
connect rd a b 4 4411 || bail "no connection"
mark a
bypass_on
cond "the blocked reader wakes up" within 3 says rd.c 'Connection reset'
cond "and its program ends" within 3 dead rd.c
bypass_off
all "L59 a program that is blocked in select() and read() is woken by the break"
hang_up rd

# the latch of a program that was told stays until it has read the error
cond "gone" within 5 no_latch a
all "N07 N09 once the program has heard, its latch goes"

# a fresh connection works at once
check "L59 after a break a fresh connection works" connect again a b 4 4412
is "L12 and is latched" "$(state_of a 4412)" established
hang_up again
finish
