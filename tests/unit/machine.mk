# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of btnsd's machine half: helpers in one process on a mock kernel.

include userspace/btnsd/machine.mk

MACHINE_WORLD_OBJS := $(addprefix $(O)/tests/unit/, \
	world.o world_hosts.o world_kern.o world_nat.o world_policy.o \
	world_secrets.o craft.o) $(BTNSD_MACHINE_OBJS) $(BTNSD_WIRE_OBJS) \
	$(filter-out $(BTNSD_RAND_OBJ),$(BTNSD_CRYPTO_OBJS)) $(LIBBTNS)

# whose numbers are the same in each run
MACHINE_TEST_OBJS := $(O)/tests/unit/world_numbers.o $(MACHINE_WORLD_OBJS)

# whose numbers are btnsd's own: what drawing them leaves behind or calls is looked at, or
# threads draw them
MACHINE_RANDOM_OBJS := $(BTNSD_RAND_OBJ) $(MACHINE_WORLD_OBJS)

UNIT_NAMES += test_exchange
$(O)/tests/unit/test_exchange: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_exchange: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_flood
$(O)/tests/unit/test_flood: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_flood: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_peers
$(O)/tests/unit/test_peers: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_peers: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_leap
$(O)/tests/unit/test_leap: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_leap: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_rfc5386
$(O)/tests/unit/test_rfc5386: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_rfc5386: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_rfc7296
$(O)/tests/unit/test_rfc7296: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_rfc7296: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_said
$(O)/tests/unit/test_said: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_said: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_rotate
$(O)/tests/unit/test_rotate: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_rotate: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_auth
$(O)/tests/unit/test_auth: $(O)/tests/unit/pki.o $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_auth: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_named
$(O)/tests/unit/test_named: $(O)/tests/unit/pki.o $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_named: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_called
$(O)/tests/unit/test_called: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_called: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_sk
$(O)/tests/unit/test_sk: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_sk: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_proposal
$(O)/tests/unit/test_proposal: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_proposal: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_null
$(O)/tests/unit/test_null: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_null: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_null_life
$(O)/tests/unit/test_null_life: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_null_life: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_life
$(O)/tests/unit/test_life: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_life: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_rekey
$(O)/tests/unit/test_rekey: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_rekey: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_replay
$(O)/tests/unit/test_replay: $(addprefix $(O)/tests/unit/, replay.o \
	replay_refused.o replay_again.o replay_closing.o replay_auth.o \
	replay_killed.o replay_full.o replay_spoilt.o named.o pki.o) $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_replay: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_numbers
$(O)/tests/unit/test_numbers: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_numbers: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_fragment
$(O)/tests/unit/test_fragment: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_fragment: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_qcd
$(O)/tests/unit/test_qcd: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_qcd: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_nat
$(O)/tests/unit/test_nat: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_nat: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_nat_moves
$(O)/tests/unit/test_nat_moves: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_nat_moves: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_nat_two
$(O)/tests/unit/test_nat_two: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_nat_two: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_tunnel
$(O)/tests/unit/test_tunnel: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_tunnel: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_narrow
$(O)/tests/unit/test_narrow: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_narrow: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_lifetime
$(O)/tests/unit/test_lifetime: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_lifetime: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_limit
$(O)/tests/unit/test_limit: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_limit: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_strangers
$(O)/tests/unit/test_strangers: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_strangers: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_adopt
$(O)/tests/unit/test_adopt: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_adopt: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_delete
$(O)/tests/unit/test_delete: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_delete: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_collision
$(O)/tests/unit/test_collision: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_collision: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_spi
$(O)/tests/unit/test_spi: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_spi: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_unused
$(O)/tests/unit/test_unused: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_unused: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_again
$(O)/tests/unit/test_again: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_again: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_refusal
$(O)/tests/unit/test_refusal: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_refusal: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_refusal_auth
$(O)/tests/unit/test_refusal_auth: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_refusal_auth: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_refusal_init
$(O)/tests/unit/test_refusal_init: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_refusal_init: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_refusal_child
$(O)/tests/unit/test_refusal_child: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_refusal_child: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_standing
$(O)/tests/unit/test_standing: $(O)/tests/unit/pki.o $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_standing: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_jail
$(O)/tests/unit/test_jail: $(O)/userspace/btnsd/jail.o \
	$(O)/userspace/btnsd/watch.o $(MACHINE_RANDOM_OBJS)
$(O)/tests/unit/test_jail: TEST_LIBS := -lseccomp $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_broker
$(O)/tests/unit/test_broker: $(O)/userspace/btnsd/broker/broker.o \
	$(O)/tests/unit/broker_rig.o $(BTNSD_BROKER_OBJS) $(MACHINE_RANDOM_OBJS)
$(O)/tests/unit/test_broker: TEST_LIBS := -lpthread $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_serve
$(O)/tests/unit/test_serve: $(O)/tests/unit/broker_rig.o \
	$(BTNSD_BROKER_OBJS) $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_serve: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_serve_secret
$(O)/tests/unit/test_serve_secret: $(O)/tests/unit/broker_rig.o \
	$(BTNSD_BROKER_OBJS) $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_serve_secret: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_proto
$(O)/tests/unit/test_proto: $(BTNSD_BROKER_OBJS) $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_proto: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_soak
$(O)/tests/unit/test_soak: $(O)/tests/unit/insider.o $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_soak: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_groups_plan
$(O)/tests/unit/test_groups_plan: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_groups_plan: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_groups
$(O)/tests/unit/test_groups: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_groups: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_fallback
$(O)/tests/unit/test_fallback: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_fallback: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_policy
$(O)/tests/unit/test_policy: $(O)/userspace/btnsd/kern_policy.o \
	$(O)/userspace/btnsd/kern_sel.o $(O)/userspace/btnsd/addr.o

UNIT_NAMES += test_event
$(O)/tests/unit/test_event: $(O)/userspace/btnsd/kern_event.o \
	$(O)/userspace/btnsd/kern_sel.o $(O)/userspace/btnsd/addr.o $(LIBBTNS)
$(O)/tests/unit/test_event: TEST_LIBS := $(LIBBTNS_LIBS)

UNIT_NAMES += test_ts
$(O)/tests/unit/test_ts: $(O)/userspace/btnsd/ike/ts.o $(O)/userspace/btnsd/addr.o \
	$(O)/userspace/btnsd/kern_sel.o

UNIT_NAMES += test_conf
$(O)/tests/unit/test_conf: $(BTNSD_CONF_OBJS) \
	$(O)/userspace/btnsd/addr.o $(O)/userspace/btnsd/ike/buf.o \
	$(BTNSD_CRYPTO_OBJS) $(LIBBTNS)
$(O)/tests/unit/test_conf: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_store
$(O)/tests/unit/test_store: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_store: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_tshark
$(O)/tests/unit/test_tshark: $(addprefix $(O)/tests/unit/,capture.o named.o pki.o) \
	$(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_tshark: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_addke
$(O)/tests/unit/test_addke: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_addke: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_followup
$(O)/tests/unit/test_followup: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_followup: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

# what makes and handles secrets goes through wrapped.c, by the linker
comma := ,
WIPE_WRAPPED := free read prf prf_plus dh_derive kex_answer kex_finish keymat_ike \
	keymat_ike_rekey keymat_child keymat_auth_octets keymat_auth_psk \
	keymat_check_psk cbc_seal cbc_open cookie_make cookie_check \
	qcd_start qcd_give intauth_add proof_build proof_verify \
	x_init_keys x_child_answer x_child_take x_child_req x_child_resp \
	x_rekey_req x_intermediate_req x_intermediate_resp x_followup_hold \
	x_followup_begin x_followup_req x_followup_resp
# those that are looked at when they return; read() fails when it is told to
WIPE_LOOKED := $(filter-out free read prf cookie_check,$(WIPE_WRAPPED))
UNIT_NAMES += test_wipe
$(O)/tests/unit/test_wipe.o: CPPFLAGS += -DWIPE_LOOKED='"$(WIPE_LOOKED)"'
$(O)/tests/unit/test_wipe: $(addprefix $(O)/tests/unit/, wrapped.o remains.o \
	named.o pki.o) $(MACHINE_RANDOM_OBJS)
$(O)/tests/unit/test_wipe: TEST_LIBS := $(addprefix -Wl$(comma)--wrap=,$(WIPE_WRAPPED)) \
	$(BTNSD_MACHINE_LIBS)

# what we do is made to fail, one call of it
REFUSAL_WRAPPED := dh_new task_offer child_new child_check keymat_child \
	keymat_auth_octets sig_sign id_peer nat_build life_want sa_new_initiator

UNIT_NAMES += test_refusal_ours
$(O)/tests/unit/test_refusal_ours: $(MACHINE_TEST_OBJS)
$(O)/tests/unit/test_refusal_ours: TEST_LIBS := $(addprefix -Wl$(comma)--wrap=,$(REFUSAL_WRAPPED)) \
	$(BTNSD_MACHINE_LIBS)

UNIT_NAMES += test_wipe_client
$(O)/tests/unit/test_wipe_client: $(O)/tests/unit/remains.o \
	$(BTNSD_BROKER_OBJS) $(MACHINE_RANDOM_OBJS)
$(O)/tests/unit/test_wipe_client: TEST_LIBS := -Wl$(comma)--wrap=free \
	$(BTNSD_MACHINE_LIBS)

# libmnl's sockets are the test's
UNIT_NAMES += test_xfrm
$(O)/tests/unit/test_xfrm: $(addprefix $(O)/tests/unit/, \
	fake_mnl.o fake_nl.o remains.o) \
	$(addprefix $(O)/userspace/btnsd/, kern_xfrm.o kern_event.o kern_sel.o) \
	$(MACHINE_RANDOM_OBJS)
$(O)/tests/unit/test_xfrm: TEST_LIBS := $(BTNSD_MACHINE_LIBS)

# sockets are the kernel's
UNIT_NAMES += test_net
$(O)/tests/unit/test_net: $(addprefix $(O)/userspace/btnsd/, net.o addr.o log.o) \
	$(LIBBTNS)

# and recvmsg() is
UNIT_NAMES += test_recv
$(O)/tests/unit/test_recv: $(addprefix $(O)/userspace/btnsd/, net.o addr.o log.o) \
	$(LIBBTNS)
