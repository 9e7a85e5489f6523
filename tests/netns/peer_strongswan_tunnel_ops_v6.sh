#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_strongswan_ops.sh in tunnel mode over IPv6.
# timeout: 260
# rigs: uml
# slow
# peer: strongswan-bookworm
# shellcheck disable=SC2034 # for the script below
ops_set=(mode=tunnel)
ops_kind="tunnel mode"
ops_fam=6
# shellcheck source=tests/netns/peer_strongswan_ops.sh
. "$(dirname "$0")/peer_strongswan_ops.sh"
