#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh over IPv6, with Libreswan 5 of Debian 13.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-trixie
PEER=libreswan-trixie
ops_fam=6
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
