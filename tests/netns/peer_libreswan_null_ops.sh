#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh with NULL authentication of both (RFC 7619).
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2034 # for the script below
ops_set=(auth=null)
ops_kind="NULL"
# nobody says INITIAL_CONTACT (RFC 7619 section 2.3), and of a connection it asks
# only the newest for life: what it has of the dead stays for its lifetime
ops_kept=2
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
