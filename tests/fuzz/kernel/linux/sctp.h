/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/fuzz/kernel/skb.h"
