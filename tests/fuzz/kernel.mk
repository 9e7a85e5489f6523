# SPDX-License-Identifier: GPL-2.0-or-later
# Targets of what the kernel and user space compile alike, and of what the
# module reads of packets: its own files, over a small stand-in for sk_buff.
FUZZ_NAMES += fuzz_pad

FUZZ_NAMES += fuzz_packet
FUZZ_PACKET_OBJS := $(addprefix $(O)/, tests/fuzz/fuzz_packet.fuzz.o \
	kernel/flow.fuzz.o kernel/icmp.fuzz.o kernel/tcpopt.fuzz.o \
	kernel/chunk.fuzz.o)
$(FUZZ_PACKET_OBJS): FUZZ_CFLAGS += -Itests/fuzz/kernel
$(O)/tests/fuzz/fuzz_packet: $(FUZZ_PACKET_OBJS)
