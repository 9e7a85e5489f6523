// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Structs between broker and reader: each octet of each struct travels, so that
 * a member which is new in one of them is not silently zero on the other side.
 */
#include "ktap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/broker/proto.h"

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define HAS_PADDING	1
#endif
#endif

#ifdef HAS_PADDING
static struct proto_msg m, other;

/** struct left - octets that stay at home, and why that is right */
struct left {
	size_t at;
	size_t len;
};

static bool is_left(const struct left *left, size_t i)
{
	for (; left->len; left++)
		if (i >= left->at && i - left->at < left->len)
			return true;
	return false;
}

/* does the message differ if one octet of the struct does? */
static bool travels(const struct proto_layout *l, uint8_t *octets, size_t i)
{
	proto_begin(&m, 1);
	proto_put(&m, l, octets);
	octets[i] ^= 1;
	proto_begin(&other, 1);
	proto_put(&other, l, octets);
	octets[i] ^= 1;
	return m.len != other.len || memcmp(m.body, other.body, m.len);
}

static bool is_zero(const uint8_t *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

/*
 * @p is all 'x', so that no text ends early, and zero where the compiler has left
 * room between members; @back has room for another.
 */
static void check(const char *name, const struct proto_layout *l, void *p,
		  void *back, size_t size, const struct left *left)
{
	uint8_t *octets = p, *member = malloc(size);
	struct span rest;
	size_t i;

	for (i = 0; i < size; i++)
		member[i] = octets[i] && !is_left(left, i);
	for (i = 0; i < size; i++)
		if (member[i] && !CHECK(travels(l, octets, i)))
			ktap_note("%s: octet %zu stays at home", name, i);
	/*
	 * And to where it was. Of all zero each member may be one, but what is
	 * no address (refused) and what is behind a text's end (not sent).
	 */
	for (i = 0; i < size; i++) {
		if (!member[i])
			continue;
		memset(octets, 0, size);
		octets[i] = 1;
		proto_begin(&m, 1);
		proto_put(&m, l, octets);
		if (!proto_get(&m, l, back, &rest))
			continue;
		if (!CHECK(!memcmp(back, octets, size) || is_zero(back, size)))
			ktap_note("%s: octet %zu comes back as another", name, i);
	}
	free(member);
}

#define CHECK_ALL(layout, type, ...)                                          \
	do {                                                                  \
		static const struct left left[] = { __VA_ARGS__ };            \
		type *t_ = malloc(sizeof(*t_)), *b_ = malloc(sizeof(*b_));    \
									      \
		memset(t_, 'x', sizeof(*t_));                                 \
		__builtin_clear_padding(t_);                                  \
		check(#type, &proto_##layout##_layout, t_, b_, sizeof(*t_),   \
		      left);                                                  \
		free(t_);                                                     \
		free(b_);                                                     \
	} while (0)
#else
#define CHECK_ALL(layout, type, ...)                                          \
	do {                                                                  \
		(void)&proto_##layout##_layout;                               \
		ktap_skip("the compiler does not tell padding from members"); \
	} while (0)
#endif

#define NOTHING		{ 0, 0 }
/* the last octet of a text is its end */
#define END(type, m) \
	{ offsetof(type, m) + sizeof(((type *)0)->m) - 1, 1 }
#define WHOLE(type, m)	{ offsetof(type, m), sizeof(((type *)0)->m) }

static void kernel(void)
{
	/* the key itself follows, as what it points to */
	CHECK_ALL(kern_sa, struct kern_sa, WHOLE(struct kern_sa, key), NOTHING);
	CHECK_ALL(found, struct kern_found, NOTHING);
	CHECK_ALL(policy, struct kern_policy, NOTHING);
	CHECK_ALL(acquire, struct kern_acquire, NOTHING);
}

static void module(void)
{
	CHECK_ALL(sa, struct lbtns_sa, END(struct lbtns_sa, peer.name),
		  END(struct lbtns_sa, local.name), NOTHING);
	CHECK_ALL(latch, struct lbtns_latch, END(struct lbtns_latch, enc),
		  END(struct lbtns_latch, auth),
		  END(struct lbtns_latch, peer.name),
		  END(struct lbtns_latch, local.name), NOTHING);
	CHECK_ALL(pad, struct proto_pad, END(struct proto_pad, e.name),
		  END(struct proto_pad, e.id.name), NOTHING);
}

static void own(void)
{
	CHECK_ALL(name, struct proto_name, NOTHING);
	CHECK_ALL(peer, struct proto_peer, END(struct proto_peer, peer.name),
		  NOTHING);
	CHECK_ALL(sign, struct proto_sign, NOTHING);
	CHECK_ALL(mac, struct proto_mac, END(struct proto_mac, name), NOTHING);
	CHECK_ALL(value, struct proto_value, NOTHING);
	CHECK_ALL(event, struct proto_event, NOTHING);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "what the kernel is asked and says travels whole", kernel },
		{ "bindings, latches and the PAD travel whole", module },
		{ "and what belongs to broker and reader alone", own },
	};

	return KTAP_RUN(tests);
}
