# SPDX-License-Identifier: GPL-2.0-or-later
# btnsctl: the tool for administrators.

BTNSCTL_SRC := $(addprefix userspace/btnsctl/,main.c args.c out.c cmd_known.c \
	cmd_latch.c cmd_monitor.c cmd_pad.c cmd_peer.c cmd_policy.c cmd_sa.c cmd_stats.c \
	cmd_status.c cmd_why.c ikeport.c spdlist.c why.c)
BTNSCTL_OBJ := $(BTNSCTL_SRC:%.c=$(O)/%.o)
BTNSCTL_LIBS := $(LIBBTNS_LIBS) -lconfig -ljansson

PROGRAMS += $(O)/bin/btnsctl

$(O)/bin/btnsctl: $(BTNSCTL_OBJ) $(LIBBTNS)
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $(BTNSCTL_OBJ) $(LIBBTNS) \
		$(BTNSCTL_LIBS)
