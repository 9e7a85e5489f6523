# SPDX-License-Identifier: GPL-2.0-or-later
# libbtns.a: what btnsctl, btnsd and others link to reach the module.
# padconf needs -lconfig, but only in programs that use it.

LIBBTNS_SRC := $(addprefix userspace/libbtns/,attr.c binding.c event.c ident.c latch.c \
	file.c hex.c known.c names.c nl.c pad.c padconf.c peers.c policy.c route.c sa.c sad.c \
	sockopt.c spd.c)
LIBBTNS_OBJ := $(LIBBTNS_SRC:%.c=$(O)/%.o)
LIBBTNS := $(O)/lib/libbtns.a
LIBBTNS_LIBS := -lmnl -lcrypto

LIBS += $(LIBBTNS)
HEADERS += userspace/libbtns/btns.h userspace/libbtns/sock.h
PKGCONFIGS += $(O)/lib/libbtns.pc

programs: $(O)/lib/libbtns.pc

$(LIBBTNS): $(LIBBTNS_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/lib/libbtns.pc: userspace/libbtns/libbtns.pc.in $(O)/.folders
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|0.1.0|' \
		$< > $@
