# SPDX-License-Identifier: GPL-2.0-or-later
# Targets of what the kernel and user space compile alike.
FUZZ_NAMES += fuzz_pad
