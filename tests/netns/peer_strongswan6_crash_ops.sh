#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer_strongswan_crash_ops.sh with strongSwan 6, of Debian 13.
# timeout: 540
# rigs: uml
# slow
# peer: strongswan-trixie
PEER=strongswan-trixie
# shellcheck source=tests/netns/peer_strongswan_crash_ops.sh
. "$(dirname "$0")/peer_strongswan_crash_ops.sh"
