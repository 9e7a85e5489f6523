#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_libreswan_ops.sh with certificates under a CA.
# timeout: 260
# rigs: uml
# slow
# peer: libreswan-bookworm
# shellcheck disable=SC2034 # for the script below
ops_set=(auth=ca)
ops_kind="CA"
# shellcheck source=tests/netns/peer_libreswan_ops.sh
. "$(dirname "$0")/peer_libreswan_ops.sh"
