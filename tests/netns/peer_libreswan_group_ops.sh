#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh with an opportunistic group: NULL authentication of both
# (RFC 7619), and Libreswan begins when it has traffic.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2034 # for the script below
ops_set=(auth=null group=yes)
ops_kind="NULL, group"
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
