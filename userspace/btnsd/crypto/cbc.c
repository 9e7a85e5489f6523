// SPDX-License-Identifier: GPL-2.0-or-later
/* Lengths of keys; ciphers and MACs themselves are the kernel's. */
#include "btnsd/crypto/cbc.h"

#include "btnsd/ike/wire.h"

size_t cbc_integ_len(uint16_t integ)
{
	switch (integ) {
	case IKE_INTEG_HMAC_SHA2_256_128:
		return 32;
	case IKE_INTEG_HMAC_SHA2_384_192:
		return 48;
	case IKE_INTEG_HMAC_SHA2_512_256:
		return 64;
	default:
		return 0;
	}
}

size_t cbc_keymat_len(uint16_t encr, uint16_t keybits, uint16_t integ)
{
	size_t mac = cbc_integ_len(integ);

	if (encr != IKE_ENCR_AES_CBC || !mac ||
	    (keybits != 128 && keybits != 256))
		return 0;
	return keybits / 8 + mac;
}
