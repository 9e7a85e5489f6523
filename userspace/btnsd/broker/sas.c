// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A balanced tree of the C library: SPIs of outbound SAs are chosen by peers,
 * who could fill one chain of a hash table.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/broker/sas.h"

static int order(const void *x, const void *y)
{
	const struct sas_sa *a = x, *b = y;

	if (a->spi != b->spi)
		return a->spi < b->spi ? -1 : 1;
	if (a->dst.family != b->dst.family)
		return a->dst.family < b->dst.family ? -1 : 1;
	return memcmp(a->dst.b, b->dst.b, sizeof(a->dst.b));
}

/**
 * sas_find() - an SA by its name
 * @s: SAs
 * @spi: host byte order
 * @dst: destination address of its packets
 *
 * Return: the SA, NULL if there is none.
 */
struct sas_sa *sas_find(const struct sas *s, uint32_t spi,
			const struct addr *dst)
{
	const struct sas_sa like = { .spi = spi, .dst = *dst };
	struct sas_sa **at = tfind(&like, &s->root, order);

	return at ? *at : NULL;
}

/**
 * sas_add() - an SA, which may be there already
 * @s: SAs
 * @spi: host byte order
 * @dst: destination address of its packets
 *
 * Return: the SA; NULL if there are too many or memory ran out.
 */
struct sas_sa *sas_add(struct sas *s, uint32_t spi, const struct addr *dst)
{
	struct sas_sa *sa = sas_find(s, spi, dst);

	if (sa)
		return sa;
	sa = s->n < SAS_MAX ? calloc(1, sizeof(*sa)) : NULL;
	if (!sa)
		return NULL;
	sa->spi = spi;
	sa->dst = *dst;
	if (!tsearch(sa, &s->root, order)) {
		free(sa);
		return NULL;
	}
	s->n++;
	return sa;
}

/**
 * sas_remove() - forget an SA
 * @s: SAs
 * @spi: host byte order
 * @dst: destination address of its packets
 */
void sas_remove(struct sas *s, uint32_t spi, const struct addr *dst)
{
	struct sas_sa *sa = sas_find(s, spi, dst);

	if (!sa)
		return;
	tdelete(sa, &s->root, order);
	free(sa);
	s->n--;
}

/* one that is looked at while the tree is walked, and taken out after it */
struct walk {
	bool (*gone)(const struct sas_sa *sa, void *arg);
	void *arg;
	struct sas_sa **list;
	size_t n;
};

static void look(const void *node, VISIT which, void *arg)
{
	struct sas_sa *sa = *(struct sas_sa *const *)node;
	struct walk *w = arg;

	if ((which == postorder || which == leaf) && w->gone(sa, w->arg))
		w->list[w->n++] = sa;
}

/**
 * sas_drop() - forget those that are gone
 * @s: SAs
 * @gone: says so of one
 * @arg: for @gone
 *
 * Without memory for it nothing is forgotten.
 */
void sas_drop(struct sas *s, bool (*gone)(const struct sas_sa *sa, void *arg),
	      void *arg)
{
	struct walk w = { .gone = gone, .arg = arg };

	w.list = calloc(s->n + 1, sizeof(struct sas_sa *));
	if (!w.list)
		return;
	twalk_r(s->root, look, &w);
	while (w.n) {
		struct sas_sa *sa = w.list[--w.n];

		sas_remove(s, sa->spi, &sa->dst);
	}
	free(w.list);
}

/**
 * sas_clear() - forget all
 * @s: SAs
 */
void sas_clear(struct sas *s)
{
	tdestroy(s->root, free);
	s->root = NULL;
	s->n = 0;
}
