#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# needs: kernel
set -u -o pipefail
# shellcheck source=tests/static/lib.sh
. "$(dirname "$0")/lib.sh"
need perl
need_kernel

# Ignored, and why:
# - FILE_PATH_CHANGES, COMMIT_MESSAGE: about patches, not files
# - LINUX_VERSION_CODE: kernel/compat.h exists for it (tests/static/versions)
# - CONSTANT_COMPARISON: complains of version checks written as everywhere
# - CAMELCASE: the counters have SNMP names, as the kernel's own
# - COMPLEX_MACRO: lists of X(...) that make an enum and a table of names
# - ALLOC_WITH_SIZEOF: kzalloc_obj() came with 7.0, and 6.1 is supported
# - USE_NEGATIVE_ERRNO: sk_err holds positive ones
# - CONST_STRUCT: register_net_sysctl() of 6.1 takes no const table
# - UNCOMMENTED_DEFINITION: the locks are described in kernel-doc
# - PREFER_KERNEL_TYPES: user space has stdint.h
# - LONG_LINE*: 100 columns are the limit here and checkpatch's own
# - SPLIT_STRING: long help texts of programs are split
# - MACRO_ARG_REUSE: false for the iteration macros
# - PREFER_DEFINED_ATTRIBUTE_MACRO, EMBEDDED_FUNCTION_NAME, CONST_STRUCT,
#   STRCPY/STRNCPY family, ARRAY_SIZE, BIT_MACRO: kernel helpers that user
#   space lacks
# - COMPARISON_TO_NULL: clearer than ! where several are compared
# The trace header is left out of --strict: TRACE_EVENT() is not laid out like
# a function call.
kernel=FILE_PATH_CHANGES,COMMIT_MESSAGE,LINUX_VERSION_CODE,MACRO_ARG_REUSE
kernel=$kernel,CONSTANT_COMPARISON,CAMELCASE,COMPLEX_MACRO,ALLOC_WITH_SIZEOF
kernel=$kernel,USE_NEGATIVE_ERRNO,CONST_STRUCT,UNCOMMENTED_DEFINITION
user=$kernel,PREFER_KERNEL_TYPES,SPLIT_STRING,PREFER_DEFINED_ATTRIBUTE_MACRO
user=$user,EMBEDDED_FUNCTION_NAME,STRCPY,STRNCPY,STRLCPY
user=$user,NAKED_SSCANF,SSCANF_TO_KSTRTO,VOLATILE,ENOSYS,AVOID_EXTERNS
user=$user,PREFER_FALLTHROUGH,USE_SPINLOCK_T,PRINTK_WITHOUT_KERN_LEVEL
user=$user,ARRAY_SIZE,BIT_MACRO,COMPARISON_TO_NULL

copy=$(mktemp -d)
trap 'rm -rf "$copy" "$findings"*' EXIT
tools/lib/sources.sh c | xargs -d '\n' cp --parents -t "$copy"

# check IGNORED: the files named on standard input, in a copy because
# checkpatch leaves notes about CamelCase where it runs
check() {
	(cd "$copy" && xargs -r -d '\n' perl \
		"$BTNS_LINUX/scripts/checkpatch.pl" --no-tree --no-summary \
		--terse --show-types --max-line-length=100 --strict \
		--ignore "$1" -f 2>&1) | grep -E ': (ERROR|WARNING|CHECK):'
}

plan 3
tools/lib/sources.sh kernel | grep -v -e netlink-gen -e btns_trace |
	check "$kernel" >"$findings"
verdict "checkpatch --strict is content with the module"
tools/lib/sources.sh c | grep -vE '^(kernel|include)/' | check "$user" >"$findings"
verdict "checkpatch --strict is content with programs and tests"
printf '/* SPDX-License-Identifier: GPL-2.0-only */\nint a;\nint b( int c ){return c;}\n' \
	>"$copy/planted.c"
[ "$(echo planted.c | check "$user" | grep -c SPACING)" -gt 0 ] ||
	echo "checkpatch does not see a planted fault" >"$findings"
verdict "checkpatch sees a planted fault"
exit "$failed"
