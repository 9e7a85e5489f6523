# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of btnsd's machine half: helpers in one process on a mock kernel.

include userspace/btnsd/machine.mk

MACHINE_TEST_OBJS := $(O)/tests/unit/world.o $(O)/tests/unit/craft.o \
	$(BTNSD_MACHINE_OBJS) $(BTNSD_WIRE_OBJS) $(BTNSD_CRYPTO_OBJS) $(LIBBTNS)

UNIT_NAMES += test_exchange
$(O)/tests/unit/test_exchange: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_exchange: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_peers
$(O)/tests/unit/test_peers: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_peers: TEST_LIBS := $(BTNSD_MACHINE_LIBS)
