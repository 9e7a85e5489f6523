// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which event comes next. Chance is here and nowhere else, and nothing that
 * the kernel answers comes in: the same seed gives the same sequence.
 */
#include <stdio.h>

#include "tests/tools/torture.h"

#define ROUND	60	/* events from one quiet time to the next */
#define PAUSE	12	/* longest traffic between two events, ms */

static uint64_t state;
static unsigned long n_steps;

/* A Weyl sequence whose bits are then mixed: plain, and good enough. */
static uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 31) * 0xd6e8feb86659fd93ULL;
	z = (z ^ z >> 29) * 0xa0761d6478bd642fULL;
	return z ^ z >> 32;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)(draw() % n);
}

static unsigned int draw_kind(void)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < n_event_kinds; i++)
		sum += event_kinds[i].weight;
	at = below(sum);
	for (i = 0; at >= event_kinds[i].weight; i++)
		at -= event_kinds[i].weight;
	return i;
}

void plan_start(uint64_t seed)
{
	state = seed;
	n_steps = 0;
}

/* All is drawn always, so that a kind's use of it changes nothing else. */
void plan_next(struct step *s)
{
	s->n = n_steps++;
	s->kind = draw_kind();
	s->host = below(HOSTS);
	s->slot = below(SLOTS);
	s->family = below(FAMILIES);
	s->way = below(WAYS);
	s->a = (unsigned int)draw() & 0xffff;
	s->b = (unsigned int)draw() & 0xffff;
	s->pause = below(PAUSE);
	s->last = !below(3);
	if (s->n % ROUND == ROUND - 1) {
		s->kind = 0;	/* quiet */
		s->last = true;
	}
}

void plan_print(FILE *f, const struct step *s)
{
	fprintf(f, "step %lu %s host %c family %c way %u slot %u a %u b %u pause %u%s\n",
		s->n, event_kinds[s->kind].name, s->host == HOST_A ? 'a' : 'b',
		s->family == V4 ? '4' : '6', s->way, s->slot, s->a, s->b,
		s->pause, s->last ? " look" : "");
}
