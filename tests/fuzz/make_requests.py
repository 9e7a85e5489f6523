#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make_requests.py FOLDER: writes FOLDER/nlfuzz.seeds (of each request to the module
a genetlink header and attributes) and FOLDER/optfuzz.seeds (option, kind of socket,
the struct), in the octet order of this machine; tests/tools/mutate.h has the format.
Run from the top of the tree, as it reads the numbers from include/uapi/linux."""
import os
import re
import struct
import sys

NESTED = 0x8000
# nlfuzz puts the index of a policy there
THE_POLICY = 0xfffffff9
KEY = bytes([1, 2, 3, 4]) + bytes(28)
A4, B4 = bytes([192, 0, 2, 1]), bytes([10, 0, 0, 2])
A6 = bytes.fromhex("20010db8000000000000000000000001")
B6 = bytes.fromhex("fd000000000000000000000000000002")
ESP, AH, TCP, UDP = 50, 51, 6, 17
INET, INET6 = 2, 10
# kinds of sockets, as in optfuzz.c
TCP4, TCP6, UDP4, UDP6, SCTP4, LISTEN4, BOUND4, RAW4 = range(8)


def numbers():
    """The enums of btns.h and the flags of btns_sockopt.h, by name."""
    found = {}
    with open("include/uapi/linux/btns.h", encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    for body in re.findall(r"enum\s*\w*\s*{(.*?)}", text, re.S):
        value = -1
        for item in body.split(","):
            m = re.match(r"\s*(\w+)\s*(?:=\s*(0x[0-9a-f]+|\d+)\s*)?$", item)
            if m:
                value = int(m[2], 0) if m[2] else value + 1
                found[m[1]] = value
    with open("include/uapi/linux/btns_sockopt.h", encoding="ascii") as f:
        for name, bit in re.findall(r"(BTNS_ASK_F_\w+)\s+\(1U << (\d+)\)",
                                    f.read()):
            found[name] = 1 << int(bit)
    return found


N = numbers()


def attr(name, data):
    return struct.pack("=HH", 4 + len(data), N["BTNS_A_" + name]) + data + \
        bytes(-len(data) % 4)


def nest(name, *inside):
    data = b"".join(inside)
    return struct.pack("=HH", 4 + len(data), N["BTNS_A_" + name] | NESTED) + data


def u8(v):
    return struct.pack("=B", v)


def u16(v):
    return struct.pack("=H", v)


def u32(v):
    return struct.pack("=I", v)


def text(s):
    return s.encode() + b"\0"


def request(cmd, *attrs):
    return struct.pack("=BBH", N["BTNS_CMD_" + cmd], 1, 0) + b"".join(attrs)


def ident(name, kind, method=None, digest=KEY, label=None):
    inside = [attr("IDENT_TYPE", u32(N["BTNS_ID_TYPE_" + kind]))]
    if method:
        inside.append(attr("IDENT_METHOD",
                           u32(N["BTNS_AUTH_METHOD_" + method])))
    if digest:
        inside.append(attr("IDENT_DIGEST", digest))
    if label:
        inside.append(attr("IDENT_NAME", text(label)))
    return nest(name, *inside)


def prefix(family, addr, length):
    return nest("PAD_ENTRY_PREFIX", attr("PREFIX_FAMILY", u16(family)),
                attr("PREFIX_ADDR", addr), attr("PREFIX_LEN", u8(length)))


def entry(name, *rest):
    return nest("PAD_ENTRY", attr("PAD_ENTRY_NAME", text(name)), *rest)


def flags(*names):
    return attr("PAD_ENTRY_FLAGS",
                u32(sum(N["BTNS_PAD_FLAGS_" + n] for n in names)))


def entries():
    home = prefix(INET, bytes([192, 168, 0, 0]), 16)
    six = prefix(INET6, bytes.fromhex("fd") + bytes(15), 8)
    key = attr("PAD_ENTRY_KEY", KEY)
    method = [attr("PAD_ENTRY_METHOD", u32(N["BTNS_AUTH_METHOD_" + m]))
              for m in ("RAWKEY", "CERT", "PSK")]
    return {
        "named": entry("good", ident("PAD_ENTRY_ID", "FQDN", label="a.example"),
                       key, home),
        "keys": entry("keys", ident("PAD_ENTRY_ID", "RFC822", digest=b"\7" * 32),
                      key, key, key, key, method[0], home, six),
        "cert": entry("cert", ident("PAD_ENTRY_ID", "DN",
                                    digest=b"\2" * 32), method[1], six),
        "psk": entry("psk", ident("PAD_ENTRY_ID", "KEY_ID", digest=b"\3" * 32),
                     method[2], home),
        "btns": entry("btns", flags("BTNS"),
                      ident("PAD_ENTRY_ID", "PUBLICKEY")),
        "wildcard": entry("any", flags("BTNS", "WILDCARD")),
        "anonymous": entry("nobody", flags("ANONYMOUS")),
        "bound": entry("any", flags("BTNS", "WILDCARD"),
                       prefix(INET, bytes([172, 16, 0, 0]), 12)),
    }


def selector(family, own, peer, *rest):
    return nest("SA_SEL", attr("SELECTOR_FAMILY", u16(family)),
                attr("SELECTOR_LOCAL", own),
                attr("SELECTOR_LOCAL_PREFIX", u8(len(own) * 8)),
                attr("SELECTOR_REMOTE", peer),
                attr("SELECTOR_REMOTE_PREFIX", u8(len(peer) * 8)), *rest)


PORTS = (attr("SELECTOR_PROTO", u8(TCP)), attr("SELECTOR_LOCAL_PORT", u16(0)),
         attr("SELECTOR_REMOTE_PORT", u16(80)))
MASKS = (attr("SELECTOR_PROTO", u8(UDP)),
         attr("SELECTOR_LOCAL_PORT", u16(0x1000)),
         attr("SELECTOR_LOCAL_PORT_MASK", u16(0xf000)),
         attr("SELECTOR_REMOTE_PORT", u16(53)),
         attr("SELECTOR_REMOTE_PORT_MASK", u16(0xffff)))


def sa_key(spi, family=INET, proto=ESP):
    return (attr("SA_SPI", struct.pack("!I", spi)), attr("SA_PROTO", u8(proto)),
            attr("SA_FAMILY", u16(family)),
            attr("SA_DADDR", B4 if family == INET else B6))


def sas():
    peer = ident("SA_PEER", "PUBLICKEY", "BTNS", label="peer")
    own = ident("SA_LOCAL", "PUBLICKEY", "BTNS", label="own")
    manual = ident("SA_PEER", "PUBLICKEY", "MANUAL")
    sel = selector(INET, A4, B4, *PORTS)
    return {
        "full": (*sa_key(0x1001), peer, own, attr("SA_PEER_KEY", KEY),
                 attr("SA_LOCAL_PUBLIC", A4),
                 attr("SA_LOCAL_PUBLIC_PORT", u16(4500)),
                 attr("SA_REMOTE_PRIVATE", B4),
                 attr("SA_REMOTE_PRIVATE_PORT", u16(4500)),
                 attr("SA_MARK", u32(7)), attr("SA_MARK_MASK", u32(15)), sel),
        "small": (*sa_key(0x1002), manual, sel),
        "ports": (*sa_key(0x1003), manual, selector(INET, A4, B4, *MASKS)),
        "v6": (*sa_key(0x1004, INET6), manual,
               attr("SA_PEER_KEY", KEY), selector(INET6, A6, B6, *PORTS)),
        "ah": (*sa_key(0x1005, INET, AH), manual, own, sel),
    }


def requests():
    for name, e in entries().items():
        yield "pad_replace_" + name, request("PAD_REPLACE", e)
    e = entries()
    yield "pad_replace_several", request("PAD_REPLACE", e["named"], e["keys"],
                                         e["cert"], e["psk"], e["btns"],
                                         e["bound"])
    yield "pad_replace_none", request("PAD_REPLACE")
    # what comes now finds it, in the order of names
    for name in ("named", "btns", "wildcard"):
        yield "pad_s_add_" + name, request("PAD_ADD", e[name])
    for name, attrs in sas().items():
        yield "sa_bind_" + name, request("SA_BIND", *attrs)
        yield "sa_check_" + name, request("SA_CHECK", *attrs)
    yield "sa_unbind", request("SA_UNBIND", *sa_key(0x1002))
    yield "sa_unbind_v6", request("SA_UNBIND", *sa_key(0x1004, INET6))
    yield "unpad_del", request("PAD_DEL", attr("PAD_NAME", text("good")))
    yield "policy_set", request("POLICY_SET",
                                attr("POLICY_INDEX", u32(THE_POLICY)),
                                attr("POLICY_FLAGS", u32(1)))
    everyone = attr("LATCH_ALL", b"")
    latch = attr("LATCH_ID", struct.pack("=Q", 4711))
    peer = ident("LATCH_PEER", "FQDN", label="a.example")
    reason = attr("LATCH_REASON", u32(N["BTNS_REASON_ADMIN"]))
    yield "latch_get", request("LATCH_GET", latch)
    for cmd in ("CLOSE", "BREAK"):
        for name, which in (("id", latch), ("peer", peer), ("all", everyone)):
            yield ("latch_%s_%s" % (cmd.lower(), name),
                   request("LATCH_" + cmd, which))
    yield "latch_break_reason", request("LATCH_BREAK", everyone, reason)
    yield "status_get", request("STATUS_GET")
    for what in ("PAD", "SA", "POLICY", "LATCH"):
        yield "dump_" + what.lower(), request(what + "_GET")


ASK = struct.Struct("=IIBBBB32sB3s32sII64s64s")
PEER = struct.Struct("=IH2s16s16sQ")


def ask(mode, kind, *names, disposition="DEFAULT", peer=None, local=None,
        quality=(0, 0, b"", b""), tail=b"", length=None):
    data = ASK.pack(length or ASK.size + len(tail),
                    sum(N["BTNS_ASK_F_" + n] for n in names),
                    N["BTNS_ASK_MODE_" + mode],
                    N["BTNS_DISPOSITION_" + disposition],
                    N["BTNS_ID_TYPE_PUBLICKEY"] if peer else 0, 0, peer or b"",
                    N["BTNS_ID_TYPE_FQDN"] if local else 0, b"", local or b"",
                    *quality) + tail
    return bytes([0, kind]) + data[:length]


def peer_of(kind, family, remote, own=b"", latch=0):
    return bytes([1, kind]) + PEER.pack(PEER.size, family,
                                        struct.pack("!H", 5501), remote, own,
                                        latch)


def options():
    quality = (3, 256, b"rfc4106(gcm(aes))", b"")
    for kind, name in enumerate(("tcp4", "tcp6", "udp4", "udp6", "sctp4",
                                 "listen4")):
        yield "require_" + name, ask("REQUIRE", kind, disposition="RESET")
    yield "prefer", ask("PREFER", UDP4, "NOTIFY", disposition="WAIT")
    yield "off", ask("OFF", TCP4)
    yield "default", ask("DEFAULT", TCP6)
    yield "bypass", ask("OFF", TCP4, "BYPASS")
    yield "narrow", ask("REQUIRE", TCP4, "NARROW", "NOTIFY")
    yield "protect", ask("REQUIRE", TCP6, "PROTECT", "NARROW")
    yield "peer", ask("REQUIRE", TCP4, "PEER", peer=KEY)
    yield "local", ask("REQUIRE", UDP4, "LOCAL", local=KEY)
    yield "qop", ask("REQUIRE", TCP4, "QOP", quality=quality)
    yield "qop_auth", ask("REQUIRE", UDP6, "QOP", quality=(
        2, 128, b"cbc(aes)", b"hmac(sha256)"))
    yield "all", ask("REQUIRE", TCP4, "PEER", "LOCAL", "QOP", "NARROW",
                     "PROTECT", "NOTIFY", peer=KEY, local=KEY, quality=quality,
                     disposition="UNREACHABLE")
    yield "longer", ask("REQUIRE", TCP4, tail=bytes(64))
    yield "page", ask("REQUIRE", TCP4, tail=bytes(4096 - ASK.size))
    yield "first", ask("REQUIRE", TCP4, length=44)
    yield "of_udp4", peer_of(BOUND4, INET, B4, A4)
    yield "of_udp6", peer_of(UDP6, INET6, B6, A6)
    yield "of_sctp4", peer_of(SCTP4, INET, B4)
    yield "of_mapped", peer_of(UDP6, INET, B4, A4)


def in_hex(data):
    """Words of four octets, and rows of zeros by their length."""
    words = []
    while data:
        zeros = len(data) - len(data.lstrip(b"\0"))
        if zeros >= 12:
            words.append("00*%u" % zeros)
        step = zeros if zeros >= 12 else 4
        if step == 4:
            words.append(data[:4].hex())
        data = data[step:]
    return " ".join(words)


def main():
    for name, seeds in (("nlfuzz", requests()), ("optfuzz", options())):
        path = os.path.join(sys.argv[1], name + ".seeds")
        with open(path, "w", encoding="ascii") as f:
            f.write("# SPDX-License-Identifier: GPL-2.0-or-later\n"
                    "# written by tests/fuzz/make_requests.py\n")
            for seed, data in seeds:
                f.write("%s %s\n" % (seed, in_hex(data)))


main()
