# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The inner loop of every rig: run a job's scripts one after another on the
# running kernel, each in process and mount namespaces of its own (network too
# on a host that is not ours), bounded in time, and note what each left behind.
# Sourced in the guest (tools/rig/guest.sh) and on the host (tools/rig/host).
# Per script N of the list: N.out N.err N.rc N.msec N.dmesg, N.left if the module
# could not be unloaded after it, N.sanitizer if ASan or UBSan found something.

# kernel_log_since MARK: what the kernel said after that line
kernel_log_since() {
	dmesg | sed -n "/$1\$/,\$p"
}

# unload DIR N: the module is gone after a script, or N.left says why not
unload() {
	local tries=50

	while grep -q '^btns ' /proc/modules; do
		# namespaces are torn down behind the script's back
		rmmod btns 2>"$1/$2.rmmod" && break
		tries=$((tries - 1))
		if [ "$tries" = 0 ]; then
			{
				echo "the module cannot be unloaded after this script"
				cat "$1/$2.rmmod"
				grep '^btns ' /proc/modules
			} >"$1/$2.left"
			break
		fi
		sleep 0.2
	done
	rm -f "$1/$2.rmmod"
}

# keep_reports DIR N: what a sanitised program wrote about itself. A report that
# cannot be copied, or could not be written at all, is one all the same: fails.
keep_reports() {
	local reports=("$1"/sanitizer.*) bad=0

	[ -e "${reports[0]}" ] || return 0
	if ! cat "${reports[@]}" >"$1/$2.sanitizer" || [ ! -s "$1/$2.sanitizer" ]; then
		echo "a sanitizer's report could not be kept: is the disk full?" \
			>>"$1/$2.err"
		# takes no room: better one of them than none
		mv -f "${reports[0]}" "$1/$2.sanitizer"
		bad=1
	fi
	rm -f "${reports[@]}"
	return $bad
}

# run_scripts DIR [UNSHARE-OPTION...]
run_scripts() {
	local dir=$1 limit script n=0 t0 rc mark
	shift

	export ASAN_OPTIONS="log_path=$dir/sanitizer:detect_leaks=1"
	export UBSAN_OPTIONS="log_path=$dir/sanitizer:print_stacktrace=1"

	while read -r limit script; do
		n=$((n + 1))
		mark="btns-rig: begin $n $$"
		echo "$mark" >/dev/kmsg
		t0=$(date +%s%3N)
		# a PID namespace: whatever the script started ends with it
		timeout -k 10 "$limit" unshare --pid --fork --kill-child \
			--mount --propagation private --mount-proc "$@" \
			"$script" >"$dir/$n.out" 2>"$dir/$n.err" </dev/null
		rc=$?
		echo $(($(date +%s%3N) - t0)) >"$dir/$n.msec"
		# whatever the script said of itself: this is a failure
		keep_reports "$dir" "$n" || rc=1
		unload "$dir" "$n"
		kernel_log_since "$mark" >"$dir/$n.dmesg"
		# last, and in one step: a status means that the rest is there
		echo "$rc" >"$dir/$n.rc.new"
		mv "$dir/$n.rc.new" "$dir/$n.rc"
	done <"$dir/scripts"
}
