# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers of btnsd's machine half.

include userspace/btnsd/machine.mk

FUZZ_NAMES += fuzz_conf
$(O)/tests/fuzz/fuzz_conf: $(BTNSD_CONF_OBJS:.o=.fuzz.o) \
	$(addprefix $(O)/tests/unit/, pki.fuzz.o temp.fuzz.o) \
	$(addprefix $(O)/userspace/btnsd/, addr.fuzz.o ike/buf.fuzz.o) \
	$(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(LIBBTNS_OBJ:.o=.fuzz.o)
$(O)/tests/fuzz/fuzz_conf: FUZZ_LIBS := $(BTNSD_MACHINE_LIBS)

# a helper in the mock world, and a peer that has the keys
FUZZ_WORLD_OBJS := $(addprefix $(O)/tests/unit/, world.fuzz.o world_kern.fuzz.o \
	world_nat.fuzz.o world_policy.fuzz.o world_secrets.fuzz.o craft.fuzz.o \
	temp.fuzz.o) \
	$(BTNSD_MACHINE_OBJS:.o=.fuzz.o) \
	$(BTNSD_WIRE_OBJS:.o=.fuzz.o) $(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(LIBBTNS_OBJ:.o=.fuzz.o)

FUZZ_NAMES += fuzz_ike
$(O)/tests/fuzz/fuzz_ike: $(sort $(FUZZ_WORLD_OBJS) \
	$(addprefix $(O)/tests/, fuzz/ike_stand.fuzz.o unit/pki.fuzz.o \
	unit/world_hosts.fuzz.o))
$(O)/tests/fuzz/fuzz_ike: FUZZ_LIBS := $(BTNSD_MACHINE_LIBS)

FUZZ_NAMES += fuzz_trust
$(O)/tests/fuzz/fuzz_trust: $(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(O)/userspace/btnsd/ike/buf.fuzz.o
$(O)/tests/fuzz/fuzz_trust: FUZZ_LIBS := $(BTNSD_CRYPTO_LIBS)

FUZZ_NAMES += fuzz_xfrm
$(O)/tests/fuzz/fuzz_xfrm: $(addprefix $(O)/userspace/btnsd/, \
	kern_event.fuzz.o kern_sel.fuzz.o addr.fuzz.o) \
	$(filter-out %/padconf.fuzz.o,$(LIBBTNS_OBJ:.o=.fuzz.o))
$(O)/tests/fuzz/fuzz_xfrm: FUZZ_LIBS := $(LIBBTNS_LIBS)

# both ends of the broker's sockets
FUZZ_NAMES += fuzz_broker
$(O)/tests/fuzz/fuzz_broker: $(BTNSD_BROKER_OBJS:.o=.fuzz.o) \
	$(BTNSD_MACHINE_OBJS:.o=.fuzz.o) $(BTNSD_WIRE_OBJS:.o=.fuzz.o) \
	$(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) $(LIBBTNS_OBJ:.o=.fuzz.o)
$(O)/tests/fuzz/fuzz_broker: FUZZ_LIBS := $(BTNSD_MACHINE_LIBS)

# libmnl's sockets are the fuzzer's
FUZZ_NAMES += fuzz_answer
$(O)/tests/fuzz/fuzz_answer: $(O)/tests/unit/fake_mnl.fuzz.o \
	$(addprefix $(O)/userspace/btnsd/, kern_xfrm.fuzz.o \
	kern_event.fuzz.o kern_sel.fuzz.o kern_policy.fuzz.o log.fuzz.o pad.fuzz.o \
	addr.fuzz.o ike/buf.fuzz.o) $(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(filter-out %/padconf.fuzz.o,$(LIBBTNS_OBJ:.o=.fuzz.o))
$(O)/tests/fuzz/fuzz_answer: FUZZ_LIBS := $(LIBBTNS_LIBS) $(BTNSD_CRYPTO_LIBS)

# and so are all system calls of sockets
FUZZ_NAMES += fuzz_sock
$(O)/tests/fuzz/fuzz_sock: $(addprefix $(O)/userspace/btnsd/, net.fuzz.o \
	addr.fuzz.o log.fuzz.o ike/buf.fuzz.o) \
	$(filter-out %/padconf.fuzz.o,$(LIBBTNS_OBJ:.o=.fuzz.o))
$(O)/tests/fuzz/fuzz_sock: FUZZ_LIBS := $(LIBBTNS_LIBS)

FUZZ_NAMES += fuzz_groups
$(O)/tests/fuzz/fuzz_groups: $(BTNSD_CONF_OBJS:.o=.fuzz.o) \
	$(addprefix $(O)/userspace/btnsd/, addr.fuzz.o ike/buf.fuzz.o) \
	$(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) $(LIBBTNS_OBJ:.o=.fuzz.o)
$(O)/tests/fuzz/fuzz_groups: FUZZ_LIBS := $(BTNSD_MACHINE_LIBS)

FUZZ_NAMES += fuzz_secret
$(O)/tests/fuzz/fuzz_secret: $(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(O)/userspace/btnsd/ike/buf.fuzz.o
$(O)/tests/fuzz/fuzz_secret: FUZZ_LIBS := $(BTNSD_CRYPTO_LIBS)
