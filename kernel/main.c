// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload, namespace birth and death: the order of things, and its
 * mirror.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <net/genetlink.h>

#include "kmgr.h"
#include "latch.h"
#include "sockopt.h"

unsigned int btns_net_id __read_mostly;
siphash_key_t btns_hash_key __read_mostly;
struct workqueue_struct *btns_wq __read_mostly;

static int __net_init net_init(struct net *net)
{
	struct btns_net *bn = btns_pernet(net);
	int err;

	bn->net = net;
	mutex_init(&bn->mutex);
	mutex_init(&bn->hook_mutex);
	spin_lock_init(&bn->sctp_lock);
	btns_latch_owner_init(bn);
	btns_latch_event_init(bn);
	btns_user_init(bn);

	err = btns_mib_init(bn);
	if (err)
		return err;
	err = btns_ident_init(bn);
	if (err)
		goto err_mib;
	err = btns_sa_init(bn);
	if (err)
		goto err_ident;
	btns_spd_init(bn);
	err = btns_latch_conflict_init(bn);
	if (err)
		goto err_spd;
	err = btns_suite_init(bn);
	if (err)
		goto err_conflict;
	err = btns_latch_init(bn);
	if (err)
		goto err_suite;
	err = btns_ask_init(bn);
	if (err)
		goto err_latch;
	err = btns_sysctl_init(bn);
	if (err)
		goto err_ask;
	err = btns_hook_update(bn);
	if (err)
		goto err_sysctl;
	return 0;

err_sysctl:
	btns_sysctl_exit(bn);
err_ask:
	btns_ask_exit(bn);
err_latch:
	btns_latch_exit(bn);
err_suite:
	btns_suite_exit(bn);
err_conflict:
	btns_latch_conflict_exit(bn);
err_spd:
	btns_spd_exit(bn);
	btns_pad_exit(bn);
	btns_sa_exit(bn);
err_ident:
	btns_ident_exit(bn);
err_mib:
	btns_mib_exit(bn);
	return err;
}

/*
 * Nothing new begins: hooks go, and work is not queued any more. The core
 * waits for a grace period between this and net_exit().
 */
static void __net_exit net_pre_exit(struct net *net)
{
	struct btns_net *bn = btns_pernet(net);

	btns_sysctl_exit(bn);
	mutex_lock(&bn->hook_mutex);
	WRITE_ONCE(bn->dying, true);
	mutex_unlock(&bn->hook_mutex);
	btns_hook_update(bn);
}

static void __net_exit net_exit(struct net *net)
{
	struct btns_net *bn = btns_pernet(net);

	btns_latch_owner_exit(bn);
	btns_latch_event_exit(bn);
	btns_ask_exit(bn);
	btns_latch_exit(bn);
	btns_suite_exit(bn);
	btns_latch_conflict_exit(bn);
	btns_spd_exit(bn);
	btns_pad_exit(bn);
	btns_sa_exit(bn);
	btns_ident_exit(bn);
	btns_user_exit(bn);
	btns_mib_exit(bn);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &btns_net_id,
	.size = sizeof(struct btns_net),
};

static int __init btns_init(void)
{
	int err;

	get_random_bytes(&btns_hash_key, sizeof(btns_hash_key));
	btns_wq = alloc_workqueue("btns", WQ_UNBOUND, 0);
	if (!btns_wq)
		return -ENOMEM;
	err = btns_latch_cache_init();
	if (err)
		goto err_wq;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_cache;
	btns_kmgr_init();
	err = btns_sockopt_init();
	if (err)
		goto err_kmgr;
	err = btns_netlink_init();
	if (err)
		goto err_sockopt;
	pr_info("btns %s: connection latching and better-than-nothing security\n",
		BTNS_VERSION);
	return 0;

err_sockopt:
	btns_sockopt_exit();
err_kmgr:
	btns_kmgr_exit();
	unregister_pernet_subsys(&net_ops);
err_cache:
	rcu_barrier();
	btns_latch_cache_exit();
err_wq:
	destroy_workqueue(btns_wq);
	btns_assoc_exit();
	return err;
}

static void __exit btns_exit(void)
{
	btns_netlink_exit();
	btns_sockopt_exit();
	btns_kmgr_exit();
	unregister_pernet_subsys(&net_ops);
	/* latch, ask and binding memory is freed by RCU callbacks of ours */
	rcu_barrier();
	btns_latch_cache_exit();
	/* a work may have done all, and still be on its way out of our text */
	destroy_workqueue(btns_wq);
	btns_assoc_exit();
}

module_init(btns_init);
module_exit(btns_exit);
MODULE_DESCRIPTION("Connection latching (RFC 5660) and BTNS (RFC 5386)");
MODULE_LICENSE("GPL");
MODULE_VERSION(BTNS_VERSION);
/* whoever asks for the family by its name has the module loaded */
MODULE_ALIAS_GENL_FAMILY(BTNS_FAMILY_NAME);
