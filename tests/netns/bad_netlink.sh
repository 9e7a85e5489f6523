#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Malformed and hostile netlink messages of every kind: each is refused with
# an errno and a sentence, and nothing changes. badnl prints the points.
# timeout: 120
# shellcheck source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
_need badnl
trap _exit EXIT
load
badnl
