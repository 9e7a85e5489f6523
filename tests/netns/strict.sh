#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net.btns.pad_mode: with 2, an SA that nobody vouched for carries nothing;
# with 1, a binding must be authorised by PAD and policy; with 0, not.
# shellcheck disable=SC2016,SC2317 source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
# timeout: 120
plan 12
setup a b

sa_pair a b 4 0x1000
protect_pair a b 4
check "without strict mode an SA nobody vouched for carries a ping" \
	within 5 at a ping -c 1 -W 1 -q $B4
knob b pad_mode 2
mark a b
cond "no answer" not at a ping -c 1 -W 1 -q $B4
cond "dropped" grown_min b InDropUnvouched 1
all "strict at the receiver: it carries nothing in, of any protocol"
knob b pad_mode 0
knob a pad_mode 2
mark a b
cond "no answer" not at a ping -c 1 -W 1 -q $B4
cond "dropped" grown_min a OutDropUnvouched 1
all "strict at the sender: nothing out"
knob b pad_mode 2
dial s a $B4 5101
cond "dropped" within 5 grown_min a OutDropUnvouched 3
cond "not connected" not connected s
all "L02 nor a TCP connection"
stop s

# ---- what is vouched for goes ------------------------------------------------
ctl a pad add name b btns key "${ID_b#key:}" addr $B4/32 >/dev/null
ctl b pad add name any btns any >/dev/null
refused() { not vouch "$@"; }
cond "refused" refused a $B4 0x1000 "$ID_b" $A4 $B4
cond "counted" eq "$(count a SaBindPolicy)" 1
cond "nothing bound" eq "$(ctl a sa list)" ""
all "U09 a BTNS peer is bound only where a policy has btns-ok"
for h in a b; do
	for i in $(ctl $h policy list | awk '{print $1}'); do
		ctl $h policy set index "$i" btns-ok on
	done
done
cond "flags" grep -q 'btns-ok on' <(ctl a policy list)
cond "bound" bind_pair a b 4 0x1000
cond "ping" within 5 at a ping -c 1 -W 1 -q $B4
cond "TCP" connect ok a b 4 5102
cond "latched" is_state a 5102 established
all "U04 U09 with btns-ok the peer is bound, and its SAs carry"
cond "refused" refused a $B4 0x1050 "$ID_c" $A4 $B4
cond "counted" eq "$(count a SaBindPad)" 1
all "U08 strict: a key that the PAD does not hold is not bound"
cond "refused" refused a 10.2.0.77 0x1060 "$ID_b" $A4 10.2.0.77
cond "counted" eq "$(count a SaBindPad)" 2
all "T06 nor the right key for addresses outside of its entry"
cond "latch untouched" is_state a 5102 established
cond "and works" talk ok
all "L14 refused bindings break nothing"

# ---- the flag ends with its policy ---------------------------------------------
xfrm a policy flush
protect a $A4 $B4
cond "no flag" not grep -q 'btns-ok on' <(ctl a policy list)
cond "refused" refused a $B4 0x1070 "$ID_b" $A4 $B4
all "U09 policies flushed and made anew: btns-ok does not come back by itself"
hang_up ok

# ---- off ------------------------------------------------------------------------
knob a pad_mode 0
cond "bound" vouch a $B4 0x1080 "$ID_c" $A4 $B4
all "pad_mode 0: bindings are taken as they come"
cond "not 3" not knob a pad_mode 3
cond "not -1" not knob a pad_mode -1
cond "unchanged" eq "$(at a sysctl -n net.btns.pad_mode)" 0
all "a mode that does not exist is refused"
finish
