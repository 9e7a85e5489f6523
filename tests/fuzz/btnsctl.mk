# SPDX-License-Identifier: GPL-2.0-or-later
# What libbtns makes of the kernel's words.

FUZZ_NAMES += fuzz_nlevent
$(O)/tests/fuzz/fuzz_nlevent: $(filter-out %/padconf.fuzz.o,\
	$(LIBBTNS_OBJ:.o=.fuzz.o))
$(O)/tests/fuzz/fuzz_nlevent: FUZZ_LIBS := $(LIBBTNS_LIBS)
