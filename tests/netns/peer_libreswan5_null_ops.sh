#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_null_ops.sh with Libreswan 5, of Debian 13.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-trixie
PEER=libreswan-trixie
# shellcheck source=tests/netns/peer_libreswan_null_ops.sh
. "$(dirname "$0")/peer_libreswan_null_ops.sh"
