# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153,SC2154
# A job: the list of scripts that one start of a rig runs, the folder through
# which host and guest talk (tools/rig/guest.sh says what is in it), and the
# report. Sourced after common.sh by tools/rig/{uml,qemu}.

# script_limit SCRIPT: its time limit in seconds before BTNS_SLOW
script_limit() {
	local t

	t=$(sed -n 's/^# timeout: *\([0-9]*\).*/\1/p' "$1" | head -n 1)
	echo "${t:-60}"
}

# job_peers SCRIPT...: where the IKE daemons are that scripts name in a line
# "# peer: NAME-SUITE", as variables BTNS_PEER_NAME_SUITE; fetched if need be,
# empty if they cannot be had
job_peers() {
	local name dir

	sed -n 's/^# peer: *//p' "$@" | sort -u | while read -r name; do
		dir=$("$BTNS_TOP/tools/rig/peer" "$name" </dev/null)
		printf "export BTNS_PEER_%s='%s'\n" "${name//-/_}" "$dir"
	done
}

# job_make KO LIMIT SCRIPT...: fills $job, for rigs whose variables the rig has
# set; $job_seconds is the scripts' sum
job_make() {
	local ko=$1 limit=$2 s t
	shift 2

	mkdir -p "$BTNS_BUILD/check"
	job=${BTNS_JOB:-$(mktemp -d "$BTNS_BUILD/check/job.XXXXXX")}
	mkdir -p "$job"
	chmod 1777 "$job"
	find "$job" -mindepth 1 -maxdepth 1 -type f -delete
	for s in "$@"; do
		s=$(readlink -f "$s") || die "no such script: $s"
		[ -x "$s" ] || die "not executable: $s"
		case $s in
		"$BTNS_TOP"/* | "$BTNS_BUILD"/*) ;;
		*)
			# elsewhere is not visible in every guest
			cp "$s" "$job/" || exit
			s=$job/$(basename "$s")
			;;
		esac
		t=${limit:-$(($(script_limit "$s") * BTNS_SLOW))}
		echo "$t $s"
	done >"$job/scripts"
	job_seconds=$(awk '{ n += $1 + 15 } END { print n }' "$job/scripts")
	cat >"$job/job" <<J
BTNS_KO='$ko'
BTNS_BUILD='$(readlink -f "${BTNS_PROGRAMS:-$BTNS_BUILD}")'
BTNS_RIG='$BTNS_RIG'
BTNS_SLOW='$BTNS_SLOW'
BTNS_DEBUG='$BTNS_DEBUG'
guest_modules='$guest_modules'
J
	{
		job_peers "$@"
		# what a rig lacks is a failure in CI: lacks of tests/netns/lib.sh
		printf 'export CI=%q\n' "${CI:-}"
		# what a script is told by who starts it: a seed, a duration
		for s in "${!BTNS_TORTURE_@}" "${!BTNS_FUZZ_@}"; do
			printf 'export %s=%q\n' "$s" "${!s}"
		done
	} >>"$job/job"
}

# start_bounded JOB SECONDS PROGRAM...: the guest, its console in a file, ended
# by a signal that cannot be ignored; JOB/pid is what to signal to end it early
start_bounded() {
	local job=$1 seconds=$2 pid
	shift 2

	timeout -k 5 "$seconds" "$@" </dev/null >"$job/console" 2>&1 &
	pid=$!
	echo "$pid" >"$job/pid"
	wait "$pid"
}

# job_run BOOT SECONDS: start the guest; once more if it never reached the
# scripts (a two-CPU start of user-mode Linux hangs now and then)
job_run() {
	local boot=$1 seconds=$2 try pid t

	trap 'kill "$(cat "$job/pid")" 2>/dev/null; exit 143' INT TERM
	for try in 1 2; do
		"$boot" "$job" $((seconds + job_seconds)) &
		pid=$!
		t=0
		# a start that hangs must not cost the time of all scripts
		while [ ! -e "$job/booted" ] && [ -e "/proc/$pid" ]; do
			if [ "$t" -ge $((seconds * 2)) ]; then
				kill "$(cat "$job/pid")" 2>/dev/null
				break
			fi
			sleep 0.5
			t=$((t + 1))
		done
		wait "$pid"
		[ ! -e "$job/booted" ] || return 0
		if [ "$try" = 1 ]; then
			say "the guest did not start; once more"
			mv "$job/console" "$job/console.1"
		fi
	done
	say "the guest did not start; its console: $job/console"
	tail -n 15 "$job/console" | tr -d '\r' | sed 's/^/    | /' >&2
	return 1
}

# live_start, live_stop: with BTNS_LIVE set, show the first script's output as
# it comes
live_start() {
	live=
	[ -n "${BTNS_LIVE:-}" ] || return 0
	: >"$job/1.out"
	tail -n +1 -f "$job/1.out" 2>/dev/null &
	live=$!
}

live_stop() {
	[ -n "$live" ] || return 0
	sleep 1
	kill "$live" 2>/dev/null
	wait "$live" 2>/dev/null
}

# job_report: print each script's output; the status says if all went well
job_report() {
	local n=0 bad=0 limit script rc

	while read -r limit script; do
		n=$((n + 1))
		rc=$(cat "$job/$n.rc" 2>/dev/null || echo none)
		if [ -z "${BTNS_LIVE:-}" ]; then
			echo "# $script"
			cat "$job/$n.out" 2>/dev/null
		fi
		if [ -z "${BTNS_LIVE:-}" ] || [ "$rc" != 0 ]; then
			sed 's/^/# stderr: /' "$job/$n.err" 2>/dev/null
		fi
		if [ -s "$job/$n.sanitizer" ]; then
			sed 's/^/# sanitizer: /' "$job/$n.sanitizer"
			bad=1
		fi
		[ ! -s "$job/$n.left" ] || sed 's/^/# left: /' "$job/$n.left"
		if job_splats "$n" >/dev/null; then
			echo "# kernel log has a fault:"
			sed 's/^/# dmesg: /' "$job/$n.dmesg"
			bad=1
		fi
		case $rc in
		0 | 4) ;;
		124 | 137)
			echo "# ended by its time limit ($limit s)"
			bad=1
			;;
		none)
			echo "# never ended: the guest stopped; console: $job/console"
			tail -n 30 "$job/console" | tr -d '\r' | sed 's/^/# console: /'
			bad=1
			;;
		*) bad=1 ;;
		esac
		[ ! -e "$job/$n.left" ] || bad=1
		[ -n "${BTNS_LIVE:-}" ] || echo "# status $rc"
	done <"$job/scripts"
	if [ -s "$job/kmemleak" ]; then
		echo "# kmemleak found:"
		sed 's/^/# kmemleak: /' "$job/kmemleak"
		bad=1
	fi
	if [ "$bad" = 0 ] && [ -z "${BTNS_JOB:-}" ]; then
		rm -rf "$job"
	else
		echo "# job folder: $job"
	fi
	return "$bad"
}

# job_splats N: print the faults in the kernel log of script N, if any
job_splats() {
	[ -s "$job/$1.dmesg" ] &&
		grep -E -f <(grep -v '^#' "$BTNS_TOP/tools/rig/splats") \
			"$job/$1.dmesg"
}
