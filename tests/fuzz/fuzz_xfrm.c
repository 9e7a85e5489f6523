// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes where btnsd awaits events about SAs and policies. What it is told of
 * must be complete: addresses of one IP version, prefixes that fit them.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsd/kern_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_sel(const struct sel *s)
{
	must(addr_len(s->local.family) && s->local.family == s->remote.family);
	must(s->local_plen <= addr_bits(s->local.family) &&
	     s->remote_plen <= addr_bits(s->remote.family));
}

static void on_acquire(void *arg, const struct kern_acquire *a)
{
	(void)arg;
	must(addr_len(a->local.family) && a->local.family == a->remote.family);
	check_sel(&a->sel);
	check_sel(&a->policy);
}

static void on_expire(void *arg, uint32_t spi, const struct addr *dst, bool hard)
{
	(void)arg;
	(void)hard;
	must(spi && addr_len(dst->family));
}

static void on_mapping(void *arg, uint32_t spi, const struct addr *dst,
		       const struct endpoint *from)
{
	(void)arg;
	(void)spi;
	must(addr_len(dst->family) && dst->family == from->addr.family);
}

static void on_sa_gone(void *arg, uint32_t spi, const struct addr *dst)
{
	(void)arg;
	(void)spi;
	must(addr_len(dst->family));
}

static void on_any(void *arg)
{
	(void)arg;
}

static const struct kern_events events = {
	.acquire = on_acquire,
	.expire = on_expire,
	.mapping = on_mapping,
	.sa_gone = on_sa_gone,
	.sa_flushed = on_any,
	.policy_changed = on_any,
	.pad_changed = on_any,
	.lost = on_any,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t own[KERN_EVENT_OWN] = { 1, 2 };
	/* of its own, so that one octet too far is seen */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	kern_event_parse(copy, size, own, &events, NULL);
	free(copy);
	return 0;
}
