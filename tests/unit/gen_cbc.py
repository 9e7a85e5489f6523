#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes cbc_vectors.h: keys and a protected message of each IKE suite of AES-CBC
and HMAC, put together as RFC 7296 sections 2.14 and 3.14 say by the openssl
program and Python's hmac. Always the same:

    python3 tests/unit/gen_cbc.py > tests/unit/cbc_vectors.h
"""

import hmac
import struct
import subprocess

from vectors import emit, octets, prf_plus

NOTIFY = 41
SK = 46
INFORMATIONAL = 37
FROM_INITIATOR = 0x08


def openssl(*args, data):
    return subprocess.run(('openssl',) + args, input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def encrypt(key, iv, text):
    return openssl('enc', '-aes-%d-cbc' % (8 * len(key)), '-nopad', '-K',
                   key.hex(), '-iv', iv.hex(), data=text)


def mac(digest, key, text):
    return openssl('dgst', '-' + digest, '-mac', 'HMAC', '-macopt',
                   'hexkey:' + key.hex(), '-binary', data=text)


# the checkers checked: RFC 3602 section 4, cases 1 and 2; SP 800-38A F.2.5;
# RFC 4868 section 2.7.2.1, case AUTH256-1
assert encrypt(bytes.fromhex('06a9214036b8a15b512e03d534120006'),
               bytes.fromhex('3dafba429d9eb430b422da802c9fac41'),
               b'Single block msg').hex() == 'e353779c1079aeb82708942dbe77181a'
assert encrypt(bytes.fromhex('c286696d887c9aa0611bbb3e2025a45a'),
               bytes.fromhex('562e17996d093d28ddb3ba695a2e6f58'),
               bytes(range(32))).hex() == \
    'd296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1'
assert encrypt(bytes.fromhex('603deb1015ca71be2b73aef0857d7781'
                             '1f352c073b6108d72d9810a30914dff4'),
               bytes(range(16)),
               bytes.fromhex('6bc1bee22e409f96e93d7e117393172a')).hex() == \
    'f58c4c04d6e5f1ba779eabfb5f7bfbd6'
assert mac('sha256', b'\x0b' * 32, b'Hi There').hex() == \
    '198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7'

print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/*')
print(' * Made by gen_cbc.py. Test keys: they protect nothing.')
print(' */')
print('#ifndef TESTS_UNIT_CBC_VECTORS_H')
print('#define TESTS_UNIT_CBC_VECTORS_H')
print()

NI, NR, G = octets(3, 32), octets(5, 48), octets(11, 32)
SPI_I, SPI_R = 0x0102030405060708, 0x1112131415161718
emit('NI', NI)
emit('NR', NR)
emit('G_IR', G)
# 16 payload octets: a block more is needed, for the pad length
emit('TEXT', octets(77, 16))

for bits in (128, 256):
    for digest, size in (('sha256', 32), ('sha384', 48), ('sha512', 64)):
        enc = bits // 8
        seed = NI + NR + struct.pack('>QQ', SPI_I, SPI_R)
        keys = prf_plus('sha256', hmac.new(NI + NR, G, 'sha256').digest(), seed,
                        3 * 32 + 2 * size + 2 * enc)
        sk_ai = keys[32:32 + size]
        sk_ei = keys[32 + 2 * size:32 + 2 * size + enc]
        # another block than there need be, and not of zeros
        plain = octets(77, 16) + octets(99, 31) + bytes([31])
        iv = octets(bits + size & 255, 16)
        body = iv + encrypt(sk_ei, iv, plain)
        sk = struct.pack('>BBH', NOTIFY, 0, 4 + len(body) + size // 2)
        head = struct.pack('>QQBBBBII', SPI_I, SPI_R, SK, 0x20, INFORMATIONAL,
                           FROM_INITIATOR, 7, 28 + 4 + len(body) + size // 2)
        message = head + sk + body
        message += mac(digest, sk_ai, message)[:size // 2]
        tag = '%d_%s' % (bits, digest.upper())
        emit('KEYS_' + tag, keys)
        emit('MESSAGE_' + tag, message)

print()
print('#endif')
