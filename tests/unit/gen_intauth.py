#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes intauth_vectors.h: what two IKE_INTERMEDIATE exchanges add to AUTH, by
Python's hmac and octets that are put together as RFC 9242 section 3.3.2 says,
and the keys of a rekey with two secrets (RFC 9370 section 2.2.4). Always the
same:

    python3 tests/unit/gen_intauth.py > tests/unit/intauth_vectors.h
"""

import hmac
import struct

from vectors import emit, octets, prf_plus

KE = 34
SK = 46
EXCHANGE = 43
FROM_INITIATOR = 0x08
RESPONSE = 0x20


def message(flags, mid, sk_flags, inner):
    """A and P: lengths count neither IV, padding, pad length nor ICV."""
    sk = struct.pack('>BBH', KE, sk_flags, 4 + len(inner))
    head = struct.pack('>QQBBBBII', 0x1111111122222222, 0x3333333344444444,
                       SK, 0x20, EXCHANGE, flags, mid,
                       28 + len(sk) + len(inner))
    return head + sk + inner


print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/*')
print(' * Made by gen_intauth.py. Test values: they protect nothing.')
print(' */')
print('#ifndef TESTS_UNIT_INTAUTH_VECTORS_H')
print('#define TESTS_UNIT_INTAUTH_VECTORS_H')
print()

for digest, size in (('sha256', 32), ('sha512', 64)):
    tag = digest.upper()
    chain = {'i': b'', 'r': b''}
    for n in (1, 2):
        for side, flags, start in (('i', FROM_INITIATOR, 1),
                                   ('r', RESPONSE, 101)):
            key = octets(start + n, size)
            inner = octets(start + 20 + n, 72 * n)
            # reserved bits count as they came
            whole = message(flags, n, 0x80 if n == 2 else 0, inner)
            chain[side] = hmac.new(key, chain[side] + whole, digest).digest()
            emit('%s_KEY_%s%d' % (tag, side.upper(), n), key)
            emit('%s_TEXT_%s%d' % (tag, side.upper(), n), inner)
        emit('%s_INTAUTH_%d' % (tag, n),
             chain['i'] + chain['r'] + struct.pack('>I', n + 1))
    old = octets(33, size)
    data = octets(5, 48) + octets(6, 32) + octets(7, 40) + octets(8, 32)
    skeyseed = hmac.new(old, data, digest).digest()
    seed = octets(6, 32) + octets(7, 40) + struct.pack(
        '>QQ', 0x1111111122222222, 0x3333333344444444)
    emit('%s_OLD_SK_D' % tag, old)
    emit('%s_REKEY' % tag,
         prf_plus(digest, skeyseed, seed, 3 * size + 2 * 36))
    print()

print('#endif /* TESTS_UNIT_INTAUTH_VECTORS_H */')
