#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host changes its key while a peer is latched to the old one: that peer goes
# on to see the old one, a new peer sees the new one; once the old one is taken
# off the list, the latch to it breaks and is not bound anew.
# timeout: 120
# shellcheck disable=SC2317 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 4
setup a b c

# is b's latch of before at its end, for the peer's key
no_latch_of_old() {
	is_state b 5001 broken peer || is_state b 5001 closed peer ||
		no_latch b 5001
}

conf a
conf b
conf c
daemon a
daemon b
daemon c
want_pair a b 4 || bail "no policies"
want_pair a c 4 || bail "no policies"
connect one a b 4 5001 || bail "no connection: $(tail_log a b)"
cond "latched" within 3 key_peer b 5001 a
old=$(fp a)
cp -p "$tmp/etc-a/key.pem" "$tmp/etc-a/old.pem"

conf a "identity=old_keys = [ \"$tmp/etc-a/old.pem\" ];"
kill9 a
new_key a
daemon a
cond "another key" not eq "$(fp a)" "$old"
cond "adopted" within 15 logs a 'an older key of ours'
cond "talks" talk one
cond "same" _peer_is b 5001 "key:$old, proved by btns"
cond "a too" is_state a 5001 established
# a connection of the other role, to the one that is latched
cond "b calls" connect two b a 4 5002
cond "old key" _peer_is b 5002 "key:$old, proved by btns"
[ -z "$_faults" ] || note "$(tail_log a b)"
all "U11 who is latched to the old key is shown it, and the connection goes on"

cond "a calls c" connect three a c 4 5003
cond "new key" within 3 key_peer c 5003 a
[ -z "$_faults" ] || note "$(tail_log a c)"
all "U11 a new peer sees the new key"

conf a
kill -HUP "${_pid_of[btnsd-a]}"
cond "said" within 10 logs a '[1-9][0-9]* IKE SAs closed that rest on a key'
cond "c is left alone" talk three
cond "no SA" within 10 has_spis a "$B4" 0
[ -z "$_faults" ] || note "$(tail_log a b c)"
all "U11 the old key is taken off: IKE SAs that rest on it are closed"

# b's traffic asks for new SAs, which are not those of the latch
tell one.s "TEXT FOR THE OLD KEY"
cond "ended" within 30 no_latch_of_old
[ -z "$_faults" ] || note "$(tail_log a b)"
cond "nothing read" not hears one.c "TEXT FOR THE OLD KEY"
cond "connects" connect four b a 4 5004
cond "new key" within 3 key_peer b 5004 a
[ -z "$_faults" ] || note "$(tail_log a b)"
all "U11 L33 a latch to the old key breaks, and a new connection has the new one"
finish
