// SPDX-License-Identifier: GPL-2.0-or-later
/* What hosts begin with in most tests, and what is asked of them there. */
#include <netinet/in.h>
#include <stdio.h>

#include "btnsd/ike/fsm.h"
#include "world.h"

/* a host protects all that it says to the others */
void world_protect(struct world *w, int host)
{
	world_policy(w, host, WORLD_NET, WORLD_NET, 0, 0, 0, true);
}

/* a host protects TCP from and to the ports 80 and 81, each apart */
void world_protect_ports(struct world *w, int host)
{
	uint16_t port;

	for (port = 80; port <= 81; port++) {
		world_policy(w, host, WORLD_NET, WORLD_NET, IPPROTO_TCP, 0,
			     port, true);
		world_policy(w, host, WORLD_NET, WORLD_NET, IPPROTO_TCP, port,
			     0, true);
	}
}

/* the policies that a host has last, both ways: in tunnel mode, to that end */
void world_tunnel(struct world *w, int host, const char *remote)
{
	struct world_kern *k = &w->h[host].k;
	size_t i;

	for (i = k->n_policies - 2; i < k->n_policies; i++) {
		k->policy[i].tunnel = true;
		k->policy[i].local = w->h[host].addr;
		addr_parse(&k->policy[i].remote, remote);
	}
}

/* a world whose first hosts take anybody and protect all; none is up */
void world_begin(struct world *w, int hosts)
{
	int i;

	world_init(w);
	for (i = 0; i < hosts; i++) {
		world_pad_any(w, i);
		world_protect(w, i);
	}
}

/* a world of two such hosts, both up; false if one would not start */
bool world_two(struct world *w, enum key_type type, const char *conf_a,
	       const char *conf_b)
{
	world_begin(w, 2);
	return world_up(w, 0, type, conf_a) && world_up(w, 1, type, conf_b);
}

/* a world whose first two hosts protect all and have no PAD entry; none is up */
void world_strangers(struct world *w)
{
	world_init(w);
	world_protect(w, 0);
	world_protect(w, 1);
}

/* a host comes up under a name, with these PAD entries */
bool world_up_named(struct world *w, int host, const char *name,
		    const char *entries)
{
	char conf[4096];

	snprintf(conf, sizeof(conf),
		 "identity = { id = \"fqdn:%s\"; };\npad = ( %s );\n", name,
		 entries);
	return world_up(w, host, KEY_ED25519, conf);
}

/* a packet from @from to @to meets the first policy of a host */
void world_packet(struct world *w, int host, const char *from, const char *to,
		  const char *remote)
{
	const struct kern_policy *p = &w->h[host].k.policy[0];
	struct kern_acquire acq = {
		.local = w->h[host].addr,
		.sel = { .proto = IPPROTO_TCP, .lport = 40000, .rport = 80,
			 .lmask = 0xffff, .rmask = 0xffff },
		.policy = p->sel,
		.seq = 7,
		.reqid = p->reqid,
		.tunnel = p->tunnel,
		.usable = true,
	};

	addr_parse(&acq.remote, remote);
	addr_parse_prefix(&acq.sel.local, &acq.sel.local_plen, from);
	addr_parse_prefix(&acq.sel.remote, &acq.sel.remote_plen, to);
	btnsd_events.acquire(&w->h[host].d, &acq);
}

/* an exchange of a host's newest IKE SA, or of its first child SA; false without */
bool world_start(struct world *w, int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(w, host);

	if (!sa)
		return false;
	switch (kind) {
	case TASK_REKEY:
		life_rekey(sa->children);
		break;
	case TASK_DELETE_CHILD:
		life_delete_child(sa->children);
		break;
	case TASK_DELETE_IKE:
		life_close(sa);
		break;
	default:
		task_add(sa, kind);
	}
	fsm_start(sa);
	return true;
}

/* SPIs that a host has reserved and made no SA of */
unsigned int world_larval(const struct world *w, int host)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++)
		n += w->h[host].k.sa[i].used && w->h[host].k.sa[i].larval;
	return n;
}

/* a host has IKE SAs of so many others, who are strangers to it or are not */
bool world_crowd(struct world *w, int host, unsigned int n, bool strangers)
{
	struct path path = {
		.local = { .addr = w->h[host].addr, .port = IKE_PORT },
		.remote = { .addr = w->h[host].addr, .port = IKE_PORT },
	};
	unsigned int i;

	path.remote.addr.b[1] = 8;
	for (i = 0; i < n; i++) {
		struct ike_sa *sa;

		path.remote.addr.b[2] = (uint8_t)(i >> 8);
		path.remote.addr.b[3] = (uint8_t)i;
		sa = sa_new_responder(&w->h[host].d, &path, i + 1);
		if (!sa)
			return false;
		if (strangers) {
			sa->authenticated = true;
			sa->peer.type = BTNS_ID_TYPE_PUBLICKEY;
			sa->stranger = true;
		}
		sa_set_state(sa, IKE_ST_ESTABLISHED);
	}
	return true;
}

/* of a host's Ed25519 key, as a configuration has it; until the next call */
const char *world_fingerprint(int host)
{
	static char text[LBTNS_KEY_TEXT_MAX];
	struct key *k = world_key(host, KEY_ED25519);

	lbtns_key_text(key_fingerprint(k), text);
	key_free(k);
	return text;
}
