#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Policy groups: what each does to traffic, on the wire; and that policies
# outlast btnsd, follow its configuration, and leave others' alone.
# timeout: 400
# shellcheck disable=SC2317,SC2015,SC2016,SC2119,SC2120 # called by name
# shellcheck source=tests/netns/ike.sh
. "$(dirname "$0")/ike.sh"
plan 15
setup a b c

# groups HOST [SETTING]...: those of that host, in its configuration
groups() {
	local h=$1
	shift

	sed -i '/^groups = /d' "$tmp/$h.conf"
	echo "groups = { $* };" >>"$tmp/$h.conf"
}
# reload HOST: and it is in force, or refused
reload() {
	local n

	n=$(logged "$1" 'in force')
	kill -HUP "${_pid_of[btnsd-$1]}"
	within 10 _reloaded "$1" "$n"
}
_reloaded() { [ "$(logged "$1" 'in force')" -gt "$2" ]; }
# in_group HOST GROUP: how many policies of that group it has
in_group() { ctl "$1" policy list | grep -c " group $2\b"; }

# back HOST GROUP N: that many of its policies are there, with their flag
back() { [ "$(ctl "$1" policy list | grep -c " group $2 btns-ok on")" = "$3" ]; }

for h in a b c; do
	conf $h
done

# ---- each group, to b which serves and to c which knows nothing of it ----------
mkdir "$tmp/policies"
printf '# those that must\n\n%s/128	# b\n' $B6 >"$tmp/policies/private"
groups a 'private = [ "10.0.0.0/8" ]; clear = [ "10.3.0.0/24" ];' \
	'block = [ "10.3.0.0/25" ];' "files = \"$tmp/policies\";"
groups b 'clear_or_private = [ "0.0.0.0/0", "::/0" ];'
daemon b
capture wire
cond "connection" connect early a b 4 5000
all "without groups at one end, and clear-or-private at the other: in the clear"
hang_up early
daemon a
for f in 4 6; do
	cond "connection" connect p$f a b $f 500$f
	cond "a knows b" within 3 key_peer a 500$f b
	cond "b knows a" within 3 key_peer b 500$f a
	cond "on the wire" eq "$(clear wire 500$f)" 0
	hang_up p$f
done
[ -z "$_faults" ] || note "$(tail_log a b; ctl a policy list)"
all "U02 U09 private asks and clear-or-private serves: protected, both IP versions"

capture wirec vc
try blocked a c 4 5010
cond "refused" within 5 at a awk '/XfrmOutPolBlock/ { exit $2 < 1 }' /proc/net/xfrm_stat
cond "nothing" eq "$(captured wirec "host $C4 and tcp port 5010")" 0
hang_up blocked
groups a 'private = [ "10.0.0.0/8" ]; clear = [ "10.3.0.0/24" ];' \
	"files = \"$tmp/policies\";"
cond "reload" reload a
cond "connection" connect clear a c 4 5011
cond "in the clear" captured_min wirec "host $C4 and tcp port 5011" 3
[ -z "$_faults" ] || note "$(tail_log a; ctl a policy list)"
all "U02 block: not a packet; without it the next longer prefix decides: clear"
hang_up clear

groups a 'private = [ "10.0.0.0/8" ];' "files = \"$tmp/policies\";"
cond "reload" reload a
try lost a c 4 5012
cond "asked" within 10 captured_min wirec "host $C4 and udp port 500" 2
cond "nothing in the clear" eq "$(captured wirec "tcp port 5012")" 0
all "U02 private, and nobody there: it is asked for, and nothing is in the clear"
hang_up lost

# ---- IPv6 neighbours ------------------------------------------------------------
printf 'fd00::/16\n' >"$tmp/policies/private"
cond "reload" reload a
for h in a r; do
	at $h ip -6 neigh flush all
done
cond "connection" connect nd a b 6 5020
cond "protected" within 3 key_peer a 5020 b
cond "and not by chance" captured_min wire "icmp6 and ip6[40] = 135" 1
[ -z "$_faults" ] || note "$(tail_log a b; at a ip -6 neigh)"
all "U02 private on a prefix that is on the link: its router is found all the same"
hang_up nd

# ---- policies outlast btnsd, and are known again -----------------------------------
groups a 'private = [ "10.0.0.0/8" ];' 'clear = [ "10.3.0.0/24" ];'
cond "reload" reload a
ctl a policy list >"$tmp/before"
kill9 a
try gone a b 4 5030
xfrm a state flush
nap 1
cond "nothing in the clear" eq "$(clear wire 5030)" 0
cond "they stay" diff "$tmp/before" <(ctl a policy list)
daemon a
cond "the same" diff "$tmp/before" <(ctl a policy list)
cond "connected" within 20 connected gone.c
cond "still nothing" eq "$(clear wire 5030)" 0
[ -z "$_faults" ] || note "$(tail_log a)"
all "U02 killed: policies stay and hold, and the next btnsd finds them as they should be"
hang_up gone

# ---- changed in one step under traffic ------------------------------------------------
cond "connection" connect move a b 4 5040
pump move.c
for g in '"10.0.0.0/8", "10.2.0.0/24"' '"10.2.0.1"' '"10.0.0.0/8"' '"0.0.0.0/0"' '"10.2.0.0/25"'; do
	groups a "private = [ $g ];"
	cond "reload to $g" reload a
	cond "flows" flows move.c move.s
done
cond "nothing in the clear" eq "$(clear wire 5040)" 0
cond "never broken" is_state a 5040 established
unpump move.c
cond "all there" within 10 arrived move.c move.s
[ -z "$_faults" ] || note "$(tail_log a; ctl a latch list; ctl a policy list)"
all "U02 L36 a latched connection goes from prefix to prefix: not a packet in the clear, no break"
hang_up move

# ---- policies of others -------------------------------------------------------------------
ctl a policy add dst 10.9.0.0/16 action bypass priority 60500
groups a 'private = [ "10.0.0.0/8" ];'
kill -HUP "${_pid_of[btnsd-a]}"
cond "refused" within 5 logs a 'a priority that is: give it another'
cond "the old ones hold" eq "$(in_group a private)" 3
cond "untouched" eq "$(ctl a policy list | grep -c 'dst 10.9.0.0/16')" 1
ctl a policy delete dst 10.9.0.0/16
ctl a policy add dst 10.9.0.0/16 action bypass priority 10
cond "taken" reload a
xfrm a policy flush
cond "flushed, and put back" within 5 back a private 3
ctl a policy set index "$(ctl a policy list | sed -n '/ group private /s/ .*//p' | head -n 1)" btns-ok off
ctl a policy add dst 10.9.0.0/16 action bypass priority 10
cond "a flag, too, with the next change" within 5 back a private 3
cond "said" logs a 'somebody else deleted or changed policies of btnsd'
groups a
cond "none" reload a
cond "ours are gone" eq "$(ctl a policy list | grep -c ' group ')" 0
cond "and only ours" eq "$(ctl a policy list | grep -c '10.9.0.0/16')" 2
[ -z "$_faults" ] || note "$(tail_log a; ctl a policy list)"
all "U02 a policy of others among btnsd's priorities is refused, elsewhere left alone"

# ---- what a host forwards -----------------------------------------------------------------
capture fwd vc
conf r
groups r 'clear = [ "0.0.0.0/0", "::/0" ];'
bg_at btnsd-r r btnsd -v -c "$tmp/r.conf"
cond "r runs" within 10 _ready r
cond "clear: forwarded" connect f0 a c 4 5043
hang_up f0
# from a, and what c answers is not asked for
for g in block private; do
	groups r 'clear = [ "0.0.0.0/0", "::/0" ];' "$g = [ \"$A4/32\", \"$A6/128\" ];"
	cond "reload" reload r
	for f in 4 6; do
		try f a c $f 504$f
		nap 1
		cond "$g: not connected" not connected f.c
		cond "$g: nothing goes on" eq "$(captured fwd "tcp port 504$f")" 0
		hang_up f
	done
done
cond "by policy" at r awk '/XfrmInPolBlock/ { a = $2 } /XfrmInTmplMismatch/ { b = $2 }
	END { exit !(a && b) }' /proc/net/xfrm_stat
[ -z "$_faults" ] || note "$(tail_log r; ctl r policy list; at r cat /proc/net/xfrm_stat)"
all "U02 what is forwarded from an address is under its group: block and private"
quit r
xfrm r policy flush
stop fwd

# ---- private-or-clear ---------------------------------------------------------------
# falls HOST ADDRESS N: that many fallbacks for that address
falls() {
	eq "$(ctl "$1" policy list | grep -c "dst $2/[0-9]* .* group fallback")" "$3"
}
# held CAPTURE PORT: SAs are asked for, and nothing is in the clear so far
held() {
	cond "asked" within 10 captured_min "$1" "udp port 500" 1
	cond "nothing in the clear before the verdict" eq "$(clear "$1" "$2")" 0
}
calm a b
stop wirec
conf a "ike=retries = 3;"
conf b
groups a 'private_or_clear = [ "10.0.0.0/8", "fd00:3::/64" ];' \
	'fallback = { wait = 6; seconds = 30; };'
daemon a
capture either vc
try f4 a c 4 5050
held either 5050
cond "connected" within 15 connected f4.c
cond "and talks" talk f4
cond "in the clear" captured_min either "host $C4 and tcp port 5050" 5
cond "logged with its cause" logs a \
	"$C4.*FALLBACK: in the clear for 30 seconds.*no answer to IKE_SA_INIT"
cond "shown" falls a $C4 1
cond "for these hosts alone" eq "$(ctl a policy list |
	grep -c "src $A4/32 dst $C4/32 .* group fallback for 30 seconds")" 1
cond "no latch" no_latch a 5050
[ -z "$_faults" ] || note "$(tail_log a; ctl a policy list; ctl a latch list)"
all "U02 L02 private-or-clear, and nobody answers: held, then in the clear, logged and shown"
sock require a --json-info --ask require $C4 5051
cond "refused" within 5 event require error call connect
cond "not a packet" eq "$(captured either "tcp port 5051")" 0
all "U02 L11 a program that asks for protection is not opened in the clear meanwhile"
stop require

try f6 a c 6 5052
sock wait6 a -6 --json-info --ask require $C6 5053
held either 5052
cond "connected" within 15 connected f6.c
cond "who requires is told" within 20 event wait6 error call connect
cond "not a packet" eq "$(captured either "tcp port 5053 or ip6 proto 6 and port 5053")" 0
kill -USR2 "${_pid_of[btnsd-a]}"
cond "counted" within 5 logs a 'fallbacks 2 fallbacks-refused 0'
cond "at a glance" eq "$(ctl a status | grep fallback)" \
	"fallback 2 in the clear now, 2 so far"
[ -z "$_faults" ] || note "$(tail_log a; ctl a latch list)"
all "U02 L11 IPv6; and who asked before the verdict is told, not a packet in the clear"
hang_up f4
hang_up f6
stop wait6

# killed during a fallback: the kernel ends it
kill9 a
cond "it is over" within 40 falls a $C4 0
cond "and the other" within 40 falls a $C6 0
cond "seen at a glance" grep -q '"fallbacks":{"now":0,"total":2}' \
	<(ctl a -j status)
try over a c 4 5054
nap 2
cond "held again" eq "$(captured either "tcp port 5054")" 0
all "U02 kill -9 during a fallback: it ends in its time, and then all is held"
hang_up over
stop either

# a latched connection stays what it is, whatever becomes of its peer
knob a latch_disposition wait
groups b 'clear_or_private = [ "0.0.0.0/0" ];'
daemon a
daemon b
capture latched
cond "connection" connect l a b 4 5060
cond "latched" within 3 key_peer a 5060 b
kill9 b
kill9 a
xfrm a state flush
xfrm b state flush
daemon a
tell l.c "SECRET, only for b"
cond "fallback" within 15 falls a $B4 1
cond "other traffic is in the clear" connect other a b 4 5061
cond "its own is not" within 5 is_state a 5060 broken bypass
nap 1
cond "no segment in the clear" eq "$(clear latched 5060)" 0
cond "no text" not in_clear latched SECRET
[ -z "$_faults" ] || note "$(tail_log a; ctl a latch list; ctl a policy list)"
all "U02 L04 L36 L45 a latched connection is not carried in the clear by a fallback"
hang_up other

# the peer is there again, and begins
groups b "private = [ \"$A4/32\" ];"
daemon b
tell l.s "from b"
cond "the fallback is over at once" within 10 logs a \
	"$B4: no longer in the clear: the peer negotiates"
cond "none is left" falls a $B4 0
cond "the text arrives" within 20 hears l.s "SECRET, only for b"
cond "established" within 5 is_state a 5060 established
cond "never in the clear" eq "$(clear latched 5060)" 0
[ -z "$_faults" ] || note "$(tail_log a b; ctl a latch list; ctl a policy list)"
all "U02 L47 its peer begins to negotiate: the fallback ends at once, the connection goes on"
hang_up l
finish
