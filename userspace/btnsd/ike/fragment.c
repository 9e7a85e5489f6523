// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE fragmentation (RFC 7383). What is kept is bounded for each IKE SA and in
 * all, since a peer that has only done a key exchange can send fragments too.
 * Such strangers have a bound of their own, so that they take nothing from
 * peers that have proved themselves; and when it is reached, the message that
 * has waited longest goes: those who mean it send all fragments at once.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/fragment.h"
#include "btnsd/ike/sk.h"
#include "btnsd/ike/usage.h"
#include "btnsd/log.h"

/* what a datagram of ours has besides the message */
#define IP4_HEADER	20
#define IP6_HEADER	40
#define UDP_HEADER	8

/**
 * struct fragments - a message of which some fragments are there
 * @sa: its IKE SA
 * @sum_of: the helper's sum in which it is counted
 * @msgid: its message id
 * @total: how many fragments it has
 * @have: how many are there
 * @first: type of its first payload, from fragment 1
 * @flags: of the payload's generic header, from fragment 1
 * @sum: SHA-256 of the datagram of fragment 1
 * @octets: of all parts
 * @wire: of the datagrams that they came in
 * @part: what was in each, decrypted; empty while it is missing
 * @timeout: forgets it
 */
struct fragments {
	struct ike_sa *sa;
	size_t *sum_of;
	uint32_t msgid;
	uint16_t total;
	uint16_t have;
	uint8_t first;
	uint8_t flags;
	uint8_t sum[32];
	size_t octets;
	size_t wire;
	struct blob part[FRAGMENT_COUNT_MAX];
	struct timer timeout;
};

/**
 * fragment_announce() - write IKEV2_FRAGMENTATION_SUPPORTED
 * @sa: IKE SA; a responder only says it to an initiator that did
 * @b: chain of an IKE_SA_INIT message
 */
void fragment_announce(const struct ike_sa *sa, struct ike_build *b)
{
	if (sa->d->conf->fragment && (sa->initiator || sa->fragmentation))
		ike_build_notify(b, IKE_N_FRAGMENTATION_SUPPORTED,
				 span(NULL, 0));
}

/**
 * fragment_seen() - does the peer take fragments, and do we?
 * @sa: IKE SA; knows afterwards
 * @m: the peer's IKE_SA_INIT message
 */
void fragment_seen(struct ike_sa *sa, const struct ike_msg *m)
{
	sa->fragmentation =
		sa->d->conf->fragment &&
		ike_msg_notify_find(m, IKE_N_FRAGMENTATION_SUPPORTED);
}

/**
 * fragment_room() - octets of payloads that fit one datagram
 * @sa: IKE SA with keys
 * @fragment: as a fragment, not as a whole message
 *
 * Room for the non-ESP marker is always left: the path may come to need it.
 *
 * Return: octets; 0 if nothing is to be fragmented.
 */
size_t fragment_room(const struct ike_sa *sa, bool fragment)
{
	size_t frame = UDP_HEADER + IKE_NON_ESP_MARKER_LEN;

	frame += sa->path.remote.addr.family == AF_INET6 ? IP6_HEADER :
							   IP4_HEADER;
	if (!sa->fragmentation || sa->d->conf->fragment <= frame)
		return 0;
	return sk_room(&sa->keys, sa->d->conf->fragment - frame, fragment);
}

static void forget(struct fragments *f)
{
	struct ike_sa *sa = f->sa;
	unsigned int i;

	for (i = 0; i < FRAGMENT_COUNT_MAX; i++)
		blob_free(&f->part[i]);
	*f->sum_of -= f->octets + sizeof(*f);
	timer_cancel(&f->timeout);
	for (i = 0; i < 2; i++)
		if (sa->fragments[i] == f)
			sa->fragments[i] = NULL;
	free(f);
}

/**
 * fragment_free() - forget all fragments of an IKE SA
 * @sa: IKE SA
 */
void fragment_free(struct ike_sa *sa)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (sa->fragments[i])
			forget(sa->fragments[i]);
}

static void timeout_due(void *arg)
{
	struct fragments *f = arg;

	sa_log(f->sa, LOG_INFO, "%u of %u fragments of message %u never came",
	       f->total - f->have, f->total, f->msgid);
	forget(f);
}

/* of those in one sum, the message that has waited longest */
static struct fragments *oldest(const struct btnsd *d, const size_t *sum_of,
				const struct fragments *but)
{
	struct fragments *found = NULL;
	const struct ike_sa *sa;
	unsigned int i;

	for (sa = d->sas; sa; sa = sa->next)
		for (i = 0; i < 2; i++) {
			struct fragments *f = sa->fragments[i];

			if (f && f != but && f->sum_of == sum_of &&
			    (!found || f->timeout.due < found->timeout.due))
				found = f;
		}
	return found;
}

/* room for more octets, made at the cost of others */
static bool make_room(struct btnsd *d, const size_t *sum_of,
		      const struct fragments *but, size_t more)
{
	struct fragments *f;

	while (*sum_of + more > FRAGMENT_ALL_MAX) {
		f = oldest(d, sum_of, but);
		if (!f)
			return false;
		forget(f);
	}
	return true;
}

static struct fragments *begin(struct ike_sa *sa, const struct ike_msg *m)
{
	bool stranger = sa->state != IKE_ST_ESTABLISHED &&
			sa->state != IKE_ST_CLOSING;
	size_t *sum_of = stranger ? &sa->d->fragment_strangers :
				    &sa->d->fragment_octets;
	struct fragments *f;

	if (!make_room(sa->d, sum_of, NULL, sizeof(*f)))
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->sa = sa;
	f->sum_of = sum_of;
	f->msgid = m->hdr.msgid;
	f->total = m->sk.total;
	timer_init(&f->timeout, timeout_due, f);
	timer_set(&sa->d->timers, &f->timeout, FRAGMENT_MS);
	*sum_of += sizeof(*f);
	return f;
}

/* the message that a fragment belongs to; one with more fragments is newer */
static struct fragments *find(struct ike_sa *sa, const struct ike_msg *m,
			      const char **why)
{
	struct fragments **slot =
		&sa->fragments[!!(m->hdr.flags & IKE_FLAG_RESPONSE)];

	*why = "there are too many fragments";
	if (m->sk.total > FRAGMENT_COUNT_MAX)
		return NULL;
	if (*slot && ((*slot)->msgid != m->hdr.msgid ||
		      (*slot)->total < m->sk.total))
		forget(*slot);
	if (!*slot) {
		*slot = begin(sa, m);
		*why = "too many fragments wait, or memory ran out";
		return *slot;
	}
	*why = "the message has been sent in more fragments since";
	return (*slot)->total == m->sk.total ? *slot : NULL;
}

/* @out has room for FRAGMENT_OCTETS_MAX */
static size_t join(const struct fragments *f, uint8_t *out)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < f->total; i++) {
		memcpy(out + len, f->part[i].data, f->part[i].len);
		len += f->part[i].len;
	}
	return len;
}

/**
 * fragment_take() - take a fragment that is authentic and inside the window
 * @sa: its IKE SA
 * @m: its outer part; when whole, its sk says what fragment 1's says of the
 *	payloads inside (RFC 9242 section 3.3.2)
 * @text: what was encrypted in it, unpadded
 * @sum: SHA-256 of its datagram; when whole, of the datagram of fragment 1,
 *	which tells a message that is sent again (RFC 7383 section 2.6.1)
 * @out: when whole, filled with the payloads; room for FRAGMENT_OCTETS_MAX
 * @len: when whole, their octets
 * @why: when refused, a sentence
 *
 * Return: what became of it.
 */
enum fragment_code fragment_take(struct ike_sa *sa, struct ike_msg *m,
				 struct span text, uint8_t sum[32],
				 uint8_t *out, size_t *len, const char **why)
{
	struct fragments *f = find(sa, m, why);
	struct blob *part;

	if (!f)
		return FRAGMENT_REFUSED;
	part = &f->part[m->sk.number - 1];
	*why = "the fragment is there already";
	if (part->data)
		return FRAGMENT_REFUSED;
	*why = "the fragments are too large, or too many wait";
	if (text.len > FRAGMENT_OCTETS_MAX - f->octets ||
	    !make_room(sa->d, f->sum_of, f, text.len) ||
	    !blob_set(part, text.data, text.len))
		return FRAGMENT_REFUSED;
	f->octets += text.len;
	*f->sum_of += text.len;
	f->wire += m->hdr.length;
	f->have++;
	if (m->sk.number == 1) {
		f->first = m->sk.first;
		f->flags = m->sk.flags;
		memcpy(f->sum, sum, sizeof(f->sum));
	}
	if (f->have < f->total)
		return FRAGMENT_KEPT;
	*len = join(f, out);
	m->sk.first = f->first;
	m->sk.flags = f->flags;
	memcpy(sum, f->sum, sizeof(f->sum));
	usage_opened(sa, &m->hdr, sum, f->total, f->wire);
	forget(f);
	return FRAGMENT_WHOLE;
}
