// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.btns.*: the knobs of a namespace. Documentation/sysctl.rst says what
 * they mean.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "btns.h"
#include "compat.h"
#include "latch.h"

/* Longest word of a disposition, with a newline and the NUL. */
#define WORD_MAX 16

static int limit_max = 1 << 20;
static int mtu_min = 68;
static int mtu_max = 65535;
static int gc_min = 10;
static int gc_max = 600 * 1000;
static int idle_max = 24 * 3600;

static const char * const dispositions[] = {
	[BTNS_DISPOSITION_WAIT] = "wait",
	[BTNS_DISPOSITION_RESET] = "reset",
	[BTNS_DISPOSITION_UNREACHABLE] = "unreachable",
};

/* A knob that decides whether the packet hooks are needed. */
static int change_hooked(struct btns_net *bn, BTNS_CTL_TABLE *ctl, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	int *knob = ctl->data, old, ret;

	if (!write)
		return proc_dointvec_minmax(ctl, write, buffer, lenp, ppos);
	mutex_lock(&bn->mutex);
	old = READ_ONCE(*knob);
	ret = proc_dointvec_minmax(ctl, write, buffer, lenp, ppos);
	if (!ret && READ_ONCE(*knob) != old) {
		ret = btns_hook_update(bn);
		/* Not half: without the hooks the knob would be a lie. */
		if (ret)
			WRITE_ONCE(*knob, old);
	}
	mutex_unlock(&bn->mutex);
	return ret;
}

static int do_latch_auto(BTNS_CTL_TABLE *ctl, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	struct btns_net *bn = container_of((int *)ctl->data, struct btns_net,
					   knobs.latch_auto);

	return change_hooked(bn, ctl, write, buffer, lenp, ppos);
}

static int do_pad_mode(BTNS_CTL_TABLE *ctl, int write, void *buffer,
		       size_t *lenp, loff_t *ppos)
{
	struct btns_net *bn = container_of((int *)ctl->data, struct btns_net,
					   knobs.pad_mode);

	return change_hooked(bn, ctl, write, buffer, lenp, ppos);
}

/* The next look may be ten minutes off by the time that held until now. */
static int do_latch_gc_ms(BTNS_CTL_TABLE *ctl, int write, void *buffer,
			  size_t *lenp, loff_t *ppos)
{
	struct btns_net *bn = container_of((int *)ctl->data, struct btns_net,
					   knobs.latch_gc_ms);
	int ret = proc_dointvec_minmax(ctl, write, buffer, lenp, ppos);

	if (write && !ret)
		btns_latch_owner_retime(bn);
	return ret;
}

static int do_disposition(BTNS_CTL_TABLE *ctl, int write, void *buffer,
			  size_t *lenp, loff_t *ppos)
{
	char word[WORD_MAX] = "";
	BTNS_CTL_TABLE text = { .data = word, .maxlen = sizeof(word) };
	int *knob = ctl->data, ret;
	unsigned int i;

	if (!write)
		strscpy(word, dispositions[READ_ONCE(*knob)], sizeof(word));
	/* proc_dostring cuts what is too long; "resetting" is not "reset". */
	else if (*ppos || *lenp >= sizeof(word))
		return -EINVAL;
	ret = proc_dostring(&text, write, buffer, lenp, ppos);
	if (ret || !write)
		return ret;
	for (i = 0; i < ARRAY_SIZE(dispositions); i++) {
		if (!dispositions[i] || strcmp(strim(word), dispositions[i]))
			continue;
		WRITE_ONCE(*knob, i);
		return 0;
	}
	return -EINVAL;
}

enum knob {
	KNOB_LATCH_AUTO,
	KNOB_LATCH_UNIDENTIFIED,
	KNOB_LATCH_DISPOSITION,
	KNOB_LATCH_MAX,
	KNOB_LATCH_GC_MS,
	KNOB_PAD_MODE,
	KNOB_ASK_MAX,
	KNOB_LATCH_IDLE,
	KNOB_LATCH_MAX_USER,
	KNOB_ASK_MAX_USER,
	KNOB_LATCH_ICMP,
	KNOB_ICMP_MIN_MTU,
	KNOB_EMBRYO_MAX,
	KNOB_EMBRYO_MAX_PEER,
	KNOB_LATCH_PROTECT,
	KNOBS,
};

/* Data pointers are set for each namespace. The last, empty, ends the table
 * for kernels that want an end.
 */
static const struct ctl_table knobs[KNOBS + 1] = {
	[KNOB_LATCH_AUTO] = {
		.procname = "latch_auto",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = do_latch_auto,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	[KNOB_LATCH_UNIDENTIFIED] = {
		.procname = "latch_unidentified",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	[KNOB_LATCH_DISPOSITION] = {
		.procname = "latch_disposition",
		.maxlen = WORD_MAX,
		.mode = 0644,
		.proc_handler = do_disposition,
	},
	[KNOB_LATCH_MAX] = {
		.procname = "latch_max",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
	[KNOB_LATCH_GC_MS] = {
		.procname = "latch_gc_ms",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = do_latch_gc_ms,
		.extra1 = &gc_min,
		.extra2 = &gc_max,
	},
	[KNOB_PAD_MODE] = {
		.procname = "pad_mode",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = do_pad_mode,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_TWO,
	},
	[KNOB_ASK_MAX] = {
		.procname = "ask_max",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
	[KNOB_LATCH_IDLE] = {
		.procname = "latch_idle",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ONE,
		.extra2 = &idle_max,
	},
	[KNOB_LATCH_PROTECT] = {
		.procname = "latch_protect",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	[KNOB_LATCH_MAX_USER] = {
		.procname = "latch_max_user",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
	[KNOB_ASK_MAX_USER] = {
		.procname = "ask_max_user",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
	[KNOB_LATCH_ICMP] = {
		.procname = "latch_icmp",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	[KNOB_ICMP_MIN_MTU] = {
		.procname = "icmp_min_mtu",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = &mtu_min,
		.extra2 = &mtu_max,
	},
	[KNOB_EMBRYO_MAX] = {
		.procname = "embryo_max",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
	[KNOB_EMBRYO_MAX_PEER] = {
		.procname = "embryo_max_peer",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &limit_max,
	},
};

static void set_defaults(struct btns_knobs *k)
{
	k->latch_auto = 1;
	k->latch_unidentified = 1;
	k->latch_disposition = BTNS_DISPOSITION_RESET;
	k->latch_max = 65536;
	k->latch_gc_ms = 1000;
	k->pad_mode = BTNS_PAD_MODE_BOUND;
	k->ask_max = 65536;
	k->latch_idle = 180;
	k->latch_max_user = 49152;
	k->ask_max_user = 49152;
	k->latch_icmp = 1;
	k->icmp_min_mtu = 552;	/* as net.ipv4.route.min_pmtu */
	k->embryo_max = 16384;
	k->embryo_max_peer = 4096;
	k->latch_protect = 0;
}

/**
 * btns_sysctl_init() - set the knobs to their defaults and show them
 * @bn: namespace, all else of it ready
 *
 * Return: 0 or -ENOMEM.
 */
int btns_sysctl_init(struct btns_net *bn)
{
	struct btns_knobs *k = &bn->knobs;
	struct ctl_table *table;

	BUILD_BUG_ON(sizeof(struct btns_knobs) != KNOBS * sizeof(int));
	set_defaults(k);
	table = kmemdup(knobs, sizeof(knobs), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	table[KNOB_LATCH_AUTO].data = &k->latch_auto;
	table[KNOB_LATCH_UNIDENTIFIED].data = &k->latch_unidentified;
	table[KNOB_LATCH_DISPOSITION].data = &k->latch_disposition;
	table[KNOB_LATCH_MAX].data = &k->latch_max;
	table[KNOB_LATCH_GC_MS].data = &k->latch_gc_ms;
	table[KNOB_PAD_MODE].data = &k->pad_mode;
	table[KNOB_ASK_MAX].data = &k->ask_max;
	table[KNOB_LATCH_IDLE].data = &k->latch_idle;
	table[KNOB_LATCH_MAX_USER].data = &k->latch_max_user;
	table[KNOB_ASK_MAX_USER].data = &k->ask_max_user;
	table[KNOB_LATCH_ICMP].data = &k->latch_icmp;
	table[KNOB_ICMP_MIN_MTU].data = &k->icmp_min_mtu;
	table[KNOB_EMBRYO_MAX].data = &k->embryo_max;
	table[KNOB_EMBRYO_MAX_PEER].data = &k->embryo_max_peer;
	table[KNOB_LATCH_PROTECT].data = &k->latch_protect;
	bn->sysctl = btns_compat_register_sysctl(bn->net, "net/btns", table,
						 KNOBS);
	if (!bn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * btns_sysctl_exit() - take the knobs away
 * @bn: namespace
 */
void btns_sysctl_exit(struct btns_net *bn)
{
	const struct ctl_table *table = bn->sysctl->ctl_table_arg;

	unregister_net_sysctl_table(bn->sysctl);
	kfree(table);
}
