# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs that write headers of test vectors have in common."""

import hmac


def emit(name, data, comment=None):
    """Print octets as a macro, a string of hexadecimal digits."""
    if comment:
        print('/* %s */' % comment)
    text = data.hex()
    lines = [text[i:i + 80] for i in range(0, len(text), 80)] or ['']
    print('#define V_%s \\' % name)
    print(' \\\n'.join('\t"%s"' % line for line in lines))


def octets(start, length):
    """Octets that differ from each other and from those of another start."""
    return bytes((start + i * 7) & 255 for i in range(length))


def prf_plus(digest, key, seed, length):
    """RFC 7296 section 2.13, for keys of any length."""
    out = t = b''
    n = 1
    while len(out) < length:
        t = hmac.new(key, t + seed + bytes([n]), digest).digest()
        out += t
        n += 1
    return out[:length]
