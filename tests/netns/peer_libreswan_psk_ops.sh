#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh with a shared secret.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2034 # for the script below
ops_set=(auth=psk)
ops_kind="shared secret"
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
