// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * INFORMATIONAL (RFC 7296 section 1.4): Delete of child SAs and of the IKE SA,
 * and the empty message that asks whether the peer lives.
 */
#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/log.h"

/**
 * x_delete_child_send() - write a Delete of one child SA
 * @sa: IKE SA
 * @t: the task; names the child SA, or only our inbound SPI if it is gone
 * @b: inner chain
 *
 * Return: START_SKIP if the peer deleted it first.
 */
enum start_code x_delete_child_send(struct ike_sa *sa, struct task *t,
				    struct ike_build *b)
{
	if (t->child_id && !child_find(sa, t->child_id))
		return START_SKIP;
	ike_build_delete(b, IKE_PROTO_ESP, &t->spi, 1);
	return START_OK;
}

/**
 * x_delete_ike_send() - write a Delete of the IKE SA
 * @sa: IKE SA
 * @t: the task
 * @b: inner chain
 *
 * If we close it for who the peer is, or did not prove to be, the reason goes
 * along (RFC 7296 section 2.21.2); that there is no room is no such reason.
 *
 * Return: START_OK.
 */
enum start_code x_delete_ike_send(struct ike_sa *sa, struct task *t,
				  struct ike_build *b)
{
	(void)t;
	if (!sa->authenticated &&
	    sa->fault.notify == IKE_N_AUTHENTICATION_FAILED)
		ike_build_notify(b, IKE_N_AUTHENTICATION_FAILED, span(NULL, 0));
	ike_build_delete_ike(b);
	return START_OK;
}

/**
 * x_liveness_send() - write nothing, which wants an answer
 * @sa: IKE SA
 * @t: the task
 * @b: inner chain
 *
 * Return: START_OK.
 */
enum start_code x_liveness_send(struct ike_sa *sa, struct task *t,
				struct ike_build *b)
{
	(void)sa;
	(void)t;
	(void)b;
	return START_OK;
}

/**
 * x_token_send() - write our token for an IKE SA that a rekey of ours made
 * @sa: IKE SA
 * @t: the task
 * @b: inner chain
 *
 * Return: START_OK.
 */
enum start_code x_token_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b)
{
	(void)t;
	qcd_give(sa, b);
	return START_OK;
}

/* as many as an answer of ours holds, whatever its Deletes need besides */
#define GONE_MAX	(MSG_INNER_MAX / IKE_ESP_SPI_LEN - 8)

/**
 * struct gone - our halves of the pairs that the peer has deleted
 * @n: how many
 * @spi: their SPIs, as many of them as have room
 */
struct gone {
	unsigned int n;
	uint32_t spi[GONE_MAX];
};

/* one Delete of child SAs */
static void delete_children(struct ike_sa *sa, const struct ike_delete *del,
			    struct gone *gone)
{
	unsigned int i;
	uint32_t spi;

	for (i = 0; i < del->count && ike_delete_spi(del, i, &spi); i++) {
		struct child *c = child_find_spi_out(sa, spi);

		if (!c) {
			sa_log(sa, LOG_DEBUG, "no child SA %08x to delete",
			       spi);
			continue;
		}
		sa_log(sa, LOG_INFO, "INFORMATIONAL: the peer deleted child %08x/%08x",
		       c->spi_in, c->spi_out);
		/* both deleted it at once: each has said so already (1.4.1) */
		if (c->state != CHILD_DELETING) {
			if (gone->n < GONE_MAX)
				gone->spi[gone->n] = c->spi_in;
			gone->n++;
		}
		child_gone(c, false);
	}
}

/* the answer names our half of each pair, in as many Deletes as that takes */
static void build_gone(const struct ike_sa *sa, const struct gone *gone,
		       struct ike_build *b)
{
	unsigned int i, k, n = gone->n < GONE_MAX ? gone->n : GONE_MAX;

	for (i = 0; i < n; i += k) {
		k = n - i < IKE_DELETE_SPIS_MAX ? n - i : IKE_DELETE_SPIS_MAX;
		ike_build_delete(b, IKE_PROTO_ESP, gone->spi + i, k);
	}
	if (gone->n > n)
		sa_log(sa, LOG_WARNING,
		       "INFORMATIONAL: our halves of %u child SAs that the peer deleted are not told to it: a message has room for %u",
		       gone->n - n, n);
}

/**
 * x_info_req() - answer an INFORMATIONAL request
 * @sa: IKE SA
 * @m: the request
 * @b: inner chain of our answer
 *
 * Return: FSM_OK; FSM_END if the peer deleted the IKE SA.
 */
enum fsm_code x_info_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);
	static struct gone gone;
	bool ike = false;
	unsigned int i;

	gone.n = 0;
	if (n)
		sa_log(sa, LOG_WARNING, "INFORMATIONAL: the peer reports %s",
		       ike_name_notify(n->type));
	qcd_seen(sa, m);
	for (i = 0; i < m->n_deletes; i++) {
		if (m->del[i].proto == IKE_PROTO_IKE)
			ike = true;
		else if (m->del[i].proto == IKE_PROTO_ESP)
			delete_children(sa, &m->del[i], &gone);
	}
	build_gone(sa, &gone, b);
	if (ike || (n && n->type == IKE_N_AUTHENTICATION_FAILED)) {
		x_rekey_ike_deleted(sa);
		sa_fault(sa, 0, "the peer deleted the IKE SA");
		return FSM_END;
	}
	return FSM_OK;
}

/**
 * x_info_resp() - take the answer to our INFORMATIONAL
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK; FSM_END when our Delete of the IKE SA is answered.
 */
enum fsm_code x_info_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b)
{
	struct task *t = sa->tasks;
	struct child *c;

	(void)m;
	(void)b;
	if (t->kind == TASK_DELETE_IKE) {
		sa_fault(sa, 0, "closed");
		return FSM_END;
	}
	if (t->kind == TASK_DELETE_CHILD && t->child_id) {
		c = child_find(sa, t->child_id);
		if (c)
			child_gone(c, false);
	}
	return FSM_OK;
}
