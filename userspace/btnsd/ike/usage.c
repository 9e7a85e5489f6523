// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the keys of an IKE SA have protected, both ways, and when that is
 * enough (RFC 4301 section 4.4.2.1 has lifetimes in octets, RFC 7296 section 2.8
 * leaves them to each end). Messages are as few as peers behave; one that does
 * not cannot make us seal with one key for ever, nor let message ids, which
 * have 32 bits and must not wrap (section 2.2), come to their end.
 *
 * A limit is noticed while a message is under construction or half read: what it
 * calls for is done by the timers of the IKE SA's lifetime, at once.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/usage.h"
#include "btnsd/jitter.h"

/**
 * usage_soft() - when to rekey, so that the rekey is done before a limit
 * @most: limit, octets or packets; 0 for none
 *
 * Both ends count the same, and should not begin at one time.
 *
 * Return: up to a tenth less, at random.
 */
uint64_t usage_soft(uint64_t most)
{
	return most - jitter(most / 10);
}

/**
 * usage_limit() - set the limits of an IKE SA
 * @sa: IKE SA that is being established; what it has used so far counts
 *
 * The hard ones are twice the soft ones: a rekey has all that to finish.
 */
void usage_limit(struct ike_sa *sa)
{
	const struct conf *conf = sa->d->conf;
	struct ike_usage *u = &sa->usage;

	u->soft_bytes = usage_soft(conf->ike_bytes);
	u->hard_bytes = conf->ike_bytes * 2;
	u->soft_packets = usage_soft(conf->ike_packets);
	u->hard_packets = (uint64_t)conf->ike_packets * 2;
}

static bool over(uint64_t used, uint64_t limit)
{
	return limit && used >= limit;
}

/**
 * usage_hard() - the hard limit that an IKE SA has come to
 * @sa: IKE SA
 *
 * Return: the setting that it is twice of, or NULL.
 */
const char *usage_hard(const struct ike_sa *sa)
{
	const struct ike_usage *u = &sa->usage;

	if (over(u->bytes, u->hard_bytes))
		return "ike.bytes";
	return over(u->packets, u->hard_packets) ? "ike.packets" : NULL;
}

static void count(struct ike_sa *sa, unsigned int packets, size_t len)
{
	struct ike_usage *u = &sa->usage;
	struct timers *timers = &sa->d->timers;

	u->bytes += len;
	u->packets += packets;
	if (sa->state != IKE_ST_ESTABLISHED)
		return;
	if (!u->soft && !sa->replaced &&
	    (over(u->bytes, u->soft_bytes) ||
	     over(u->packets, u->soft_packets))) {
		u->soft = true;
		timer_set(timers, &sa->expiry, 0);
	}
	/* one that an heir has retired has no such timer, and goes anyway */
	if (!u->hard && timer_pending(&sa->hard) && usage_hard(sa)) {
		u->hard = true;
		timer_set(timers, &sa->hard, 0);
	}
}

/**
 * usage_sealed() - one more message or fragment was sealed
 * @sa: IKE SA with keys
 * @len: its octets
 *
 * From the soft limit on the IKE SA is rekeyed, at the hard one it ends.
 */
void usage_sealed(struct ike_sa *sa, size_t len)
{
	count(sa, 1, len);
}

static size_t beyond(size_t now, size_t before)
{
	return now > before ? now - before : 0;
}

/*
 * An answer that is passed over leaves its request open, and may come again; only
 * what is larger than all that came to that request is surely new.
 */
static void count_answer(struct ike_sa *sa, uint32_t msgid,
			 unsigned int packets, size_t len)
{
	struct ike_usage *u = &sa->usage;
	size_t more = beyond(len, u->answer_bytes);
	unsigned int n = (unsigned int)beyond(packets, u->answer_packets);

	if (u->answer != (uint64_t)msgid + 1) {
		u->answer = (uint64_t)msgid + 1;
		u->answer_bytes = 0;
		u->answer_packets = 0;
		more = len;
		n = packets;
	}
	u->answer_bytes += more;
	u->answer_packets += n;
	count(sa, n, more);
}

/**
 * usage_opened() - a message was found authentic, and is whole
 * @sa: IKE SA with keys
 * @hdr: its header
 * @sum: of a request SHA-256 of its datagram, or of its fragment 1
 * @packets: in how many datagrams it came
 * @len: octets of all of them
 *
 * Only what is new counts, or whoever saw a message, and can do no more than
 * send it again, would wear the IKE SA out: a request that was passed over comes
 * again, and so does an answer, and fragments of what is not whole may, for as
 * long as they like.
 */
void usage_opened(struct ike_sa *sa, const struct ike_hdr *hdr,
		  const uint8_t sum[static 32], unsigned int packets,
		  size_t len)
{
	if (hdr->flags & IKE_FLAG_RESPONSE)
		count_answer(sa, hdr->msgid, packets, len);
	else if (memcmp(sum, sa->last_req, sizeof(sa->last_req)))
		count(sa, packets, len);
}
