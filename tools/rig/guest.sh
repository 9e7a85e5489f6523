#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# First process of a rig's guest (UML or QEMU): makes a small machine, runs the
# scripts of the job one after another, each in a process and mount namespace
# of its own and with a time limit, leaves what they said in the job folder,
# which is the host's, and switches the machine off.
#
# The job folder has: job (shell variables), scripts (limit and path per line),
# then from here: kernel, booted, what tools/lib/scripts.sh says, dmesg,
# kmemleak, status.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/tmp LC_ALL=C.UTF-8
cd /

arg() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^btns\.$1=//p" | tail -n 1
}

# host_mount FOLDER TAG OPTIONS: a folder of the host at the same path here
host_mount() {
	mkdir -p "$1" 2>/dev/null
	case $rig in
	uml) mount -n -t hostfs -o "$1" none "$1" ;;
	qemu)
		mount -n -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" \
			"$2" "$1"
		;;
	esac
}

off() {
	sync
	echo "btns-rig: end"
	busybox poweroff -f
	sleep 5
	echo o >/proc/sysrq-trigger
}

mount -n -t proc proc /proc 2>/dev/null
mount -n -t sysfs sys /sys 2>/dev/null
rig=$(arg rig)
jobdir=$(arg job)
tree=$(arg tree)
mount -n -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -n -t devpts -o ptmxmode=0666 devpts /dev/pts
mount -n -t tmpfs shm /dev/shm
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
for d in /run /tmp /var/tmp; do
	mount -n -t tmpfs -o mode=1777 tmpfs "$d"
done
mkdir -p /run/lock /run/netns /run/sshd
mount -n -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
mount -n -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -n -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
ip link set lo up
hostname btns-guest
host_mount "$tree" tree ro,cache=loose || {
	echo "btns-rig: cannot mount $tree"
	off
}
# the job's folder: mounted aside first, since it says what else to mount, and
# what else there is may lie over it
job=/run/btns-job
mkdir -p "$job"
case $rig in
uml) mount -n -t hostfs -o "$jobdir" none "$job" ;;
qemu)
	mount -n -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,cache=none" \
		job "$job"
	;;
esac || {
	echo "btns-rig: cannot mount $jobdir"
	off
}
# shellcheck disable=SC1091
. "$job/job"
case $BTNS_BUILD/ in
"$tree"/*) ;;
*) host_mount "$BTNS_BUILD" build ro,cache=loose ;;
esac
case $BTNS_KO in
"$tree"/* | "$BTNS_BUILD"/*) ;;
*)
	kodir=${BTNS_KO%/*}
	host_mount "$kodir" ko ro,cache=loose
	;;
esac
mkdir -p "$jobdir" 2>/dev/null
mount --bind "$job" "$jobdir" || {
	echo "btns-rig: cannot bind $jobdir"
	off
}
export BTNS_KO BTNS_BUILD BTNS_RIG BTNS_SLOW BTNS_DEBUG
export TMPDIR=/tmp PYTHONDONTWRITEBYTECODE=1
# shellcheck disable=SC2154 # from the job file
for m in $guest_modules; do
	modprobe -q "$m" 2>/dev/null || [ -z "$(modinfo -n "$m" 2>/dev/null)" ] ||
		echo "btns-rig: modprobe $m failed"
done
kmemleak=/sys/kernel/debug/kmemleak
if [ -w "$kmemleak" ]; then
	# what booting left is not ours
	echo scan=off >"$kmemleak"
	echo clear >"$kmemleak"
fi

uname -r >"$jobdir/kernel"
date +%s >"$jobdir/booted"
# shellcheck source=tools/lib/scripts.sh
. "$tree/tools/lib/scripts.sh"
run_scripts "$jobdir"

if [ -w "$kmemleak" ]; then
	# objects count as leaked once they are five seconds old
	sleep 6
	# and seen unreferenced by several scans in a row
	for scan in 1 2 3 4 5; do
		echo scan >"$kmemleak"
		sleep 0.2
	done
	: "$scan"
	cat "$kmemleak" >"$jobdir/kmemleak"
fi
dmesg >"$jobdir/dmesg"
echo finished >"$jobdir/status"
off
