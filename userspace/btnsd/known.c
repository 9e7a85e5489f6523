// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leap of faith (RFC 5386 section 4.2): a peer of the PAD's wildcard has nobody
 * who configured its key, so the key of the first contact with its address is
 * remembered, and another key is refused from then on. The decision is
 * lbtns_known_check(); what can be done only here is the file.
 *
 * The file is looked at for each peer and read anew if somebody replaced it.
 * Whatever cannot be read, or written down, is no reason to take a peer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/sa.h"
#include "btnsd/ike/wire.h"
#include "btnsd/known.h"
#include "btnsd/log.h"

#define DAY		86400u
/* a time is written anew when it is so old, or an eighth of its life */
#define SEEN_AGAIN	DAY

/* ---- the file ------------------------------------------------------------ */

static int make_empty(const char *path)
{
	struct lbtns_known_fault fault;
	struct lbtns_known k;
	int err, fd;

	fd = lbtns_file_lock(path, LBTNS_KNOWN_WAIT);
	if (fd < 0)
		return fd;
	/* somebody may have been faster */
	err = lbtns_known_load(path, &k, &fault);
	if (err == -ENOENT)
		err = lbtns_known_save(path, &k);
	lbtns_known_free(&k);
	close(fd);
	return err;
}

/**
 * known_ready() - can the file of a configuration be used?
 * @d: helper; its copy of the file is forgotten
 * @conf: configuration that is to be in force
 *
 * A file that is not there is made. One that is damaged is left alone: who
 * took it for empty would take everybody for new.
 *
 * Return: 0, or a negative errno, and the reason is logged.
 */
int known_ready(struct btnsd *d, const struct conf *conf)
{
	struct lbtns_known_fault fault;
	struct lbtns_known k;
	int err;

	known_forget(d);
	d->known_told = false;
	if (conf->known == CONF_KNOWN_OFF)
		return 0;
	err = lbtns_known_load(conf->known_path, &k, &fault);
	lbtns_known_free(&k);
	if (!err)
		return 0;
	if (err == -ENOENT) {
		err = make_empty(conf->known_path);
		if (!err)
			log_notice("%s: made: nobody is known yet",
				   conf->known_path);
		else
			log_err("%s: the file of known peers cannot be made: %s",
				conf->known_path, strerror(-err));
		return err;
	}
	log_err("%s:%u: the file of known peers cannot be used: %s; put it in order, or take it away and all peers are new",
		conf->known_path, fault.line, fault.why);
	return err;
}

/**
 * known_forget() - forget the copy of the file
 * @d: helper
 */
void known_forget(struct btnsd *d)
{
	lbtns_known_free(&d->known);
}

/* The copy is that of the file; false, and the reason is in sa->fault. */
static bool refresh(struct ike_sa *sa, bool anew)
{
	const char *path = sa->d->conf->known_path;
	struct lbtns_known *k = &sa->d->known;
	struct lbtns_known_fault fault;
	int err;

	if (!anew && k->stamp.ino && lbtns_file_same(path, &k->stamp))
		return true;
	lbtns_known_free(k);
	err = lbtns_known_load(path, k, &fault);
	if (!err)
		return true;
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
		 "nobody can be told known from new: %.80s:%u: %s%s", path,
		 fault.line, fault.why,
		 err == -ENOENT ? ": restart btnsd to begin anew" : "");
	return false;
}

/* ---- what is said -------------------------------------------------------- */

/* strftime(3) would open the file of the time zone, which kills a reader */
static const char *day(uint64_t seconds, char buf[static 16])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
		strcpy(buf, "unknown");
	else
		snprintf(buf, 16, "%04d-%02d-%02d", (tm.tm_year + 1900) % 10000,
			 tm.tm_mon % 12 + 1, tm.tm_mday % 32);
	return buf;
}

/* One line with all that an administrator needs to know, and to type. */
static void tell_changed(const struct ike_sa *sa,
			 const struct lbtns_known_entry *e)
{
	char addr[ADDR_STRLEN], old[LBTNS_KEY_TEXT_MAX];
	const struct conf *conf = sa->d->conf;
	char shown[LBTNS_KEY_TEXT_MAX], first[16], last[16];
	bool other = strcmp(conf->known_path, LBTNS_KNOWN_PATH);

	addr_str(&sa->path.remote.addr, addr);
	sa_log(sa, LOG_WARNING,
	       "the key of %s has changed, or somebody is in between: known there since %s, and last seen %s, is %s, shown is %s. Refused. If you know that the peer has this key now: btnsctl known add %s %s%s%.100s - if what was known is wrong: btnsctl known remove %s%s%.100s",
	       addr, day(e->first, first), day(e->last, last),
	       lbtns_key_text(e->key, old), lbtns_key_text(sa->who.key, shown),
	       addr, shown, other ? " file " : "",
	       other ? conf->known_path : "", addr, other ? " file " : "",
	       other ? conf->known_path : "");
}

static bool refuse_changed(struct ike_sa *sa, size_t at)
{
	tell_changed(sa, &sa->d->known.entry[at]);
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "it shows another key than the one that is known for its address");
	return false;
}

static bool refuse_nobody(struct ike_sa *sa, size_t at)
{
	const char *path = sa->d->conf->known_path;
	bool other = strcmp(path, LBTNS_KNOWN_PATH);
	char key[LBTNS_KEY_TEXT_MAX], addr[ADDR_STRLEN];

	addr_str(&sa->path.remote.addr, addr);
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "it proves nothing, and a key is known for its address, %s: if nobody has that there any more: btnsctl known remove %s%s%.100s",
		 lbtns_key_text(sa->d->known.entry[at].key, key), addr,
		 other ? " file " : "", other ? path : "");
	return false;
}

static bool refuse_unknown(struct ike_sa *sa)
{
	char key[LBTNS_KEY_TEXT_MAX], addr[ADDR_STRLEN];

	addr_str(&sa->path.remote.addr, addr);
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "known.mode is strict, and it is not known: if it should be: btnsctl known add %s %s",
		 addr, lbtns_key_text(sa->who.key, key));
	return false;
}

/* ---- a peer shows its key ------------------------------------------------ */

static void peer_of(const struct ike_sa *sa, struct lbtns_known_peer *p)
{
	memset(p, 0, sizeof(*p));
	addr_to_lbtns(&p->addr, &sa->path.remote.addr);
	memcpy(p->key, sa->who.key, BTNS_DIGEST_LEN);
	p->now = (uint64_t)time(NULL);
	p->expire = (uint64_t)sa->d->conf->known_expire * DAY;
}

/*
 * Whom the file has is known all the same, and will be seen again: why that cannot
 * be written, in sa->fault, is said once, as peers may rekey as often as they like.
 */
static void not_seen(struct ike_sa *sa)
{
	if (!sa->d->known_told)
		log_warn("when known peers were last seen is not written down: %s",
			 sa->fault.text);
	sa->d->known_told = true;
	/* it refuses nobody */
	memset(&sa->fault, 0, sizeof(sa->fault));
}

/* Under the lock; false, and the reason is in sa->fault. */
static bool seen_locked(struct ike_sa *sa, const struct lbtns_known_peer *p)
{
	const char *path = sa->d->conf->known_path;
	struct lbtns_known *k = &sa->d->known;
	size_t at = 0;
	int err;

	if (!refresh(sa, true))
		return false;
	switch (lbtns_known_check(k, p, &at)) {
	case LBTNS_KNOWN_MATCH:
		break;
	case LBTNS_KNOWN_UNSURE:
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "out of memory");
		return false;
	default:
		/* somebody has taken it out, or put another key in its place */
		return true;
	}
	k->entry[at].last = p->now;
	lbtns_known_prune(k, p->now, p->expire);
	err = lbtns_known_save(path, k);
	if (err) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "%.80s: %s", path,
			 strerror(-err));
		return false;
	}
	sa->d->known_told = false;
	return true;
}

/* Write a time anew, if the one of the file is too old for it. */
static void seen(struct ike_sa *sa, const struct lbtns_known_peer *p, size_t at)
{
	const char *path = sa->d->conf->known_path;
	uint64_t age = p->expire && p->expire / 8 < SEEN_AGAIN ?
			       p->expire / 8 : SEEN_AGAIN;
	bool ok = false;
	int fd;

	if (sa->d->known.entry[at].last + age > p->now)
		return;
	fd = lbtns_file_lock(path, LBTNS_KNOWN_WAIT);
	if (fd >= 0) {
		ok = seen_locked(sa, p);
		close(fd);
	} else {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "%.80s.lock: %s", path,
			 strerror(-fd));
	}
	if (!ok)
		not_seen(sa);
}

/* Is there room for one more, and for one more of this neighbour? */
static bool has_room(struct ike_sa *sa, const struct lbtns_known_peer *p)
{
	const struct conf *conf = sa->d->conf;
	int n = lbtns_known_near(&sa->d->known, &p->addr);

	if (n < 0) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "out of memory");
		return false;
	}
	if (sa->d->known.n >= conf->known_max) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it is new, and no more than known.max, %u, may be known: btnsctl known remove, or raise that",
			 conf->known_max);
		return false;
	}
	if ((uint32_t)n >= conf->known_max_near) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it is new, and known.max_near, %u, were learned from its address or /64: btnsctl known add, or raise that",
			 conf->known_max_near);
		return false;
	}
	return true;
}

/* Whom we called ourselves, or who is behind no NAT, is alone at its address. */
static bool write_down(struct ike_sa *sa, const struct lbtns_known_peer *p)
{
	const struct conf *conf = sa->d->conf;
	struct lbtns_known_entry e = {
		.where = LBTNS_KNOWN_PLAIN,
		.kind = sa->nat_remote && !sa->initiator ? LBTNS_KNOWN_NAT :
							   LBTNS_KNOWN_LEARNED,
		.addr = p->addr,
		.first = p->now,
		.last = p->now,
	};
	char addr[ADDR_STRLEN], key[LBTNS_KEY_TEXT_MAX];
	int err;

	memcpy(e.key, p->key, BTNS_DIGEST_LEN);
	err = conf->known_hash ? lbtns_known_hash(&e) : 0;
	if (!err)
		err = lbtns_known_add(&sa->d->known, &e);
	if (!err)
		err = lbtns_known_save(conf->known_path, &sa->d->known);
	if (err) {
		/* what is in memory only is not known */
		known_forget(sa->d);
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "it is new and cannot be written down: %.80s: %s",
			 conf->known_path, strerror(-err));
		return false;
	}
	sa_log(sa, LOG_NOTICE, "first contact: %s is known by key %s from now on",
	       addr_str(&sa->path.remote.addr, addr),
	       lbtns_key_text(e.key, key));
	return true;
}

/* Under the lock: is it still new, and if so, write it down. */
static bool learn_locked(struct ike_sa *sa, const struct lbtns_known_peer *p)
{
	struct lbtns_known *k = &sa->d->known;
	size_t at = 0;

	if (!refresh(sa, true))
		return false;
	switch (lbtns_known_check(k, p, &at)) {
	case LBTNS_KNOWN_MATCH:
		return true;
	case LBTNS_KNOWN_UNKNOWN:
	case LBTNS_KNOWN_EXPIRED:
		lbtns_known_prune(k, p->now, p->expire);
		return has_room(sa, p) && write_down(sa, p);
	case LBTNS_KNOWN_CHANGED:
		return refuse_changed(sa, at);
	case LBTNS_KNOWN_UNSURE:
		break;
	}
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "out of memory");
	return false;
}

static bool learn(struct ike_sa *sa, const struct lbtns_known_peer *p)
{
	const char *path = sa->d->conf->known_path;
	int fd = lbtns_file_lock(path, LBTNS_KNOWN_WAIT);
	bool ok;

	if (fd < 0) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "it is new and cannot be written down: %.80s.lock: %s",
			 path, strerror(-fd));
		return false;
	}
	ok = learn_locked(sa, p);
	close(fd);
	return ok;
}

/**
 * known_admit() - is a peer the one that is known by its address?
 * @sa: IKE SA whose peer has proved a key, and whom the PAD authorises
 *
 * Asks only of peers of the PAD's wildcard: everybody else has a key, or a
 * name, that an administrator wrote down. Who proves nothing (RFC 7619) is never
 * known, and does not get the place of a key that is.
 *
 * Return: true; or false, and sa->fault says why.
 */
bool known_admit(struct ike_sa *sa)
{
	enum conf_known mode = sa->d->conf->known;
	struct lbtns_known_peer p;
	bool nobody = sa->who.proof == BTNS_PAD_PROOF_NONE;
	size_t at = 0;

	if (mode == CONF_KNOWN_OFF || (!sa->stranger && !nobody))
		return true;
	if (!refresh(sa, false))
		return false;
	peer_of(sa, &p);
	switch (lbtns_known_check(&sa->d->known, &p, &at)) {
	case LBTNS_KNOWN_MATCH:
		seen(sa, &p, at);
		return true;
	case LBTNS_KNOWN_UNKNOWN:
	case LBTNS_KNOWN_EXPIRED:
		if (nobody)
			return true;
		return mode == CONF_KNOWN_STRICT ? refuse_unknown(sa) :
						   learn(sa, &p);
	case LBTNS_KNOWN_CHANGED:
		return nobody ? refuse_nobody(sa, at) : refuse_changed(sa, at);
	case LBTNS_KNOWN_UNSURE:
		break;
	}
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "out of memory");
	return false;
}

/**
 * known_seen() - a peer that was admitted is still there
 * @sa: IKE SA that has just been rekeyed
 *
 * Whoever never has to prove itself anew would expire otherwise, and another
 * key be taken in its place. Only the time is written: what an administrator
 * took away meanwhile is not learned again, and ends no IKE SA.
 */
void known_seen(struct ike_sa *sa)
{
	struct lbtns_known_peer p;
	size_t at = 0;

	if (sa->d->conf->known == CONF_KNOWN_OFF || !sa->stranger ||
	    sa->who.proof == BTNS_PAD_PROOF_NONE)
		return;
	peer_of(sa, &p);
	if (!refresh(sa, false)) {
		not_seen(sa);
		return;
	}
	switch (lbtns_known_check(&sa->d->known, &p, &at)) {
	case LBTNS_KNOWN_MATCH:
		seen(sa, &p, at);
		break;
	case LBTNS_KNOWN_UNSURE:
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "out of memory");
		not_seen(sa);
		break;
	default:
		break;
	}
}
