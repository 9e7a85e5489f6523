#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes modp_vectors.h: primes, public values and secrets of the MODP groups,
by Python's integers and the formulas of RFC 3526. Always the same:

    python3 tests/unit/gen_modp.py > tests/unit/modp_vectors.h
"""

from vectors import emit, octets

print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/*')
print(' * Made by gen_modp.py. Test values: they protect nothing.')
print(' */')
print('#ifndef TESTS_UNIT_MODP_VECTORS_H')
print('#define TESTS_UNIT_MODP_VECTORS_H')
print()


def pi_bits(bits):
    """floor(2^bits * pi), by Machin's formula in integers."""
    unity = 1 << (bits + 64)

    def arctan_inverse(x):
        total = term = unity // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    return (4 * (4 * arctan_inverse(5) - arctan_inverse(239))) >> 64


# RFC 3526 3: 2^2048 - 2^1984 - 1 + 2^64 * { [2^1918 pi] + 124476 }
P = 2**2048 - 2**1984 - 1 + 2**64 * (pi_bits(1918) + 124476)
assert P % 2**64 == 2**64 - 1 and pow(2, P - 1, P) == 1
# RFC 3526 4 and 5, in the same form
P15 = 2**3072 - 2**3008 - 1 + 2**64 * (pi_bits(2942) + 1690314)
P16 = 2**4096 - 2**4032 - 1 + 2**64 * (pi_bits(3966) + 240904)
for q in P15, P16:
    assert q % 2**64 == 2**64 - 1 and pow(2, q - 1, q) == 1


def modp(tag, i, r, comment=None, p=P):
    size = p.bit_length() // 8
    emit(tag + '_I', i.to_bytes(size, 'big'), comment)
    emit(tag + '_I_PUB', pow(2, i, p).to_bytes(size, 'big'))
    emit(tag + '_R_PUB', pow(2, r, p).to_bytes(size, 'big'))
    emit(tag + '_SECRET', pow(2, i * r, p).to_bytes(size, 'big'))


A = int.from_bytes(octets(31, 28), 'big')
modp('MODP', A, int.from_bytes(octets(37, 28), 'big'), 'RFC 3526 3')
# a secret that begins with a zero octet shows the padding
B = 3
while pow(2, A * B, P) >> 2040:
    B += 1
modp('MODP_PAD', A, B)
modp('MODP3072', A, int.from_bytes(octets(38, 28), 'big'), 'RFC 3526 4', P15)
modp('MODP4096', A, int.from_bytes(octets(39, 28), 'big'), 'RFC 3526 5', P16)
emit('MODP_P', P.to_bytes(256, 'big'))
emit('MODP_P_1', (P - 1).to_bytes(256, 'big'))
g = 3
while pow(g, (P - 1) // 2, P) == 1:
    g += 1
emit('MODP_NONRESIDUE', g.to_bytes(256, 'big'),
     'in range, but not in the subgroup')
print()
print('#endif /* TESTS_UNIT_MODP_VECTORS_H */')
