#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The public headers compile by themselves, in C and in C++.
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"

plan 2
for h in include/uapi/linux/*.h userspace/libbtns/btns.h; do
	[ -e "$h" ] || continue
	echo "#include \"$h\"" | gcc -std=c99 -Wall -Wextra -Wpedantic -Werror \
		-I. -Iinclude/uapi -Iuserspace -Iinclude -x c -fsyntax-only - ||
		echo "$h fails"
done >"$findings" 2>&1
verdict "public headers compile by themselves in C99"
if command -v g++ >/dev/null; then
	for h in include/uapi/linux/*.h userspace/libbtns/btns.h; do
		[ -e "$h" ] || continue
		echo "#include \"$h\"" | g++ -std=c++11 -Wall -Wextra -Werror \
			-I. -Iinclude/uapi -Iuserspace -Iinclude -x c++ \
			-fsyntax-only - || echo "$h fails"
	done >"$findings" 2>&1
	verdict "public headers compile by themselves in C++11"
else
	echo "ok 2 public headers in C++ # SKIP g++ is not installed"
fi
exit "$failed"
