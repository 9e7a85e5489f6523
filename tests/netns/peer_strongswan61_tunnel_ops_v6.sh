#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_strongswan_tunnel_ops_v6.sh with strongSwan 6.1, of the Debian after 13.
# timeout: 400
# rigs: uml
# slow
# peer: strongswan-forky
PEER=strongswan-forky
# shellcheck source=tests/netns/peer_strongswan_tunnel_ops_v6.sh
. "$(dirname "$0")/peer_strongswan_tunnel_ops_v6.sh"
