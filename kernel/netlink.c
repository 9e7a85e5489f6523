// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "btns": attributes are checked and turned into
 * structs here, one function is called, and the answer is written. Nothing
 * below this file knows netlink, but for the sentence of a refusal.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "btns.h"
#include "compat.h"
#include "netlink-gen.h"
#include "nlparse.h"
#include "nlput.h"
#include "pad.h"

BTNS_GENL_COMPAT_DEFINE;

/* Room for any reply but a PAD entry, which only dumps carry. */
#define REPLY_SIZE 1024

/**
 * btns_nl_pre_doit() - lock the namespace of the request
 * @ops: operation
 * @skb: request
 * @info: request; user_ptr[0] becomes the struct btns_net
 *
 * Return: 0.
 */
int btns_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));

	mutex_lock(&bn->mutex);
	info->user_ptr[0] = bn;
	return 0;
}

/**
 * btns_nl_post_doit() - unlock what btns_nl_pre_doit() locked
 * @ops: operation
 * @skb: request
 * @info: request
 */
void btns_nl_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		       struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];

	mutex_unlock(&bn->mutex);
}

static bool missing(struct genl_info *info, int attr, const char *text)
{
	if (info->attrs[attr])
		return false;
	btns_extack_text(info->extack, text);
	return true;
}

/* ---- replies ------------------------------------------------------------ */

struct reply {
	struct sk_buff *skb;
	void *hdr;
};

static int begin(struct reply *reply, struct genl_info *info)
{
	reply->skb = genlmsg_new(REPLY_SIZE, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->hdr = genlmsg_put_reply(reply->skb, info, &btns_nl_family, 0,
				       info->genlhdr->cmd);
	if (reply->hdr)
		return 0;
	nlmsg_free(reply->skb);
	return -EMSGSIZE;
}

static int send(struct reply *reply, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply->skb);
		return -EMSGSIZE;
	}
	genlmsg_end(reply->skb, reply->hdr);
	return genlmsg_reply(reply->skb, info);
}

/* ---- dumps -------------------------------------------------------------- */

/* What a dump keeps between its messages. */
struct dump {
	u64 at;		/* where to go on */
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) >
		     sizeof_field(struct netlink_callback, ctx));
	return (struct dump *)cb->ctx;
}

static void *dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &btns_nl_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* 0, or -EMSGSIZE: the message is full, the entry goes into the next. */
static int dump_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

/* A message that is full is not an error, unless it holds nothing. */
static int dump_result(const struct sk_buff *skb, int err)
{
	return err == -EMSGSIZE && skb->len ? (int)skb->len : err ?: skb->len;
}

/* ---- status ------------------------------------------------------------- */

int btns_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];
	struct btns_latch_sum sum;
	struct reply reply;
	int err;

	err = begin(&reply, info);
	if (err)
		return err;
	btns_latch_sum(bn, &sum);
	skb = reply.skb;
	err = nla_put_string(skb, BTNS_A_STATUS_VERSION, BTNS_VERSION) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES,
			  atomic_read(&bn->latch_count)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LISTENERS,
			  atomic_read(&bn->listener_count)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES_MAX,
			  READ_ONCE(bn->knobs.latch_max)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_ASKS,
			  atomic_read(&bn->ask_count)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_SAS, atomic_read(&bn->sa_count)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_PAD_ENTRIES, btns_pad_count(bn)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_PAD_GENERATION,
			  bn->pad_generation) ||
	      nla_put_u8(skb, BTNS_A_STATUS_HOOKS, READ_ONCE(bn->hooks_on)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_IDENTS, btns_ident_count(bn)) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCH_SIZE, sum.size) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCH_COST, sum.cost) ||
	      nla_put_u64_64bit(skb, BTNS_A_STATUS_LATCH_MEMORY, sum.memory,
				BTNS_A_STATUS_PAD) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES_LARVAL,
			  sum.states[BTNS_LATCH_STATE_LARVAL]) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES_ESTABLISHED,
			  sum.states[BTNS_LATCH_STATE_ESTABLISHED]) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES_BROKEN,
			  sum.states[BTNS_LATCH_STATE_BROKEN]) ||
	      nla_put_u32(skb, BTNS_A_STATUS_LATCHES_CLOSED,
			  sum.states[BTNS_LATCH_STATE_CLOSED]);
	return send(&reply, info, err);
}

/* ---- PAD ---------------------------------------------------------------- */

static unsigned int count_entries(const struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int count = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == BTNS_A_PAD_ENTRY)
			count++;
	return count;
}

int btns_nl_pad_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];
	struct btns_pad_entry *entry;
	int err;

	if (missing(info, BTNS_A_PAD_ENTRY, "give the entry to add"))
		return -EINVAL;
	if (count_entries(info) != 1)
		return btns_nlrefuse(info->extack, info->attrs[BTNS_A_PAD_ENTRY],
				     "add one entry at a time, or replace all");
	entry = btns_nlparse_pad_entry(info->attrs[BTNS_A_PAD_ENTRY],
				       info->extack);
	if (IS_ERR(entry)) {
		btns_mib_inc(bn, PadRefused);
		return PTR_ERR(entry);
	}
	err = btns_pad_add(bn, entry, info->extack);
	if (err)
		btns_pad_entry_free(entry);
	return err;
}

int btns_nl_pad_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	char name[BTNS_NAME_MAX + 1];

	if (missing(info, BTNS_A_PAD_NAME, "give the name of the entry"))
		return -EINVAL;
	nla_strscpy(name, info->attrs[BTNS_A_PAD_NAME], sizeof(name));
	return btns_pad_del(info->user_ptr[0], name, info->extack);
}

/* The attribute of the @index-th entry. */
static const struct nlattr *entry_attr(const struct genl_info *info,
				       unsigned int index)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == BTNS_A_PAD_ENTRY && !index--)
			return attr;
	return NULL;
}

static int parse_entries(struct genl_info *info,
			 struct btns_pad_entry **entries)
{
	const struct nlattr *attr;
	unsigned int i = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		struct btns_pad_entry *entry;

		if (nla_type(attr) != BTNS_A_PAD_ENTRY)
			continue;
		entry = btns_nlparse_pad_entry(attr, info->extack);
		if (IS_ERR(entry))
			return PTR_ERR(entry);
		entries[i++] = entry;
	}
	return 0;
}

int btns_nl_pad_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	unsigned int count = count_entries(info), bad = count;
	struct btns_net *bn = info->user_ptr[0];
	struct btns_pad_entry **entries;
	int err;

	if (count > BTNS_PAD_ENTRIES_MAX) {
		btns_extack_text(info->extack, "too many PAD entries");
		btns_mib_inc(bn, PadRefused);
		return -ENOSPC;
	}
	entries = kvcalloc(count + 1, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	err = parse_entries(info, entries);
	if (err) {
		btns_mib_inc(bn, PadRefused);
		goto err_free;
	}
	err = btns_pad_replace(bn, entries, count, &bad, info->extack);
	if (err) {
		if (bad < count)
			NL_SET_BAD_ATTR(info->extack, entry_attr(info, bad));
		goto err_free;
	}
	kvfree(entries);
	return 0;

err_free:
	btns_pad_entries_free(entries, count);
	return err;
}

int btns_nl_pad_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	const struct btns_pad_entry *entry;
	struct dump *dump = dump_of(cb);
	int err = 0;
	void *hdr;

	mutex_lock(&bn->mutex);
	cb->seq = bn->pad_generation;
	for (; (entry = btns_pad_get(bn, dump->at)); dump->at++) {
		hdr = dump_begin(skb, cb, BTNS_CMD_PAD_GET);
		if (!hdr) {
			err = -EMSGSIZE;
			break;
		}
		err = btns_nlput_pad_entry(skb, entry) ?:
		      nla_put_u32(skb, BTNS_A_PAD_INDEX, dump->at) ?:
		      nla_put_u32(skb, BTNS_A_PAD_GENERATION,
				  bn->pad_generation);
		if (dump_end(skb, hdr, err))
			break;
	}
	mutex_unlock(&bn->mutex);
	return dump_result(skb, err);
}

/* ---- bindings ----------------------------------------------------------- */

static int parse_sa_key(struct genl_info *info, struct btns_sa_key *key)
{
	struct nlattr **tb = info->attrs;

	memset(key, 0, sizeof(*key));
	if (missing(info, BTNS_A_SA_SPI, "an SA needs an SPI") ||
	    missing(info, BTNS_A_SA_PROTO, "an SA needs a protocol") ||
	    missing(info, BTNS_A_SA_FAMILY, "an SA needs a family") ||
	    missing(info, BTNS_A_SA_DADDR, "an SA needs a destination"))
		return -EINVAL;
	key->spi = nla_get_be32(tb[BTNS_A_SA_SPI]);
	key->proto = nla_get_u8(tb[BTNS_A_SA_PROTO]);
	/* First the check of the family, which is wider than its place. */
	if (btns_nlparse_addr(tb[BTNS_A_SA_DADDR],
			      nla_get_u16(tb[BTNS_A_SA_FAMILY]), &key->daddr,
			      info->extack))
		return -EINVAL;
	key->family = nla_get_u16(tb[BTNS_A_SA_FAMILY]);
	return 0;
}

static int parse_sa(struct genl_info *info, struct btns_sa_params *params)
{
	struct nlattr **tb = info->attrs;
	struct btns_nlident id;
	int err;

	memset(params, 0, sizeof(*params));
	err = parse_sa_key(info, &params->key);
	if (err)
		return err;
	if (missing(info, BTNS_A_SA_PEER, "say who the peer is") ||
	    missing(info, BTNS_A_SA_SEL, "say what traffic the SA is for"))
		return -EINVAL;
	err = btns_nlparse_ident(tb[BTNS_A_SA_PEER], &id, info->extack);
	if (err)
		return err;
	params->peer.type = id.type;
	params->peer.method = id.method;
	memcpy(params->peer.digest, id.digest, BTNS_DIGEST_LEN);
	memcpy(params->peer.name, id.name, sizeof(id.name));
	/* Keys that were set by hand have no identity of ours behind them. */
	if (tb[BTNS_A_SA_LOCAL]) {
		err = btns_nlparse_ident(tb[BTNS_A_SA_LOCAL], &id, info->extack);
		if (err)
			return err;
		params->local.type = id.type;
		params->local.method = id.method;
		memcpy(params->local.digest, id.digest, BTNS_DIGEST_LEN);
		memcpy(params->local.name, id.name, sizeof(id.name));
	}
	err = btns_nlparse_evidence(tb, params->key.family, &params->ev,
				    info->extack);
	if (!err)
		err = btns_nlparse_sa_mark(tb, params, info->extack);
	if (err)
		return err;
	return btns_nlparse_selector(tb[BTNS_A_SA_SEL], &params->sel,
				     info->extack);
}

int btns_nl_sa_bind_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];
	struct btns_sa_params params;
	struct reply reply;
	u64 id = 0;
	int err;

	err = parse_sa(info, &params);
	if (err) {
		btns_mib_inc(bn, SaBindRefused);
		return err;
	}
	/* Memory for the answer first: what is bound cannot be unbound. */
	err = begin(&reply, info);
	if (err)
		return err;
	err = btns_sa_bind(bn, &params, &id, info->extack);
	if (err) {
		nlmsg_free(reply.skb);
		return err;
	}
	err = nla_put_u64_64bit(reply.skb, BTNS_A_SA_ID, id, BTNS_A_SA_PAD);
	return send(&reply, info, err);
}

int btns_nl_sa_check_doit(struct sk_buff *skb, struct genl_info *info)
{
	enum btns_sa_verdict verdict = BTNS_SA_VERDICT_PAD_REFUSED;
	struct btns_net *bn = info->user_ptr[0];
	struct btns_sa_params params;
	struct reply reply;
	u64 latch_id = 0;
	int err;

	err = parse_sa(info, &params);
	if (err)
		return err;
	err = btns_sa_check(bn, &params, &verdict, &latch_id, info->extack);
	if (err)
		return err;
	err = begin(&reply, info);
	if (err)
		return err;
	err = nla_put_u32(reply.skb, BTNS_A_SA_VERDICT, verdict);
	if (!err && latch_id)
		err = nla_put_u64_64bit(reply.skb, BTNS_A_SA_LATCH_ID,
					latch_id, BTNS_A_SA_PAD);
	return send(&reply, info, err);
}

int btns_nl_sa_unbind_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_sa_key key;
	int err;

	err = parse_sa_key(info, &key);
	if (err)
		return err;
	err = btns_sa_unbind(info->user_ptr[0], &key);
	if (err)
		btns_extack_text(info->extack, "that SA is not bound");
	return err;
}

int btns_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	struct dump *dump = dump_of(cb);
	unsigned long id = dump->at;
	struct btns_sa *sa;
	int err = 0;
	void *hdr;

	mutex_lock(&bn->mutex);
	rcu_read_lock();
	/* 0 would mean that nothing is known of changes. */
	cb->seq = atomic_read(&bn->sa_changes) + 1;
	xa_for_each_start(&bn->sa_ids, id, sa, dump->at) {
		hdr = dump_begin(skb, cb, BTNS_CMD_SA_GET);
		err = hdr ? dump_end(skb, hdr, btns_nlput_sa(skb, sa)) :
			    -EMSGSIZE;
		if (err)
			break;
	}
	/* At the end of the table, behind everything. */
	dump->at = err ? id : ULONG_MAX;
	rcu_read_unlock();
	mutex_unlock(&bn->mutex);
	return dump_result(skb, err);
}

/* ---- policies ----------------------------------------------------------- */

int btns_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];
	int err;

	if (missing(info, BTNS_A_POLICY_INDEX, "give the index of the policy") ||
	    missing(info, BTNS_A_POLICY_FLAGS, "give the flags of the policy"))
		return -EINVAL;
	err = btns_spd_set(bn, nla_get_u32(info->attrs[BTNS_A_POLICY_INDEX]),
			   nla_get_u32(info->attrs[BTNS_A_POLICY_FLAGS]),
			   info->extack);
	/* what waits may go by it now */
	if (!err)
		btns_latch_event_policy(bn);
	return err;
}

static int put_policy(struct sk_buff *skb, u32 index, const void *flags)
{
	return nla_put_u32(skb, BTNS_A_POLICY_INDEX, index) ?:
	       nla_put_u32(skb, BTNS_A_POLICY_FLAGS, xa_to_value(flags));
}

int btns_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	struct dump *dump = dump_of(cb);
	unsigned long index = dump->at;
	void *hdr, *flags;
	int err = 0;

	mutex_lock(&bn->mutex);
	cb->seq = atomic_read(&bn->policy_changes) + 1;
	xa_for_each_start(&bn->policies, index, flags, dump->at) {
		hdr = dump_begin(skb, cb, BTNS_CMD_POLICY_GET);
		err = hdr ? dump_end(skb, hdr, put_policy(skb, index, flags)) :
			    -EMSGSIZE;
		if (err)
			break;
	}
	dump->at = err ? index : ULONG_MAX;
	mutex_unlock(&bn->mutex);
	return dump_result(skb, err);
}

/* ---- latches ------------------------------------------------------------ */

int btns_nl_latch_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = info->user_ptr[0];
	struct btns_latch_view view;
	struct reply reply;
	int err;

	if (missing(info, BTNS_A_LATCH_ID, "give the id of a latch, or dump all"))
		return -EINVAL;
	err = begin(&reply, info);
	if (err)
		return err;
	err = btns_latch_view(bn, nla_get_u64(info->attrs[BTNS_A_LATCH_ID]),
			      &view);
	if (err) {
		btns_extack_text(info->extack, "no latch has that id");
		nlmsg_free(reply.skb);
		return err;
	}
	err = btns_nlput_latch_view(reply.skb, &view);
	btns_latch_view_put(bn, &view);
	return send(&reply, info, err);
}

int btns_nl_latch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	struct dump *dump = dump_of(cb);
	struct btns_latch_view view;
	int err = 0;
	void *hdr;

	/* Latches come and go with every packet: each is listed as it is. */
	while (!btns_latch_next(bn, &dump->at, &view)) {
		hdr = dump_begin(skb, cb, BTNS_CMD_LATCH_GET);
		err = hdr ? dump_end(skb, hdr,
				     btns_nlput_latch_view(skb, &view)) :
			    -EMSGSIZE;
		btns_latch_view_put(bn, &view);
		if (err)
			break;
		dump->at++;
	}
	return dump_result(skb, err);
}

static int parse_choice(struct genl_info *info,
			struct btns_latch_choice *choice)
{
	struct nlattr **tb = info->attrs;
	struct btns_nlident id;
	int err;

	memset(choice, 0, sizeof(*choice));
	if (!!tb[BTNS_A_LATCH_ID] + !!tb[BTNS_A_LATCH_PEER] +
	    !!tb[BTNS_A_LATCH_ALL] != 1) {
		btns_extack_text(info->extack,
				 "choose latches by id, by peer, or all: one of the three");
		return -EINVAL;
	}
	choice->all = nla_get_flag(tb[BTNS_A_LATCH_ALL]);
	if (tb[BTNS_A_LATCH_ID]) {
		choice->id = nla_get_u64(tb[BTNS_A_LATCH_ID]);
		if (!choice->id)
			return btns_nlrefuse(info->extack, tb[BTNS_A_LATCH_ID],
					     "no latch has the id 0");
	}
	if (tb[BTNS_A_LATCH_PEER]) {
		err = btns_nlparse_ident(tb[BTNS_A_LATCH_PEER], &id,
					 info->extack);
		if (err)
			return err;
		if (id.type == BTNS_ID_TYPE_NONE)
			return btns_nlrefuse(info->extack, tb[BTNS_A_LATCH_PEER],
					     "the peer needs an identity");
		choice->has_peer = true;
		choice->peer_type = id.type;
		memcpy(choice->peer_digest, id.digest, BTNS_DIGEST_LEN);
	}
	return 0;
}

static int reply_count(struct reply *reply, struct genl_info *info,
		       const struct btns_latch_choice *choice,
		       unsigned int count)
{
	if (choice->id && !count) {
		btns_extack_text(info->extack,
				 "no latch has that id, or it is in that state already");
		nlmsg_free(reply->skb);
		return -ENOENT;
	}
	return send(reply, info,
		    nla_put_u32(reply->skb, BTNS_A_LATCH_COUNT, count));
}

int btns_nl_latch_close_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BTNS_A_LATCH_REASON];
	enum btns_reason reason = BTNS_REASON_ADMIN;
	struct btns_latch_choice choice;
	struct reply reply;
	int err;

	if (attr)
		reason = nla_get_u32(attr);
	if (reason != BTNS_REASON_ADMIN && reason != BTNS_REASON_STORE)
		return btns_nlrefuse(info->extack, attr,
				     "the reason must be admin or store");
	err = parse_choice(info, &choice);
	if (!err)
		err = begin(&reply, info);
	if (err)
		return err;
	return reply_count(&reply, info, &choice,
			   btns_latch_close(info->user_ptr[0], &choice,
					    reason));
}

int btns_nl_latch_break_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BTNS_A_LATCH_REASON];
	enum btns_reason reason = BTNS_REASON_ADMIN;
	struct btns_latch_choice choice;
	struct reply reply;
	int err;

	if (attr)
		reason = nla_get_u32(attr);
	if (reason != BTNS_REASON_ADMIN && reason != BTNS_REASON_PEER_DEAD)
		return btns_nlrefuse(info->extack, attr,
				     "the reason must be admin or peer-dead");
	err = parse_choice(info, &choice);
	if (!err)
		err = begin(&reply, info);
	if (err)
		return err;
	return reply_count(&reply, info, &choice,
			   btns_latch_break(info->user_ptr[0], &choice,
					    reason));
}

/**
 * btns_netlink_init() - register the family
 *
 * Return: 0 or a negative errno.
 */
int btns_netlink_init(void)
{
	return btns_genl_register(&btns_nl_family);
}

/**
 * btns_netlink_exit() - unregister the family; no command runs any more
 */
void btns_netlink_exit(void)
{
	genl_unregister_family(&btns_nl_family);
}
