# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers of btnsd's machine half.

include userspace/btnsd/machine.mk

FUZZ_NAMES += fuzz_conf
$(O)/tests/fuzz/fuzz_conf: $(BTNSD_CONF_OBJS:.o=.fuzz.o) \
	$(addprefix $(O)/userspace/btnsd/, addr.fuzz.o ike/buf.fuzz.o) \
	$(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(addprefix $(O)/userspace/libbtns/, padconf.fuzz.o ident.fuzz.o \
	names.fuzz.o)
$(O)/tests/fuzz/fuzz_conf: FUZZ_LIBS := -lconfig $(BTNSD_CRYPTO_LIBS)
