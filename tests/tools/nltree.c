// SPDX-License-Identifier: GPL-2.0-or-later
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "tests/tools/nltree.h"

#define ATTRS_MAX	512
/* By so much an attribute becomes longer or shorter. */
#define RESIZE		4

/* An attribute: where it is, and the nest that it is in. */
struct attr {
	size_t at;
	int parent;	/* index, -1 for none */
};

/* A request that changes, and its attributes as they were when it was read. */
struct tree {
	uint64_t *rng;
	uint8_t *data;
	size_t len;
	size_t cap;
	struct attr attrs[ATTRS_MAX];
	size_t count;
};

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void put16(uint8_t *p, size_t v)
{
	uint16_t w = (uint16_t)v;

	memcpy(p, &w, sizeof(w));
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void find_attrs(struct tree *t, size_t from, size_t end, int parent)
{
	while (from + NLA_HDRLEN <= end && t->count < ATTRS_MAX) {
		size_t len = get16(t->data + from);
		int mine = (int)t->count;

		if (len < NLA_HDRLEN || len > end - from)
			return;
		t->attrs[t->count++] = (struct attr){ from, parent };
		if (get16(t->data + from + 2) & NLA_F_NESTED)
			find_attrs(t, from + NLA_HDRLEN, from + len, mine);
		from += padded(len);
	}
}

static void find_tree(struct tree *t)
{
	t->count = 0;
	find_attrs(t, GENL_HDRLEN, t->len, -1);
}

/* The nests around became longer, or shorter; most of them know it. */
static void adjust(struct tree *t, int parent, long by)
{
	for (; parent >= 0; parent = t->attrs[parent].parent) {
		uint8_t *nest = t->data + t->attrs[parent].at;

		if (mutate_below(t->rng, 32))
			put16(nest, (size_t)(get16(nest) + by));
	}
}

/* With what pads it. */
static size_t size_of(const struct tree *t, size_t at)
{
	size_t n = padded(get16(t->data + at));

	return n < t->len - at ? n : t->len - at;
}

/* The same once more, or one of another seed, behind an attribute. */
static void add(struct tree *t, const struct attr *a, const uint8_t *what,
		size_t n)
{
	size_t at = a->at + size_of(t, a->at);
	uint8_t copy[4096];

	if (n > sizeof(copy) || n > t->cap - t->len)
		return;
	memcpy(copy, what, n);
	memmove(t->data + at + n, t->data + at, t->len - at);
	memcpy(t->data + at, copy, n);
	t->len += n;
	adjust(t, a->parent, (long)n);
}

static void drop(struct tree *t, const struct attr *a)
{
	size_t n = size_of(t, a->at);

	t->len -= n;
	memmove(t->data + a->at, t->data + a->at + n, t->len - a->at);
	adjust(t, a->parent, -(long)n);
}

/* Longer or shorter by a few octets, and it says so. */
static void resize(struct tree *t, const struct attr *a)
{
	size_t now = get16(t->data + a->at) +
		     mutate_below(t->rng, 2 * RESIZE + 1);
	size_t was = size_of(t, a->at), n;

	now = now < NLA_HDRLEN + RESIZE ? NLA_HDRLEN : now - RESIZE;
	n = padded(now);
	if (n > t->cap - t->len)
		return;
	put16(t->data + a->at, now);
	memmove(t->data + a->at + n, t->data + a->at + was,
		t->len - a->at - was);
	if (n > was)
		memset(t->data + a->at + was, 'x', n - was);
	t->len = t->len + n - was;
	adjust(t, a->parent, (long)n - (long)was);
}

static void set_value(struct tree *t, const struct attr *a)
{
	size_t n = get16(t->data + a->at) - (size_t)NLA_HDRLEN;
	uint8_t *value = t->data + a->at + NLA_HDRLEN;
	uint64_t v = mutate_odd_number(t->rng);

	if (n <= sizeof(v))
		memcpy(value, &v, n);
	else
		mutate_bytes(t->rng, value, n, n);
}

static void splice(struct tree *t, const struct attr *a, const struct corpus *c)
{
	const struct seed *s = &c->seeds[mutate_below(t->rng, c->count)];
	static struct tree other;
	size_t at;

	other.data = s->data;
	other.len = s->len;
	find_tree(&other);
	if (!other.count)
		return;
	at = other.attrs[mutate_below(t->rng, other.count)].at;
	add(t, a, s->data + at, size_of(&other, at));
}

/* Its number, its flags, or its length and nobody else's. */
static void set_header(struct tree *t, const struct attr *a)
{
	uint8_t *type = t->data + a->at + 2;
	uint16_t len = get16(t->data + a->at);

	switch (mutate_below(t->rng, 4)) {
	case 0:
		put16(type, (get16(type) & ~NLA_TYPE_MASK) |
			    mutate_below(t->rng, 24));
		return;
	case 1:
		put16(type, get16(type) ^ (mutate_below(t->rng, 4) ?
					   NLA_F_NESTED : NLA_F_NET_BYTEORDER));
		return;
	case 2:
		put16(t->data + a->at, len + mutate_below(t->rng, 9) - 4);
		return;
	default:
		put16(t->data + a->at, mutate_odd_number(t->rng));
	}
}

size_t nltree_mutate(uint64_t *rng, uint8_t *data, size_t len, size_t cap,
		     const struct corpus *c)
{
	static struct tree t;
	const struct attr *a;

	t.rng = rng;
	t.data = data;
	t.len = len;
	t.cap = cap;
	find_tree(&t);
	if (!t.count || !mutate_below(rng, 8))
		return mutate_bytes(rng, data, len, cap);
	a = &t.attrs[mutate_below(rng, t.count)];
	switch (mutate_below(rng, 10)) {
	case 0:
	case 1:
	case 2:
		set_header(&t, a);
		break;
	case 3:
		resize(&t, a);
		break;
	case 4:
		add(&t, a, data + a->at, size_of(&t, a->at));
		break;
	case 5:
		drop(&t, a);
		break;
	case 6:
		splice(&t, a, c);
		break;
	default:
		set_value(&t, a);
	}
	return t.len;
}
