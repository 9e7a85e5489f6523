#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes crypto_vectors.h: what the crypto tests expect, worked out by another
implementation than the one under test (Python's hmac and integers, and the
`cryptography` package) or taken from the RFC named beside it. Keys are made
anew at each run, so the header is committed and this is run by hand:

    python3 tests/unit/gen_vectors.py > tests/unit/crypto_vectors.h
"""

import datetime
import hashlib
import hmac
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (dsa, ec, ed25519, ed448,
                                                       padding, rsa, x25519)
from cryptography.hazmat.primitives.ciphers.aead import (AESGCM,
                                                         ChaCha20Poly1305)
from cryptography.x509.oid import NameOID

from vectors import emit, octets, prf_plus

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
NONE = serialization.NoEncryption()


def known(name, text, comment):
    emit(name, bytes.fromhex(text), comment)


# --- prf, prf+ and key derivation, RFC 7296 2.13 to 2.18 ---

def prf(digest, key, data):
    return hmac.new(key, data, digest).digest()


def derive(tag, digest, enc_len, g_ir, ni, nr, spi_i, spi_r):
    size = hashlib.new(digest).digest_size
    spis = spi_i.to_bytes(8, 'big') + spi_r.to_bytes(8, 'big')

    def expand(skeyseed, names, salted):
        mat = prf_plus(digest, skeyseed, salted, 3 * size + 2 * enc_len)
        keys = {}
        for name, n in (('D', size), ('EI', enc_len), ('ER', enc_len),
                        ('PI', size), ('PR', size)):
            keys[name], mat = mat[:n], mat[n:]
            emit('%s_%s_SK_%s' % (tag, names, name), keys[name])
        return keys

    keys = expand(prf(digest, ni + nr, g_ir), 'IKE', ni + nr + spis)
    child = prf_plus(digest, keys['D'], nr + ni, 2 * enc_len)
    emit('%s_CHILD' % tag, child)
    child = prf_plus(digest, keys['D'], g_ir[::-1] + nr + ni, 2 * enc_len)
    emit('%s_CHILD_PFS' % tag, child)
    for n in (64, 96) if tag == 'A' else ():
        # a cipher's key and a MAC's: 32 + 32 or 16 + 48, 32 + 64 octets
        emit('%s_CHILD_CBC_%d' % (tag, n),
             prf_plus(digest, keys['D'], nr + ni, 2 * n))
    new_spis = (spi_i + 1).to_bytes(8, 'big') + (spi_r + 1).to_bytes(8, 'big')
    seed = prf(digest, keys['D'], g_ir[::-1] + nr + ni)
    expand(seed, 'REKEY', nr + ni + new_spis)
    emit('%s_MACED_ID' % tag, prf(digest, keys['PI'], b'\2\0\0\0a.example'))


print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/*')
print(' * Made by gen_vectors.py. Test keys: they protect nothing.')
print(' */')
print('#ifndef TESTS_UNIT_CRYPTO_VECTORS_H')
print('#define TESTS_UNIT_CRYPTO_VECTORS_H')
print()

# RFC 4231 4.3 is the check of the checker
assert prf('sha256', b'Jefe', b'what do ya want for nothing?').hex() == \
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
for d in ('sha256', 'sha384', 'sha512'):
    emit('JEFE_%s' % d.upper(), prf(d, b'Jefe', b'what do ya want for nothing?'),
         'RFC 4231 4.3')
    emit('PLUS_%s' % d.upper(), prf_plus(d, octets(1, 40), octets(9, 33), 200))

NI, NR, G = octets(3, 32), octets(5, 48), octets(11, 32)
emit('NI', NI)
emit('NR', NR)
emit('G_IR', G)
derive('A', 'sha256', 36, G, NI, NR, 0x0102030405060708, 0x1112131415161718)
derive('B', 'sha384', 20, G, NI, NR, 0x0102030405060708, 0x1112131415161718)
derive('C', 'sha512', 36, G, NI, NR, 0x0102030405060708, 0x1112131415161718)

# --- AEAD ---

GCM_P = ('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72'
         '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39')
GCM_A = 'feedfacedeadbeeffeedfacedeadbeefabaddad2'
GCM_K = 'feffe9928665731c6d6a8f9467308308'
GCM_N = 'cafebabefacedbaddecaf888'


def aead(tag, cls, key, nonce, aad, text, want_icv, comment):
    key, nonce, aad = map(bytes.fromhex, (key, nonce, aad))
    sealed = cls(key).encrypt(nonce, text, aad)
    assert sealed[-16:].hex() == want_icv, tag
    emit(tag + '_KEY', key + nonce[:4], comment)
    emit(tag + '_IV', nonce[4:])
    emit(tag + '_AAD', aad)
    emit(tag + '_TEXT', text)
    emit(tag + '_CIPHER', sealed[:-16])
    emit(tag + '_ICV', sealed[-16:])


aead('GCM128', AESGCM, GCM_K, GCM_N, GCM_A, bytes.fromhex(GCM_P),
     '5bc94fbc3221a5db94fae95ae7121a47', 'McGrew and Viega, test case 4')
aead('GCM256', AESGCM, GCM_K * 2, GCM_N, GCM_A, bytes.fromhex(GCM_P),
     '76fc6ece0f4e1768cddf8853bb2d551b', 'McGrew and Viega, test case 16')
aead('CHACHA', ChaCha20Poly1305, bytes(range(0x80, 0xa0)).hex(),
     '070000004041424344454647', '50515253c0c1c2c3c4c5c6c7',
     b"Ladies and Gentlemen of the class of '99: If I could offer you only "
     b"one tip for the future, sunscreen would be it.",
     '1ae10b594f09e26a7e902ecbd0600691', 'RFC 8439 2.8.2')

# --- Diffie-Hellman ---

# RFC 7748 6.1, from Bob's side
X_B = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'
X_B_PUB = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'
X_A_PUB = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'
X_SECRET = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
XKEY = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(X_B))
assert XKEY.public_key().public_bytes(
    serialization.Encoding.Raw,
    serialization.PublicFormat.Raw).hex() == X_B_PUB
assert XKEY.exchange(x25519.X25519PublicKey.from_public_bytes(
    bytes.fromhex(X_A_PUB))).hex() == X_SECRET
known('X25519_I', X_B, 'RFC 7748 6.1')
known('X25519_I_PUB', X_B_PUB, None)
known('X25519_R_PUB', X_A_PUB, None)
known('X25519_SECRET', X_SECRET, None)


def ecp(tag, curve, size, i, r, comment, want=None):
    ki, kr = (ec.derive_private_key(k, curve) for k in (i, r))

    def public(key):
        n = key.public_key().public_numbers()
        return n.x.to_bytes(size, 'big') + n.y.to_bytes(size, 'big')

    secret = ki.exchange(ec.ECDH(), kr.public_key())
    assert want is None or secret.hex() == want
    emit(tag + '_I', i.to_bytes(size, 'big'), comment)
    emit(tag + '_I_PUB', public(ki))
    emit(tag + '_R_PUB', public(kr))
    emit(tag + '_SECRET', secret)


ecp('P256', ec.SECP256R1(), 32,
    0xc88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433,
    0xc6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53,
    'RFC 5903 8.1',
    'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de')
ecp('P384', ec.SECP384R1(), 48, int.from_bytes(octets(17, 47), 'big'),
    int.from_bytes(octets(29, 47), 'big'), None)

# --- keys ---


def spki(key):
    public = key.public_key() if hasattr(key, 'public_key') else key
    return public.public_bytes(DER, SPKI)


def openssl(*args, data=None):
    return subprocess.run(('openssl',) + args, input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def certificate(key, issuer=None):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'btns test')])
    signer = issuer or key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) \
        else hashes.SHA256()
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1)
            .not_valid_before(datetime.datetime(2020, 1, 1))
            .not_valid_after(datetime.datetime(2021, 1, 1))
            .add_extension(x509.BasicConstraints(True, None), True)
            .sign(signer, digest).public_bytes(DER))


ED = ed25519.Ed25519PrivateKey.generate()
EC256 = ec.generate_private_key(ec.SECP256R1())
EC384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)

for tag, key in (('ED25519', ED), ('ECP256', EC256), ('ECP384', EC384),
                 ('RSA', RSA)):
    der = spki(key)
    emit(tag + '_SPKI', der)
    emit(tag + '_FP', hashlib.sha256(der).digest())
    emit(tag + '_CERT', certificate(key))
emit('CA_CERT', certificate(EC256, RSA), 'the key of ECP256 under another key')
emit('RSA_PKCS1', RSA.public_key().public_bytes(
    DER, serialization.PublicFormat.PKCS1))

emit('ED25519_PEM', ED.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NONE))
emit('ECP256_PEM', EC256.private_bytes(
    PEM, serialization.PrivateFormat.TraditionalOpenSSL, NONE), 'SEC 1')
emit('RSA_PEM', RSA.private_bytes(
    PEM, serialization.PrivateFormat.TraditionalOpenSSL, NONE), 'PKCS#1')
emit('LOCKED_PEM', ED.private_bytes(
    PEM, serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b'secret')), 'encrypted')
emit('ED25519_PUBLIC_PEM', ED.public_key().public_bytes(PEM, SPKI))

WEAK = rsa.generate_private_key(65537, 1024)
emit('RSA1024_SPKI', spki(WEAK))
emit('RSA1024_PKCS1', WEAK.public_key().public_bytes(
    DER, serialization.PublicFormat.PKCS1))
emit('RSA1024_CERT', certificate(WEAK))
emit('RSA1024_PEM', WEAK.private_bytes(
    PEM, serialization.PrivateFormat.PKCS8, NONE))
emit('RSA_E3_SPKI', spki(rsa.generate_private_key(3, 2048)))
even = RSA.public_key().public_numbers()
emit('RSA_EVEN_SPKI', spki(rsa.RSAPublicNumbers(even.e, even.n + 1).public_key()))
emit('P521_SPKI', spki(ec.generate_private_key(ec.SECP521R1())))
emit('K256_SPKI', spki(ec.generate_private_key(ec.SECP256K1())))
emit('ED448_SPKI', spki(ed448.Ed448PrivateKey.generate()))
emit('X25519_SPKI', spki(x25519.X25519PrivateKey.generate()))
emit('DSA_SPKI', spki(dsa.generate_private_key(2048)))
emit('P521_PEM', ec.generate_private_key(ec.SECP521R1()).private_bytes(
    PEM, serialization.PrivateFormat.PKCS8, NONE))

EC_PEM = EC256.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NONE)
emit('EXPLICIT_SPKI', openssl('ec', '-param_enc', 'explicit', '-pubout',
                              '-outform', 'DER', data=EC_PEM),
     'ECP256 with the curve spelt out')
emit('COMPRESSED_SPKI', openssl('ec', '-conv_form', 'compressed', '-pubout',
                                '-outform', 'DER', data=EC_PEM),
     'ECP256 with a compressed point')
PSS_PEM = openssl('genpkey', '-algorithm', 'RSA-PSS', '-pkeyopt',
                  'rsa_keygen_bits:2048')
emit('PSS_SPKI', openssl('pkey', '-pubout', '-outform', 'DER', data=PSS_PEM))
der = spki(RSA)
assert der[:4] == b'\x30\x82\x01\x22' and der[17:19] == b'\x05\x00'
emit('RSA_NO_NULL_SPKI', b'\x30\x82\x01\x20\x30\x0b' + der[6:17] + der[19:],
     'the AlgorithmIdentifier without its NULL')
pkcs1 = RSA.public_key().public_bytes(DER, serialization.PublicFormat.PKCS1)
assert pkcs1[-5:] == b'\x02\x03\x01\x00\x01'
emit('RSA_BER_PKCS1', pkcs1[:3] + bytes([pkcs1[3] + 1]) + pkcs1[4:-5] +
     b'\x02\x04\x00\x01\x00\x01', 'exponent with a zero in front')

# --- signatures ---

PARTS = (b'IKE_SA_INIT message, whole', octets(7, 32), octets(13, 64))
MESSAGE = b''.join(PARTS)
for i, part in enumerate(PARTS):
    emit('SIGNED_%d' % i, part)

RSA_OID = '2a864886f70d0101'
SHA2 = {256: (hashes.SHA256(), 1, 32), 384: (hashes.SHA384(), 2, 48),
        512: (hashes.SHA512(), 3, 64)}


def auth(name, identifier, signature):
    identifier = bytes.fromhex(identifier)
    assert identifier[1] == len(identifier) - 2
    emit('AUTH_' + name, bytes([len(identifier)]) + identifier + signature)


def pss_identifier(last, salt, null='0500'):
    oid = '06096086480165030402%02x' % last
    digest = bytes.fromhex(oid + null)
    digest = b'\x30' + bytes([len(digest)]) + digest
    mgf = bytes.fromhex('0609' + RSA_OID + '08') + digest
    mgf = b'\x30' + bytes([len(mgf)]) + mgf
    params = (b'\xa0' + bytes([len(digest)]) + digest +
              b'\xa1' + bytes([len(mgf)]) + mgf +
              b'\xa2\x03\x02\x01' + bytes([salt]))
    body = (bytes.fromhex('0609' + RSA_OID + '0a') + b'\x30' +
            bytes([len(params)]) + params)
    return (b'\x30' + bytes([len(body)]) + body).hex()


def pss(digest, salt):
    return RSA.sign(MESSAGE, padding.PSS(padding.MGF1(digest), salt), digest)


for bits, (digest, last, size) in SHA2.items():
    v15 = RSA.sign(MESSAGE, padding.PKCS1v15(), digest)
    auth('RSA_%d' % bits, '300d0609%s%02x0500' % (RSA_OID, 0x0a + last), v15)
    auth('RSA_%d_BARE' % bits, '300b0609%s%02x' % (RSA_OID, 0x0a + last), v15)
    auth('PSS_%d' % bits, pss_identifier(last, size), pss(digest, size))
    auth('PSS_%d_BARE' % bits, pss_identifier(last, size, ''), pss(digest, size))
    for curve, key in ((256, EC256), (384, EC384)):
        auth('ECDSA_P%d_%d' % (curve, bits), '300a06082a8648ce3d0403%02x' %
             (last + 1), key.sign(MESSAGE, ec.ECDSA(digest)))
auth('ED25519', '300506032b6570', ED.sign(MESSAGE))

# refused: SHA-1 in every place, salt that is not as long as the hash
auth('RSA_SHA1', '300d0609%s050500' % RSA_OID,
     RSA.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA1()))
auth('PSS_DEFAULT', '300d0609%s0a3000' % RSA_OID, pss(hashes.SHA1(), 20))
auth('PSS_SHA1', '30220609%s0a3015a009300706052b0e03021aa2030201' % RSA_OID +
     '14' + 'a30302010' + '1', pss(hashes.SHA1(), 20))
auth('ECDSA_SHA1', '300906072a8648ce3d0401',
     EC256.sign(MESSAGE, ec.ECDSA(hashes.SHA1())))
auth('PSS_SALT20', pss_identifier(1, 20), pss(hashes.SHA256(), 20))
auth('PSS_OTHER_SALT', pss_identifier(1, 32), pss(hashes.SHA256(), 20))

print()
print('#endif /* TESTS_UNIT_CRYPTO_VECTORS_H */')
