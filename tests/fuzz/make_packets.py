#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make_packets.py FOLDER: writes the seeds of fuzz_packet: one packet of each kind
that the module tells from others, as fuzz_packet.c has them."""
import os
import struct
import sys

IPV6, INBOUND, BEHIND, IN_UDP, ONE_NAME = 1, 2, 4, 8, 16
A4, B4 = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
A6 = bytes.fromhex("fd000000000000000000000000000001")
B6 = bytes.fromhex("fd000000000000000000000000000002")


def ip4(proto, data, dst=A4, frag=0, options=b""):
    ihl = 5 + len(options) // 4
    return struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, 0, ihl * 4 + len(data), 1,
                       frag, 64, proto, 0, B4, dst) + options + data


def ip6(proto, data, dst=A6):
    return struct.pack("!IHBB16s16s", 6 << 28, len(data), proto, 64, B6,
                       dst) + data


def ext(proto, data, length=0):
    return struct.pack("!BB", proto, length) + bytes(length * 8 + 6) + data


def fragment(proto, data, offset=0, more=1):
    return struct.pack("!BBHI", proto, 0, offset << 3 | more, 7) + data


def tcp(flags=0x02, options=b"", data=b""):
    return struct.pack("!HHIIBBHHH", 5501, 80, 1, 2, (5 + len(options) // 4) << 4,
                       flags, 1000, 0, 0) + options + data


def udp(data=b"data", sport=5501, dport=53):
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def chunk(kind, data=b"", length=None):
    n = 4 + len(data) if length is None else length
    return struct.pack("!BBH", kind, 0, n) + data + bytes(-len(data) % 4)


def param(kind, data, length=None):
    n = 4 + len(data) if length is None else length
    return struct.pack("!HH", kind, n) + data + bytes(-len(data) % 4)


def sctp(*chunks):
    return struct.pack("!HHII", 5501, 80, 9, 0) + b"".join(chunks)


def icmp(kind, code=0, rest=0, data=b""):
    return struct.pack("!BBHI", kind, code, 0, rest) + data


MP_CAPABLE = bytes([30, 4, 0x01, 0x01])
MP_JOIN = bytes([30, 12, 0x10, 0]) + bytes(8)
INIT = struct.pack("!IIHHI", 1, 2, 3, 4, 5)
NAME4, NAME6 = param(5, A4), param(6, A6)
SHORT, LONG = param(5, A4, 7), param(6, A6, 40)
ESP = struct.pack("!II", 0x1234, 1) + bytes(8)
AH = struct.pack("!BBHII", 6, 4, 0, 0x1234, 1) + bytes(12)

TRANSPORTS = {
    "tcp_syn": (6, tcp()),
    "tcp_ack": (6, tcp(0x10, data=b"data")),
    "tcp_rst": (6, tcp(0x04)),
    "tcp_capable": (6, tcp(0x02, MP_CAPABLE)),
    "tcp_join": (6, tcp(0x02, bytes([1, 1, 2, 4, 5, 0x78, 1, 1]) + MP_JOIN)),
    "tcp_options_end": (6, tcp(0x02, bytes([0, 0, 0, 0]) + MP_JOIN)),
    "tcp_options_cut": (6, tcp(0x02, bytes([30, 40, 0x10, 0]))),
    "tcp_short": (6, tcp()[:19]),
    "udp": (17, udp()),
    "udp_sctp": (17, udp(sctp(chunk(1, INIT + NAME4)))),
    "udp_short": (17, udp()[:7]),
    "sctp_init": (132, sctp(chunk(1, INIT + NAME4 + NAME6))),
    "sctp_init_ack": (132, sctp(chunk(2, INIT + param(7, bytes(30)) + NAME6))),
    "sctp_cookie": (132, sctp(chunk(3, bytes(12)), chunk(10, bytes(20)))),
    "sctp_asconf": (132, sctp(chunk(0xc1, bytes(4) + NAME4))),
    "sctp_asconf6": (132, sctp(chunk(15, bytes(4)),
                               chunk(0xc1, bytes(4) + LONG))),
    "sctp_names": (132, sctp(chunk(1, INIT + NAME4 * 70),
                             chunk(10, bytes(8)))),
    "sctp_lengths": (132, sctp(chunk(1, INIT + SHORT + LONG),
                               chunk(1, INIT + NAME4, 21), chunk(0, b"", 3))),
    "sctp_short": (132, sctp(chunk(0))[:15]),
    "esp": (50, ESP),
    "ah": (51, AH + tcp()),
    "other": (89, bytes(24)),
}


def seeds():
    for name, (proto, data) in TRANSPORTS.items():
        yield "ip4_" + name, INBOUND, 0, ip4(proto, data)
        yield "ip6_" + name, INBOUND | IPV6, 255, ip6(proto, data)
    for name in ("tcp_syn", "udp", "sctp_init"):
        proto, data = TRANSPORTS[name]
        yield "ip4_out_" + name, 0, 255, ip4(proto, data, options=bytes([1] * 8))
        yield "ip6_out_" + name, IPV6 | BEHIND, 4, ip6(proto, data)
        yield "ip6_part_" + name, INBOUND | IPV6, 0, ip6(44, fragment(proto, data))
        yield ("ip6_ext_" + name, INBOUND | IPV6, 12,
               ip6(0, ext(60, ext(43, ext(proto, data), 2))))
        yield "ip4_later_" + name, INBOUND, 0, ip4(proto, data, frag=9)
        yield ("ip6_later_" + name, INBOUND | IPV6, 0,
               ip6(44, fragment(proto, data, 9)))
        yield ("ip6_atomic_" + name, INBOUND | IPV6, 0,
               ip6(44, fragment(proto, data, 0, 0)))
    yield "ip4_group", INBOUND, 0, ip4(17, udp(), bytes([224, 0, 0, 1]))
    yield "ip4_all", INBOUND, 0, ip4(17, udp(), bytes([255] * 4))
    yield "ip6_group", INBOUND | IPV6, 0, ip6(17, udp(), b"\xff\x02" + bytes(14))
    yield "ip6_none", INBOUND | IPV6, 0, ip6(59, b"")
    nine = ext(6, tcp())
    for _ in range(8):
        nine = ext(60, nine)
    nine = ip6(60, nine)
    yield "ip6_nine", INBOUND | IPV6, 0, nine
    for name in ("udp_sctp", "udp"):
        yield ("in_udp_" + name, INBOUND | IN_UDP, 20,
               ip4(*TRANSPORTS[name]))
    yield ("one_name", INBOUND | ONE_NAME, 20,
           ip4(132, sctp(chunk(1, INIT + NAME4 + NAME6), chunk(10))))
    yield from errors()


def errors():
    quoted = dict(TRANSPORTS)
    quoted["encap"] = (17, udp(ESP, 4500, 4500))
    quoted["encap_ike"] = (17, udp(bytes(4) + ESP, 500, 4500))
    for name in ("tcp_ack", "udp", "sctp_cookie", "esp", "ah", "other", "encap",
                 "encap_ike", "udp_short"):
        proto, data = quoted[name]
        yield ("icmp_" + name, INBOUND, 0,
               ip4(1, icmp(3, 1, 0, ip4(proto, data))))
        yield ("icmp6_" + name, INBOUND | IPV6, 30,
               ip6(58, icmp(1, 4, 0, ip6(proto, data))))
    inner4, inner6 = ip4(6, tcp()), ip6(6, tcp())
    for kind in (4, 5, 11, 12, 8, 0):
        yield "icmp_type%d" % kind, 0, 0, ip4(1, icmp(kind, 0, 0, inner4))
    yield "icmp_mtu", INBOUND, 0, ip4(1, icmp(3, 4, 1280, inner4))
    yield "icmp_short", INBOUND, 0, ip4(1, icmp(3)[:7])
    yield ("icmp_bad_ihl", INBOUND, 0,
           ip4(1, icmp(3, 1, 0, b"\x44" + inner4[1:])))
    yield ("icmp_options", INBOUND, 0, ip4(
        1, icmp(3, 1, 0, ip4(6, tcp(), options=bytes([1] * 40)))))
    for kind in (2, 3, 4, 128, 135):
        yield ("icmp6_type%d" % kind, INBOUND | IPV6, 0,
               ip6(58, icmp(kind, 0, 1280, inner6)))
    yield ("icmp6_ext", INBOUND | IPV6, 0, ip6(
        60, ext(58, icmp(1, 0, 0, ip6(60, ext(51, AH + tcp()))))))
    yield ("icmp6_quoted_part", INBOUND | IPV6, 0, ip6(
        58, icmp(1, 0, 0, ip6(44, fragment(17, udp())))))
    yield ("icmp6_quoted_later", INBOUND | IPV6, 0, ip6(
        58, icmp(1, 0, 0, ip6(44, fragment(17, udp(), 9)))))
    yield ("icmp6_part", INBOUND | IPV6, 0,
           ip6(44, fragment(58, icmp(1, 0, 0, inner6))))
    mac = bytes([2, 1, 0, 0, 0, 0, 0, 0])
    redirected = bytes([4, 1 + len(inner6) // 8]) + bytes(6) + inner6
    for name, options in (("redirect", mac + redirected), ("redirect_of", mac),
                          ("redirect_loop", mac + bytes(8))):
        yield ("icmp6_" + name, INBOUND | IPV6, 0,
               ip6(58, icmp(137, 0, 0, A6 + B6 + options)))


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, flags, first, packet in seeds():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(bytes([flags, first]) + packet)


main()
