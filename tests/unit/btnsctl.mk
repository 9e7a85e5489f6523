# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of libbtns and btnsctl, without a kernel.

UNIT_NAMES += test_ident test_binding test_padconf test_nl test_btnsctl \
	test_ctl_files test_ctl_latch test_known test_status test_why

$(O)/tests/unit/test_ident: $(addprefix $(O)/userspace/libbtns/, \
	ident.o hex.o names.o)
$(O)/tests/unit/test_ident: TEST_LIBS := -lcrypto

$(O)/tests/unit/test_binding: $(O)/userspace/libbtns/binding.o \
	$(O)/userspace/libbtns/sockopt.o

$(O)/tests/unit/test_padconf: $(addprefix $(O)/userspace/libbtns/, \
	padconf.o ident.o hex.o)
$(O)/tests/unit/test_padconf: TEST_LIBS := -lconfig -lcrypto

$(O)/tests/unit/test_known: $(addprefix $(O)/userspace/libbtns/, \
	known.o file.o ident.o hex.o names.o)
$(O)/tests/unit/test_known: TEST_LIBS := -lcrypto

$(O)/tests/unit/test_nl: $(O)/tests/unit/fake_nl.o $(LIBBTNS_OBJ)
$(O)/tests/unit/test_nl: TEST_LIBS := $(LIBBTNS_LIBS) -lconfig

# main() of btnsctl is the test's
$(O)/tests/unit/btnsctl_main.o: userspace/btnsctl/main.c
	@mkdir -p $(@D)
	$(CC) $(BTNS_CFLAGS) $(CFLAGS) $(CPPFLAGS) -DBTNSCTL_NO_MAIN -c -o $@ $<

BTNSCTL_TESTS := $(addprefix $(O)/tests/unit/, \
	test_btnsctl test_ctl_files test_ctl_latch test_status)
$(BTNSCTL_TESTS): $(O)/tests/unit/btnsctl_main.o \
	$(filter-out %/main.o,$(BTNSCTL_OBJ)) $(O)/tests/unit/fake_nl.o \
	$(LIBBTNS_OBJ)
$(BTNSCTL_TESTS): TEST_LIBS := $(BTNSCTL_LIBS)

$(O)/tests/unit/test_why: $(O)/userspace/btnsctl/why.o \
	$(O)/userspace/btnsctl/spdlist.o $(O)/userspace/btnsctl/args.o \
	$(LIBBTNS_OBJ)
$(O)/tests/unit/test_why: TEST_LIBS := $(BTNSCTL_LIBS)
