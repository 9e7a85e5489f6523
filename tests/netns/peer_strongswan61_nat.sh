#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_strongswan_nat.sh with strongSwan 6.1, of the Debian after 13.
# timeout: 120
# rigs: uml
# slow
# peer: strongswan-forky
PEER=strongswan-forky
# shellcheck source=tests/netns/peer_strongswan_nat.sh
. "$(dirname "$0")/peer_strongswan_nat.sh"
