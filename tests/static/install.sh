#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: programs
# make install puts everything where DESTDIR and PREFIX say, and a program can
# be built against what it installed. Nothing of it has the tests' numbers.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 5
dest=$(mktemp -d)
trap 'rm -rf "$dest" "$findings"*' EXIT
make -s O="$BTNS_BUILD" DESTDIR="$dest" PREFIX=/usr install \
	>"$findings.log" 2>&1 || cp "$findings.log" "$findings"
for f in sbin/btnsd sbin/btnsctl lib/libbtns.a include/btns/btns.h \
	include/linux/btns.h include/linux/btns_sockopt.h \
	lib/pkgconfig/libbtns.pc share/man/man8/btnsd.8 \
	share/man/man8/btnsctl.8 share/man/man5/btnsd.conf.5; do
	[ -e "$dest/usr/$f" ] || echo "not installed: $f"
done >>"$findings"
verdict "make install puts programs, library, headers and manual pages in place"

conf=$dest/etc/btns/btnsd.conf
{
	grep -q '^ExecStart=/usr/sbin/btnsd .*/etc/btns/btnsd.conf$' \
		"$dest/usr/lib/systemd/system/btnsd.service" ||
		echo "the unit does not start what was installed"
	"$dest/usr/sbin/btnsd" -n -c "$conf" >"$findings.log" 2>&1 ||
		cat "$findings.log"
	# an administrator's file stays as it is
	echo '# mine' >"$conf"
	make -s O="$BTNS_BUILD" DESTDIR="$dest" PREFIX=/usr install ||
		echo "cannot be installed again"
	[ "$(cat "$conf")" = '# mine' ] || echo "btnsd.conf was overwritten"
} >"$findings" 2>&1
verdict "the unit, and an example btnsd.conf that takes the place of none"

grep -rlF "$dest" "$dest" >"$findings"
verdict "nothing that is installed names the folder it was staged in"

# what the mock of the unit tests has and nobody else: a word, and what it calls
mock=$BTNS_BUILD/tests/unit/world_numbers.o
make -s O="$BTNS_BUILD" "$mock" >"$findings.log" 2>&1 || cat "$findings.log" >>"$findings"
for word in BTNS_SEED RAND_set_rand_method; do
	grep -qF "$word" "$mock" || echo "$mock has no $word to look for"
	grep -rlF "$word" "$dest" | sed "s/$/ has $word/"
done >>"$findings"
nm -D "$dest/usr/sbin/btnsd" | grep -w RAND_priv_bytes >"$findings.log" ||
	echo "btnsd does not ask OpenSSL for its numbers" >>"$findings"
verdict "what is installed draws numbers from OpenSSL's generator as it is"

cat >"$dest/t.c" <<'C'
#include <btns/btns.h>
#include <stdio.h>
int main(void)
{
	struct lbtns *h = NULL;

	/* no module here: an error is fine, a crash or a link error is not */
	if (lbtns_open(&h) == 0)
		lbtns_close(h);
	return 0;
}
C
PKG_CONFIG_PATH=$dest/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest \
	pkg-config --cflags --libs libbtns >"$dest/flags" 2>"$findings"
# shellcheck disable=SC2046
{ gcc -Wall -Werror -o "$dest/t" "$dest/t.c" $(cat "$dest/flags") &&
	"$dest/t"; } >>"$findings" 2>&1 || echo "no program" >>"$findings"
verdict "a program builds against the installed library"
exit "$failed"
