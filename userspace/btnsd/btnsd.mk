# SPDX-License-Identifier: GPL-2.0-or-later
# btnsd: the IKEv2 helper.

include userspace/btnsd/machine.mk

BTNSD := $(O)/bin/btnsd
BTNSD_OBJS := $(addprefix $(O)/userspace/btnsd/, main.o reader.o loop.o priv.o jail.o \
	watch.o net.o broker/broker.o \
	kern_xfrm.o kern_event.o kern_sel.o kern_policy.o kern_btns.o)

PROGRAMS += $(BTNSD)

$(BTNSD): $(BTNSD_OBJS) $(BTNSD_BROKER_OBJS) $(BTNSD_MACHINE_OBJS) $(BTNSD_WIRE_OBJS) \
		$(BTNSD_CRYPTO_OBJS) $(LIBBTNS)
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $^ -levent_core -lseccomp \
		$(BTNSD_MACHINE_LIBS)
