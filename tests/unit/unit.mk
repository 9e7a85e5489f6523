# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests: host programs that print KTAP (ktap.h). To add one, write
# tests/unit/test_NAME.c and, here or in a fragment of your own tests/unit/X.mk,
#	UNIT_NAMES += test_NAME
#	$(O)/tests/unit/test_NAME: objects that it links
#	$(O)/tests/unit/test_NAME: TEST_LIBS := -lwhat -lit -lneeds
# (the last two only where there is something to name).

include userspace/btnsd/wire.mk

UNIT_NAMES :=

IKE_SAMPLE_OBJS := $(O)/tests/unit/ike_sample.o

UNIT_NAMES += test_buf
$(O)/tests/unit/test_buf: $(O)/userspace/btnsd/ike/buf.o

UNIT_NAMES += test_parse
$(O)/tests/unit/test_parse: $(IKE_SAMPLE_OBJS) $(BTNSD_WIRE_OBJS)

UNIT_NAMES += test_build
$(O)/tests/unit/test_build: $(IKE_SAMPLE_OBJS) $(BTNSD_WIRE_OBJS)

UNIT_NAMES += test_rules
$(O)/tests/unit/test_rules: $(IKE_SAMPLE_OBJS) $(BTNSD_WIRE_OBJS)

UNIT_NAMES += test_crypto
$(O)/tests/unit/test_crypto: $(BTNSD_CRYPTO_OBJS) $(BTNSD_WIRE_OBJS)
$(O)/tests/unit/test_crypto: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

# includes dh.c, to set private values that it would draw at random
UNIT_NAMES += test_dh
$(O)/tests/unit/test_dh: $(O)/userspace/btnsd/crypto/crypto.o \
	$(O)/userspace/btnsd/ike/buf.o
$(O)/tests/unit/test_dh: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

UNIT_NAMES += test_kex
$(O)/tests/unit/test_kex: $(BTNSD_CRYPTO_OBJS) $(BTNSD_WIRE_OBJS)
$(O)/tests/unit/test_kex: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

UNIT_NAMES += test_key
$(O)/tests/unit/test_key: $(BTNSD_CRYPTO_OBJS) $(BTNSD_WIRE_OBJS)
$(O)/tests/unit/test_key: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

UNIT_NAMES += test_trust
$(O)/tests/unit/test_trust: $(O)/tests/unit/pki.o $(BTNSD_CRYPTO_OBJS) \
	$(BTNSD_WIRE_OBJS)
$(O)/tests/unit/test_trust: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

UNIT_NAMES += test_sig
$(O)/tests/unit/test_sig: $(BTNSD_CRYPTO_OBJS) $(BTNSD_WIRE_OBJS)
$(O)/tests/unit/test_sig: TEST_LIBS := $(BTNSD_CRYPTO_LIBS)

-include $(filter-out tests/unit/unit.mk,$(wildcard tests/unit/*.mk))

UNIT_PROGRAMS := $(addprefix $(O)/tests/unit/,$(UNIT_NAMES))
UNIT_TESTS += $(UNIT_PROGRAMS)

$(UNIT_PROGRAMS): $(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/tests/unit/temp.o
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)
