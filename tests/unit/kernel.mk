# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what the kernel and user space compile alike.
UNIT_NAMES += test_pad_match test_pad_rfc5386 test_congruence
