# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packages from Debian: those the tools need on this machine, and single files
# of other suites (kernels, kernel sources), which are fetched with lists of
# their own and unpacked into the cache, so that the system's suites and its
# installed packages stay as they are. Sourced after common.sh.

BTNS_MIRROR=${BTNS_MIRROR:-http://deb.debian.org/debian}
BTNS_SECURITY=${BTNS_SECURITY:-http://security.debian.org/debian-security}
apt_lock='DPkg::Lock::Timeout=600'

# apt_need PACKAGE...: install those that are missing
apt_need() {
	local p missing=()

	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || missing+=("$p")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "missing packages; run as root, or: apt-get install ${missing[*]}"
	say "installing ${#missing[@]} packages: ${missing[*]}"
	mkdir -p "$BTNS_BUILD/check"
	# the lists may be old or absent: that is no failure yet
	apt-get -o "$apt_lock" install -y --no-install-recommends \
		"${missing[@]}" >"$BTNS_BUILD/check/apt.log" 2>&1 </dev/null &&
		return 0
	say "refreshing the package lists"
	logged "$BTNS_BUILD/check/apt-update.log" \
		apt-get -o "$apt_lock" update || return 1
	logged "$BTNS_BUILD/check/apt.log" \
		apt-get -o "$apt_lock" install -y --no-install-recommends \
		"${missing[@]}"
}

# suite_dir SUITE...: folder with the lists of a set of suites, made if absent
suite_dir() {
	local dir s IFS=+

	dir="$BTNS_CACHE/apt/$*"
	unset IFS
	if [ ! -e "$dir/sources.list" ]; then
		mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
		for s in "$@"; do
			case $s in
			*-security) echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $BTNS_SECURITY $s main" ;;
			*) echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $BTNS_MIRROR $s main" ;;
			esac
		done >"$dir/sources.list.new"
		mv "$dir/sources.list.new" "$dir/sources.list"
	fi
	echo "$dir"
}

# suite_apt DIR PROGRAM ARGUMENT...: apt-get or apt-cache on those lists only
suite_apt() {
	local dir=$1 prog=$2
	shift 2

	"$prog" -o Dir::Etc::SourceList="$dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null \
		-o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" \
		-o Dir::State::status=/dev/null -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=3 \
		-o APT::Default-Release= "$@"
}

# suite_update DIR: refresh lists older than a day; old ones serve without network
suite_update() {
	local dir=$1

	[ -z "$(find "$dir/stamp" -mtime -1 2>/dev/null)" ] || return 0
	if suite_apt "$dir" apt-get update -qq >"$dir/update.log" 2>&1 &&
		! grep -q '^[EW]:.*Failed' "$dir/update.log"; then
		touch "$dir/stamp"
	elif [ -e "$dir/stamp" ]; then
		say "no fresh package lists for $(basename "$dir"), using old ones"
	else
		sed 's/^/    | /' "$dir/update.log" >&2
		die "cannot fetch package lists for $(basename "$dir") from $BTNS_MIRROR"
	fi
}

# remembered DIR KEY COMMAND...: its output, asked for again only when the lists
# are newer; reading package lists takes a second each time
remembered() {
	local dir=$1 file
	file=$dir/said-$(echo "$2" | tr -c 'A-Za-z0-9.+~=-' '_')
	shift 2

	if [ ! -s "$file" ] || [ "$dir/stamp" -nt "$file" ]; then
		"$@" >"$file.$$" || {
			rm -f "$file.$$"
			return 1
		}
		mv "$file.$$" "$file"
	fi
	cat "$file"
}

# suite_newest DIR PACKAGE: highest version in those suites
suite_newest() {
	remembered "$1" "newest $2" newest_version "$1" "$2"
}

newest_version() {
	suite_apt "$1" apt-cache madison "$2" |
		awk -F'|' '{ gsub(/ /, "", $2); print $2 }' |
		while read -r v; do
			[ -n "${best:-}" ] && dpkg --compare-versions "$v" le "$best" ||
				best=$v
			echo "$best"
		done | tail -n 1
}

# suite_depends DIR PACKAGE=VERSION REGEX: first dependency that matches
suite_depends() {
	remembered "$1" "depends $2 $3" first_depends "$@"
}

first_depends() {
	local found

	found=$(suite_apt "$1" apt-cache show "$2" |
		sed -n 's/^Depends: //p' | tr ',' '\n' |
		awk -v re="^$3\$" '!done && $1 ~ re { print $1; done = 1 }')
	[ -n "$found" ] || die "$2 depends on no $3 (a new package layout?)"
	echo "$found"
}

# suite_fetch DIR PACKAGE=VERSION: path of the .deb, downloaded if not here yet
suite_fetch() {
	local dir=$1 pkg=$2 name ver file

	name=${pkg%%=*}
	ver=${pkg#*=}
	mkdir -p "$BTNS_CACHE/deb"
	file=$(find "$BTNS_CACHE/deb" -name "${name}_${ver//:/%3a}_*.deb" | head -n 1)
	if [ -z "$file" ]; then
		say "downloading $name $ver"
		(cd "$BTNS_CACHE/deb" && suite_apt "$dir" apt-get download -qq \
			"$pkg" >"$dir/download.log" 2>&1) || {
			sed 's/^/    | /' "$dir/download.log" >&2
			die "cannot download $pkg"
		}
		file=$(find "$BTNS_CACHE/deb" \
			-name "${name}_${ver//:/%3a}_*.deb" | head -n 1)
	fi
	[ -n "$file" ] || die "no file for $pkg after its download"
	echo "$file"
}
