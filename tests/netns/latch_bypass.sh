#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A privileged program asks for a connection without protection under a policy
# that protects: only where the administrator let that policy be gone past.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 9
setup a b
# shellcheck disable=SC2034
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

secure a b 4 0x1000
secure a b 6 0x1100
spd() { xfrm "$1" policy list | grep -v '^ *lifetime'; }
# may HOST on|off [FAMILY]: may its policies for the other be gone past
may() {
	local f=${3:-4}

	case $1 in
	a) ctl a policy set src "$(_addr a "$f")" dst "$(_addr b "$f")" bypass-ok "$2" ;;
	b) ctl b policy set src "$(_addr b "$f")" dst "$(_addr a "$f")" bypass-ok "$2" ;;
	esac
}
as_before() { eq "$(spd a)" "$before"; }
# drops what policy refuses, so that the far end must be asked as well
sock l b -l 474 --ask off --bypass $B4
sock l6 b -6 -l 476 --ask off --bypass $B6
sock n b -l 475 $B4
for p in 474 475 476; do
	within 5 listening b $p || bail "no servers"
done
capture wire

# shellcheck disable=SC2086
bg_at u a $nobody latchsock --timeout 20 --ask off --bypass $B4 474
cond "refused" within 5 event u error call setsockopt errno EPERM
all "L11 N24 bypass, by an unprivileged program: EPERM, nothing changed"
sock e a --ask off --bypass $B4 474
cond "refused" within 5 event e error call connect errno EPERM
cond "not a packet" eq "$(captured wire "host $A4")" 0
cond "no latch is left" within 5 no_latch a
all "L11 N24 by a privileged one, but the policy has no bypass-ok: EPERM, not a packet leaves"
may a on || bail "no flag"
before=$(spd a)
cond "listed" [ "$(ctl a policy list | grep -c 'bypass-ok on')" = 2 ]
cond "btns-ok is as it was" [ "$(ctl a policy list | grep -c 'btns-ok off')" = 4 ]
mark b
sock f a --ask off --bypass $B4 474
cond "dropped" within 5 grown_min b InDropRequired 1
cond "not connected" not event f connected
all "N24 the far end's policies have none: it takes no such connection"
stop f
may b on || bail "no flag"
sock g a --ask off --bypass --send bare --count 2 --hold $B4 474
cond "connected" within 5 event g connected
cond "arrives" within 5 event l data text "bare 000002 "
cond "in the clear" captured_min wire "tcp port 474" 4
cond "no latch" no_latch a 474
sock p a --json-info --send veiled --count 1 --hold $B4 475
cond "another connected" within 5 event p connected
cond "and latched" within 3 is_state a 475 established
cond "protected" eq "$(captured wire "tcp port 475")" 0
all "L55 N24 with bypass-ok on both ends: that connection is in the clear, another is not"
xfrm a policy list >"$tmp/spd"
cond "its own pair" [ "$(grep -c 'socket \(in\|out\)' "$tmp/spd")" = 2 ]
stop g
stop p
cond "gone" within 8 as_before
all "L17 L58 N01 its policies go with it"
sock h a -6 --ask off --bypass $B6 476
cond "refused" within 5 event h error call connect errno EPERM
may a on 6
may b on 6
sock i a -6 --ask off --bypass --send bare6 --count 1 --hold $B6 476
cond "connected" within 5 event i connected
cond "arrives" within 5 event l6 data text "bare6 000001 "
cond "in the clear" captured_min wire "ip6 proto 6 and port 476" 3
all "L55 N24 the same over IPv6"
stop i
may a off
sock j a --ask off --bypass $B4 474
cond "refused" within 5 event j error call connect errno EPERM
ctl a policy set src $A4 dst $B4 btns-ok on bypass-ok on
cond "both" [ "$(ctl a policy list | grep -c 'btns-ok on bypass-ok on')" = 2 ]
ctl a policy set src $A4 dst $B4 btns-ok off
cond "one" [ "$(ctl a policy list | grep -c 'btns-ok off bypass-ok on')" = 4 ]
all "N24 the flag is taken back: EPERM; it and btns-ok are set one without the other"
sock k a --ask off $B4 475
cond "connected" within 5 event k connected
cond "protected" eq "$(captured wire "tcp port 475")" 0
all "L13 off without bypass: no latch, but protected as policy has it"
stop k

# an accepted socket has the policies of its listener, and may be used anew
tcps q a --listen $A4 477
does q ask bypass && does q listen || bail "no listener"
tcps r b $A4 477
does r ask bypass || bail "no bypass at b"
tell q accept
tell r connect
within 5 event r connect rc 0 || bail "no connection"
within 5 event q accept || bail "nobody accepted"
may a off
tell q disconnect
cond "used anew" within 5 event q disconnect rc 0
tell q "target $B4,475"
tell q connect
cond "refused" within 5 event q connect errno EPERM
cond "not a packet" eq "$(captured wire "tcp port 475")" 0
all "L11 N24 what was accepted with bypass goes nowhere else by it"
stop q
stop r
finish
