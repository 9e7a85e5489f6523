// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network and a clock made of memory, hosts that helpers run on, and what a test
 * looks at.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/parse.h"
#include "btnsd/log.h"
#include "temp.h"
#include "world.h"

/* ---- the network -------------------------------------------------------- */

/* put a datagram at the end of the queue */
void world_queue(struct world *w, struct packet *p)
{
	struct packet **end = &w->queue;

	p->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = p;
}

static struct packet *make_packet(int from, const struct path *path,
				  const void *data, size_t len)
{
	struct packet *p = malloc(sizeof(*p) + len);

	if (!p)
		abort();
	p->next = NULL;
	p->from = from;
	p->path = *path;
	p->len = len;
	memcpy(p->data, data, len);
	return p;
}

struct packet *world_copy(const struct packet *p)
{
	return make_packet(p->from, &p->path, p->data, p->len);
}

static int net_mock_send(void *ctx, const struct path *path, const void *data,
			 size_t len)
{
	struct world_host *h = ctx;
	struct world *w = h->w;
	struct packet *p;

	if (h->homeless)
		return -EADDRNOTAVAIL;
	p = make_packet((int)(h - w->h), path, data, len);
	w->sent++;
	if (w->filter && !w->filter(w, p)) {
		free(p);
		return 0;
	}
	world_queue(w, p);
	return 0;
}

static void net_mock_keepalive(void *ctx, const struct path *path)
{
	struct world_host *h = ctx;

	h->w->keepalives++;
	h->w->keepalive = *path;
}

static enum net_source net_mock_source(void *ctx, const struct path *path)
{
	const struct world_host *h = ctx;

	if (h->homeless || !addr_equal(&path->local.addr, &h->addr))
		return NET_SOURCE_FOREIGN;
	return h->mute ? NET_SOURCE_MUTE : NET_SOURCE_OURS;
}

static const struct net_ops mock_net = {
	.send = net_mock_send,
	.keepalive = net_mock_keepalive,
	.source = net_mock_source,
};

/* deliver one datagram; false if there is none */
bool world_step(struct world *w)
{
	struct packet *p = w->queue;
	struct path back;
	int i;

	if (!p)
		return false;
	w->queue = p->next;
	back.local = p->path.remote;
	back.remote = p->path.local;
	back.ifindex = 0;
	world_nat_out(w, &back.remote);
	if (!world_nat_in(w, &back.local)) {
		free(p);
		return true;
	}
	for (i = 0; i < WORLD_HOSTS; i++)
		if (w->h[i].up && addr_equal(&w->h[i].addr, &back.local.addr))
			btnsd_rx(&w->h[i].d, &back, p->data, p->len);
	free(p);
	return true;
}

/* deliver until nothing is under way */
void world_run(struct world *w)
{
	unsigned int limit = 2000;

	while (limit-- && world_step(w))
		;
	if (w->queue)
		abort();
}

/* let time pass; timers run in order, messages are delivered at once */
void world_advance(struct world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;
	int i;

	world_run(w);
	while (w->now < end) {
		uint64_t step = end - w->now;

		for (i = 0; i < WORLD_HOSTS; i++) {
			int64_t t = w->h[i].up ?
					    timer_next(&w->h[i].d.timers) :
					    -1;

			if (t >= 0 && (uint64_t)t < step)
				step = (uint64_t)t;
		}
		w->now += step;
		for (i = 0; i < WORLD_HOSTS; i++)
			if (w->h[i].up)
				timer_run(&w->h[i].d.timers);
		for (i = 0; i < WORLD_HOSTS; i++)
			world_policies_expire(w, i);
		world_run(w);
	}
}

/* a datagram from one host to another that no helper made */
void world_inject(struct world *w, int from, int to, const void *data,
		  size_t len)
{
	struct path path = {
		.local = { .addr = w->h[from].addr, .port = 500 },
		.remote = { .addr = w->h[to].addr, .port = 500 },
	};

	world_queue(w, make_packet(from, &path, data, len));
}

/* header of a datagram */
bool world_hdr(const struct packet *p, struct ike_hdr *hdr)
{
	return ike_parse_header(span(p->data, p->len), hdr) == IKE_PARSE_OK;
}

/* ---- hosts -------------------------------------------------------------- */

static uint64_t mock_now(void *arg)
{
	return ((struct world *)arg)->now;
}

static void keep_log(int prio, const char *line, void *arg)
{
	struct world *w = arg;
	size_t used = strlen(w->log), len = strlen(line);

	world_keep_secrets(w, line);
	if (getenv("BTNS_TEST_LOG"))
		fprintf(stderr, "# %8llu %d %s\n",
			(unsigned long long)w->now, prio, line);
	if (prio > LOG_INFO)
		return;
	if (used + len + 2 > sizeof(w->log)) {
		memmove(w->log, w->log + used / 2, used - used / 2 + 1);
		used = strlen(w->log);
	}
	snprintf(w->log + used, sizeof(w->log) - used, "%s\n", line);
}

bool world_logged(const struct world *w, const char *text)
{
	return strstr(w->log, text);
}

void world_forget_log(struct world *w)
{
	w->log[0] = '\0';
}

void world_init(struct world *w)
{
	int i;

	memset(w, 0, sizeof(*w));
	w->now = 1000000;
	w->last_spi = 0xc0000000;
	/* all of it, though only what an administrator sees is kept */
	log_verbose(1);
	log_sink(keep_log, w);
	for (i = 0; i < WORLD_HOSTS; i++) {
		char text[32];

		w->h[i].w = w;
		w->h[i].k.w = w;
		snprintf(text, sizeof(text), "10.0.0.%d", i + 1);
		addr_parse(&w->h[i].addr, text);
	}
}

/* private keys that no helper has just now: reading one takes longer than using it */
static struct key *idle[WORLD_HOSTS][KEY_ED25519 + 1];

static void end_helper(struct world_host *h)
{
	struct key **place = &idle[h - h->w->h][h->type];

	/* unless it has got another since */
	if (!*place && h->d.key == h->key) {
		*place = h->d.key;
		h->d.key = NULL;
	}
	btnsd_fini(&h->d);
}

void world_fini(struct world *w)
{
	struct packet *p;
	int i;

	world_keep_secrets(w, NULL);
	for (i = 0; i < WORLD_HOSTS; i++)
		if (w->h[i].up)
			end_helper(&w->h[i]);
	while ((p = w->queue)) {
		w->queue = p->next;
		free(p);
	}
	while ((p = w->kept)) {
		w->kept = p->next;
		free(p);
	}
	log_sink(NULL, NULL);
}

/* file of a host's key */
const char *world_key_path(int host, enum key_type type)
{
	static char path[TEMP_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d-%d", temp_folder(), host, type);
	return path;
}

/* file of a host's store of peers, or one beside it */
const char *world_store_path(int host, const char *suffix)
{
	static char path[TEMP_PATH_MAX];

	snprintf(path, sizeof(path), "%s/peers-%d%s", temp_folder(), host,
		 suffix);
	return path;
}

static bool made[WORLD_HOSTS][KEY_ED25519 + 1];

static void __attribute__((destructor)) free_idle(void)
{
	int i, j;

	for (i = 0; i < WORLD_HOSTS; i++)
		for (j = 0; j <= KEY_ED25519; j++)
			key_free(idle[i][j]);
}

/* a key for each host and kind is made once: RSA takes its time */
struct key *world_key(int host, enum key_type type)
{
	const char *path = world_key_path(host, type);
	struct key *k = NULL;

	if (!made[host][type]) {
		if (key_generate(type, &k) != CRYPTO_OK ||
		    key_save(k, path) != CRYPTO_OK)
			abort();
		made[host][type] = true;
		return k;
	}
	if (key_load(path, &k) != CRYPTO_OK)
		abort();
	return k;
}

/*
 * Without a word of it in its configuration a helper does no additional key
 * exchange: the default, and so how many messages there are, depends on which
 * OpenSSL the test runs with. And it keeps SAs that nobody uses: of most tests
 * nobody is.
 */
static void quiet_defaults(struct conf *c, const char *conf)
{
	if (c && !(conf && strstr(conf, "additional")))
		c->n_addke = 0;
	if (c && !(conf && strstr(conf, "keep =")))
		c->child_keep = true;
}

/* start a helper on a host; its kernel is as it was */
bool world_up(struct world *w, int host, enum key_type type, const char *conf)
{
	struct world_host *h = &w->h[host];
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_string(conf ? conf : "", err);
	struct key *k = idle[host][type];

	idle[host][type] = NULL;
	if (!k)
		k = world_key(host, type);
	h->type = type;
	h->key = k;
	quiet_defaults(c, conf);
	memset(&h->d, 0, sizeof(h->d));
	h->d.kern = &world_kern_ops;
	h->d.kern_ctx = &h->k;
	h->d.net = &mock_net;
	h->d.net_ctx = h;
	h->d.timers.now = mock_now;
	h->d.timers.now_arg = w;
	/* numbers of different lives differ, as random SPIs do */
	h->d.next_id = (uint32_t)(w->now % 1000) * 10;
	if (!c || !k || btnsd_init(&h->d, c, k)) {
		fprintf(stderr, "# host %d: %s\n", host, err);
		conf_free(c);
		key_free(k);
		return false;
	}
	h->up = true;
	if (h->store)
		h->d.store.path = strdup(world_store_path(host, ""));
	return !btnsd_start(&h->d);
}

/* kill -9: nobody is told, and the kernel keeps all but SPIs that are only reserved */
void world_crash(struct world *w, int host)
{
	struct world_host *h = &w->h[host];

	h->d.stopping = false;
	end_helper(h);
	h->up = false;
}

struct lbtns_pad_entry *world_pad_add(struct world *w, int host,
				      const char *name)
{
	struct world_kern *k = &w->h[host].k;
	struct lbtns_pad_entry *e = &k->pad[k->n_pad++];

	memset(e, 0, sizeof(*e));
	snprintf(e->name, sizeof(e->name), "%s", name);
	return e;
}

/* the wildcard; call it last */
void world_pad_any(struct world *w, int host)
{
	world_pad_add(w, host, "any")->flags = BTNS_PAD_FLAGS_BTNS |
					       BTNS_PAD_FLAGS_WILDCARD;
}

void world_pad_prefix(struct lbtns_pad_entry *e, const char *prefix)
{
	lbtns_prefix_parse(prefix, &e->prefixes[e->n_prefixes++], NULL);
}

/* the key of another host, which is or will be up with Ed25519 */
void world_pad_key(struct world *w, struct lbtns_pad_entry *e, int of)
{
	struct key *k = world_key(of, KEY_ED25519);

	(void)w;
	memcpy(e->keys[e->n_keys++], key_fingerprint(k), BTNS_DIGEST_LEN);
	key_free(k);
}

/* the first packet of a connection to a port: the first policy that fits asks */
void world_acquire(struct world *w, int host, int to, uint16_t rport)
{
	const struct addr *there = world_seen(w, to);
	struct world_host *h = &w->h[host];
	struct kern_acquire acq = {
		.local = h->addr,
		.remote = *there,
		.sel = {
			.local = h->addr,
			.remote = *there,
			.local_plen = 32,
			.remote_plen = 32,
			.proto = IPPROTO_TCP,
			.lport = 40000,
			.rport = rport,
			.lmask = 0xffff,
			.rmask = 0xffff,
		},
		.seq = ++w->last_seq,
		.usable = true,
	};
	size_t i;

	for (i = 0; i < h->k.n_policies; i++) {
		struct kern_policy *p = &h->k.policy[i];

		if (p->inbound || !sel_within(&acq.sel, &p->sel))
			continue;
		/* what needs no SA asks for none */
		if (p->action != KERN_PROTECT)
			return;
		acq.policy = p->sel;
		acq.reqid = p->reqid;
		acq.optional = p->optional;
		acq.tunnel = p->tunnel;
		btnsd_events.acquire(&h->d, &acq);
		return;
	}
}

/* ---- what a test looks at ----------------------------------------------- */

/* directions from @a to @b in which both ends have the same SA and key */
static unsigned int one_way(const struct world *w, int a, int b)
{
	const struct world_kern *ka = &w->h[a].k, *kb = &w->h[b].k;
	unsigned int n = 0;
	size_t i, j;

	for (i = 0; i < ka->top; i++) {
		const struct world_sa *out = &ka->sa[i];

		if (!out->used || out->larval || out->inbound ||
		    !addr_equal(&out->dst, world_seen(w, b)))
			continue;
		for (j = 0; j < kb->top; j++) {
			const struct world_sa *in = &kb->sa[j];

			if (in->used && !in->larval && in->inbound &&
			    in->spi == out->spi && in->encr == out->encr &&
			    in->integ == out->integ &&
			    in->key_len == out->key_len &&
			    in->key_len && !memcmp(in->key, out->key, in->key_len))
				n++;
		}
	}
	return n;
}

/* pairs of SAs over which both hosts can talk */
unsigned int world_pairs(const struct world *w, int a, int b)
{
	unsigned int there = one_way(w, a, b), back = one_way(w, b, a);

	return there < back ? there : back;
}

/* SAs in a host's kernel, larval ones not counted */
unsigned int world_installed(const struct world *w, int host)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < w->h[host].k.top; i++)
		if (w->h[host].k.sa[i].used && !w->h[host].k.sa[i].larval)
			n++;
	return n;
}

unsigned int world_ike(const struct world *w, int host, enum ike_state state)
{
	const struct ike_sa *sa;
	unsigned int n = 0;

	for (sa = w->h[host].d.sas; sa; sa = sa->next)
		if (sa->state == state)
			n++;
	return n;
}

/* a host's newest established IKE SA */
struct ike_sa *world_sa(struct world *w, int host)
{
	struct ike_sa *sa;

	for (sa = w->h[host].d.sas; sa; sa = sa->next)
		if (sa->state == IKE_ST_ESTABLISHED)
			return sa;
	return NULL;
}
