#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nonsense handed to setsockopt() and getsockopt(): each gets the errno that
# linux/btns_sockopt.h names, and the socket keeps what it asked before.
# timeout: 120
# shellcheck source=tests/netns/lib.sh
. "$(dirname "$0")/lib.sh"
_need badsockopt
trap _exit EXIT
load
badsockopt
