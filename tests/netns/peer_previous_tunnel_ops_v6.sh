#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_previous_ops.sh in tunnel mode over IPv6.
# timeout: 400
# rigs: uml
# slow
# peer: btnsd-previous
# shellcheck disable=SC2034 # for the script below
ops_fam=6
# shellcheck source=tests/netns/peer_previous_tunnel_ops.sh
. "$(dirname "$0")/peer_previous_tunnel_ops.sh"
