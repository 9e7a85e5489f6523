#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh over IPv6.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
ops_fam=6
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
