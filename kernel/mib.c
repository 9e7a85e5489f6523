// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/btns_stat: the counters, one "Name<TAB>value" on each line.
 * Documentation/counters.rst says what they mean.
 */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "btns.h"

static const char * const names[] = {
#define BTNS_MIB_NAME(name) #name,
	BTNS_MIB_LIST(BTNS_MIB_NAME)
#undef BTNS_MIB_NAME
};

static unsigned long sum(const struct btns_net *bn, unsigned int i)
{
	unsigned long value = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		value += READ_ONCE(per_cpu_ptr(bn->mib, cpu)->mibs[i]);
	return value;
}

static int show(struct seq_file *seq, void *v)
{
	const struct btns_net *bn = btns_pernet(seq_file_single_net(seq));
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(names) != __BTNS_MIB_MAX);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		seq_printf(seq, "%s\t%lu\n", names[i], sum(bn, i));
	return 0;
}

/**
 * btns_mib_init() - make the counters and their file
 * @bn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int btns_mib_init(struct btns_net *bn)
{
	bn->mib = alloc_percpu(struct btns_mib_stats);
	if (!bn->mib)
		return -ENOMEM;
	if (!proc_create_net_single("btns_stat", 0444, bn->net->proc_net, show,
				    NULL)) {
		free_percpu(bn->mib);
		return -ENOMEM;
	}
	return 0;
}

/**
 * btns_mib_exit() - remove the counters and their file
 * @bn: namespace; nobody counts any more
 */
void btns_mib_exit(struct btns_net *bn)
{
	remove_proc_entry("btns_stat", bn->net->proc_net);
	free_percpu(bn->mib);
}
