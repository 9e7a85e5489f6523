#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make_requests.py FOLDER: writes FOLDER/nlfuzz.seeds (of each request to the module
a genetlink header and attributes) and FOLDER/optfuzz.seeds (option, kind of socket,
the struct), in the octet order of this machine; tests/tools/mutate.h has the format.
And FOLDER/fuzz_ctl: of each command of btnsctl a line, what /proc has, and answers.
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


COUNTERS = b"SaBound 3\nPadRefused 1\nSaBindRefused 2\n"
KNOWN = ("btns-known-peers 1\n10.0.0.2 SHA256:%s learned 100 200\n"
         "|1|%s|%s|%s SHA256:%s many 0 9\n* SHA256:%s added 1 1\n" % (
             KEY.hex(), KEY.hex()[:32], KEY.hex(), KEY.hex(), KEY.hex(),
             KEY.hex())).encode()
UDP_TABLE = b"  sl  local_address\n 12: 00000000:01F4 00000000:0000\n"


def answer(*messages):
    """To one request: how many, and each with a kind (0: of the module)."""
    return bytes([len(messages)]) + b"".join(
        b"\0" + struct.pack("=H", len(m)) + m for m in messages)


def event(cmd, message, fate=0):
    """A datagram: what becomes of it (0: it comes), its length, a message."""
    message = bytes([N["BTNS_CMD_" + cmd]]) + message[1:]
    return bytes([fate]) + struct.pack("=H", len(message)) + message


def latch():
    return request("LATCH_GET", attr("LATCH_ID", struct.pack("=Q", 7)),
                   attr("LATCH_STATE", u32(2)), attr("LATCH_FAMILY", u16(INET)),
                   attr("LATCH_PROTO", u8(TCP)), attr("LATCH_LADDR", A4),
                   attr("LATCH_RADDR", B4), attr("LATCH_LPORT", u16(40000)),
                   attr("LATCH_RPORT", u16(80)),
                   attr("LATCH_ENC", text("rfc4106(gcm(aes))")),
                   ident("LATCH_PEER", "FQDN", "RAWKEY", label="a.example"))


def lines():
    key = "SHA256:" + KEY.hex()
    sa = "dst 192.0.2.1 spi 0x1001 proto esp"
    who = " peer key:" + key + " method btns self fqdn:b.example" \
        " local 192.0.2.1/32 remote 10.0.0.2 upper tcp lport 0 rport 80"
    flow = "dst 10.0.0.0/8 src 0.0.0.0/0 proto tcp dport 80"
    pad = answer(*(request("PAD_GET", e, attr("PAD_INDEX", u32(i)))
                   for i, e in enumerate(entries().values())))
    bound = answer(*(request("SA_GET", *a) for a in sas().values()))
    policy = answer(request("POLICY_GET", attr("POLICY_INDEX", u32(8)),
                            attr("POLICY_FLAGS", u32(1))))
    status = answer(request("STATUS_GET", attr("STATUS_VERSION", text("1")),
                            attr("STATUS_LATCHES", u32(3))))
    count = answer(request("LATCH_CLOSE", attr("LATCH_COUNT", u32(2))))
    verdict = answer(request("SA_CHECK", attr("SA_VERDICT", u32(1))))
    binding = request("SA_GET", *sas()["full"])
    events = event("LATCH_NTF", latch()) + event("PAD_NTF", request(
        "PAD_NTF", attr("PAD_GENERATION", u32(5)))) + \
        event("SA_BIND_NTF", binding) + event("LATCH_NTF", latch(), 1) + \
        event("LATCH_NTF", latch(), 2) + event("LATCH_NTF", latch(), 3) + \
        event("SA_UNBIND_NTF", binding)
    there = KEY.hex()
    for name, line, said in (
            ("monitor", "monitor", events), ("monitor_json", "-jp monitor", events),
            ("monitor_some", "monitor sa pad", events),
            ("peer", "peer", b""), ("peer_json", "-j peer list", b""),
            ("peer_show", "peer show fqdn:a.example", b""),
            ("peer_key", "-j peer show SHA256:" + "01" * 32, b""),
            ("peer_check", "peer check file " + "/var/lib/btns/peers", b""),
            ("known", "known list", b""), ("known_json", "-j known", b""),
            ("known_show", "known show 10.0.0.2 file x", b""),
            ("known_any", "-jp known show any", b""),
            ("known_add", "known add fd00::1 SHA256:" + there + " many", b""),
            ("known_first", "known add any SHA256:" + there + " plain", b""),
            ("known_remove", "known remove 10.0.0.2 key SHA256:" + there, b""),
            ("known_hash", "known hash", b""), ("known_check", "known check", b""),
            ("help", "help", b""), ("version", "-V", b""),
            ("latch_list", "-j -p latch list peer fqdn:a.example port 80",
             answer(latch(), latch())),
            ("latch_text", "latch list state established address 10.0.0.0/8",
             answer(latch())),
            ("latch_show", "latch show 7", answer(latch())),
            ("latch_close", "latch close peer fqdn:a.example", count),
            ("latch_break", "-j latch break all reason peer-dead", count),
            ("pad_list", "-j pad list", pad), ("pad_text", "pad", pad),
            ("pad_add", "pad add name a id fqdn:a.example method rawkey key " +
             key + " addr 10.0.0.0/8", b""),
            ("pad_btns", "pad add name b btns any addr fd00::/8", b""),
            ("pad_anonymous", "pad add name n anonymous", b""),
            ("pad_del", "pad del a", b""), ("pad_load", "pad load x", b""),
            ("pad_flush", "pad flush", b""),
            ("sa_list", "-jp sa list", bound), ("sa_text", "sa", bound),
            ("sa_bind", "sa bind " + sa + who + " key " + key +
             " public 192.0.2.9 public-port 4500 mark 7/15", b""),
            ("sa_check", "sa check " + sa + who, verdict),
            ("sa_unbind", "sa unbind dst fd00::1 spi 7 proto ah", b""),
            ("policy_list", "-j policy list all", policy),
            ("policy_add", "policy add " + flow + " action protect mode tunnel "
             "from 192.0.2.1 to 192.0.2.2 reqid 3 btns-ok on priority 9", b""),
            ("policy_delete", "policy delete index 8", b""),
            ("policy_set", "policy set " + flow + " btns-ok off", policy),
            ("stats", "-j stats", status), ("stats_one", "stats SaBound", b""),
            ("status", "status", status + policy),
            ("status_json", "-j status", status + policy),
            ("why", "why 10.0.0.1:80 proto tcp from 10.0.0.2:9", policy + bound),
            ("why_json", "-j why [fd00::1]:53 proto udp", policy + bound)):
        text_of = (COUNTERS if name.startswith("stat") else b"") + \
            (UDP_TABLE if name.startswith("status") else b"") + \
            (KNOWN if name.startswith("known") and name != "known_first" else b"")
        yield name, line.encode() + b"\n" + text_of + b"\0" + said


def main():
    folder = os.path.join(sys.argv[1], "fuzz_ctl")
    os.makedirs(folder, exist_ok=True)
    for name, data in lines():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    for name, seeds in (("nlfuzz", requests()), ("optfuzz", options())):
        path = os.path.join(sys.argv[1], name + ".seeds")
        with open(path, "w", encoding="ascii") as f:
            f.write("# SPDX-License-Identifier: GPL-2.0-or-later\n"
                    "# written by tests/fuzz/make_requests.py\n")
            for seed, data in seeds:
                f.write("%s %s\n" % (seed, in_hex(data)))


main()
