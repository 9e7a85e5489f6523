# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# unit_calls FILE: names of all system calls that a unit's SystemCallFilter= allows,
# one a line
unit_calls() {
	local word

	# shellcheck disable=SC2013 # words it is
	for word in $(sed -n 's/^SystemCallFilter=//p' "$1"); do
		_unit_calls "$word"
	done | sort -u
}
_unit_calls() { # NAME or @GROUP
	case $1 in
	@*)
		systemd-analyze syscall-filter "$1" |
			sed -n 's/^ \+\([-@a-z_0-9]\+\)$/\1/p' |
			while read -r REPLY; do _unit_calls "$REPLY"; done
		;;
	*) echo "$1" ;;
	esac
}
