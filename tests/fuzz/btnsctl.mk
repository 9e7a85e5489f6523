# SPDX-License-Identifier: GPL-2.0-or-later
# What libbtns makes of the kernel's words, of the store of peers, and of
# the file of known ones.

FUZZ_NAMES += fuzz_peers
$(O)/tests/fuzz/fuzz_peers: $(O)/userspace/libbtns/peers.fuzz.o \
	$(O)/userspace/libbtns/file.fuzz.o
$(O)/tests/fuzz/fuzz_peers: FUZZ_LIBS := -lcrypto

FUZZ_NAMES += fuzz_known
$(O)/tests/fuzz/fuzz_known: $(addprefix $(O)/userspace/libbtns/, \
	known.fuzz.o file.fuzz.o hex.fuzz.o ident.fuzz.o names.fuzz.o)
$(O)/tests/fuzz/fuzz_known: FUZZ_LIBS := -lcrypto

FUZZ_NAMES += fuzz_nlevent
$(O)/tests/fuzz/fuzz_nlevent: $(filter-out %/padconf.fuzz.o,\
	$(LIBBTNS_OBJ:.o=.fuzz.o))
$(O)/tests/fuzz/fuzz_nlevent: FUZZ_LIBS := $(LIBBTNS_LIBS)

FUZZ_NAMES += fuzz_padconf
$(O)/tests/fuzz/fuzz_padconf: $(LIBBTNS_OBJ:.o=.fuzz.o)
$(O)/tests/fuzz/fuzz_padconf: FUZZ_LIBS := $(LIBBTNS_LIBS) -lconfig

# the command line; main() is the fuzzer's
$(O)/tests/fuzz/btnsctl_main.fuzz.o: userspace/btnsctl/main.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -DBTNSCTL_NO_MAIN -c -o $@ $<

FUZZ_NAMES += fuzz_ctl
$(O)/tests/fuzz/fuzz_ctl: $(O)/tests/fuzz/btnsctl_main.fuzz.o \
	$(patsubst %.o,%.fuzz.o,$(filter-out %/main.o,$(BTNSCTL_OBJ))) \
	$(addprefix $(O)/tests/unit/, fake_nl.fuzz.o fake_mnl.fuzz.o temp.fuzz.o) \
	$(LIBBTNS_OBJ:.o=.fuzz.o)
$(O)/tests/fuzz/fuzz_ctl: FUZZ_LIBS := $(BTNSCTL_LIBS)
