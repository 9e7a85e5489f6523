# SPDX-License-Identifier: GPL-2.0-or-later
#
# Objects of btnsd's machine half, without the real kernel, network and event
# loop: what btnsd, the tests and the fuzzers all link.
ifndef BTNSD_MACHINE_OBJS

include userspace/btnsd/wire.mk

BTNSD_MACHINE_OBJS := $(addprefix $(O)/userspace/btnsd/, addr.o timer.o \
	log.o jitter.o pad.o spd.o groups.o fallback.o store.o peers.o known.o keys.o child.o \
	btnsd.o orphan.o unanswered.o \
	ike/cookie.o ike/qcd.o ike/proposal.o ike/ts.o ike/id.o ike/anon.o \
	ike/nat.o ike/notify.o \
	ike/sa.o ike/limit.o ike/usage.o ike/sk.o ike/fragment.o \
	ike/msg.o ike/fsm.o ike/life.o ike/life_child.o ike/life_time.o ike/acquire.o ike/rival.o \
	ike/x_init.o ike/x_auth.o \
	ike/intauth.o ike/x_intermediate.o \
	ike/proof.o \
	ike/narrow.o ike/refusal.o ike/standing.o ike/x_child.o ike/x_refused.o ike/x_rekey.o \
	ike/x_followup.o ike/x_info.o)

# what the broker and the reader say to each other
BTNSD_BROKER_OBJS := $(addprefix $(O)/userspace/btnsd/broker/, proto.o sas.o \
	serve.o serve_key.o serve_secret.o serve_file.o \
	serve_policy.o client.o client_kern.o client_key.o client_file.o)

BTNSD_CONF_OBJS := $(addprefix $(O)/userspace/btnsd/, conf.o conf_value.o \
	conf_id.o conf_ike.o conf_known.o conf_pad.o conf_groups.o)

BTNSD_MACHINE_OBJS += $(BTNSD_CONF_OBJS)

BTNSD_MACHINE_LIBS := -lconfig -lmnl $(BTNSD_CRYPTO_LIBS)

endif
