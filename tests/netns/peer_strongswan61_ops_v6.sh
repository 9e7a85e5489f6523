#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_strongswan_ops.sh over IPv6, with strongSwan 6.1, of the Debian after 13.
# timeout: 260
# rigs: uml
# slow
# peer: strongswan-forky
PEER=strongswan-forky
ops_fam=6
# shellcheck source=tests/netns/peer_strongswan_ops.sh
. "$(dirname "$0")/peer_strongswan_ops.sh"
