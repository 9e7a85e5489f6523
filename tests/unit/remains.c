// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All memory that can be written is read as it is, octet by octet: live and
 * freed heap, the stack above and below us, data of the program and of its
 * libraries.
 */
#include "remains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"

#define SLOT_BITS	17
#define SLOTS		(1u << SLOT_BITS)
#define REGIONS_MAX	8192
/* what is larger is a sanitizer's own, which has no octets of ours */
#define REGION_MAX	((uintptr_t)64 << 20)
#define NOTES_MAX	12
#define LOOKED_MAX	64

/* what may be a window: small enough to stay in the nearest cache */
#define MAYBE_BITS	18
static uint8_t maybe[1 << (MAYBE_BITS - 3)];

/* windows of secrets, masked; 0 is none */
static uint64_t window[SLOTS];
static const char *of[SLOTS];
static unsigned int windows;

static unsigned int found;
static unsigned int notes;

bool remains_meant;

uint64_t remains_copy[REMAINS_STACK / sizeof(uint64_t)];

/* octets as they lie, whatever they are of */
typedef uint64_t __attribute__((aligned(1), may_alias)) unaligned;

struct region {
	uintptr_t from;
	uintptr_t to;
	char name[48];
};

static struct region region[REGIONS_MAX];

static inline __attribute__((always_inline)) NO_SANITIZER
uint64_t hash(uint64_t masked)
{
	return masked * 0x9e3779b97f4a7c15;
}

/* the slot that has a masked window, or the one where it would be */
static inline __attribute__((always_inline)) NO_SANITIZER
uint32_t slot(uint64_t masked)
{
	uint32_t i = (uint32_t)(hash(masked) >> (64 - SLOT_BITS));

	while (window[i] && window[i] != masked)
		i = (i + 1) % SLOTS;
	return i;
}

bool remains_can(void)
{
	const char *preload = getenv("LD_PRELOAD");

	if (!preload || !strstr(preload, "vgpreload"))
		return true;
	ktap_skip("valgrind lets nobody read the stack below himself");
	return false;
}

void remains_reset(void)
{
	memset(maybe, 0, sizeof(maybe));
	memset(window, 0, sizeof(window));
	windows = 0;
	found = 0;
	notes = 0;
}

static void learn(const char *what, const uint8_t *at)
{
	uint64_t masked = 0, bit;
	uint32_t i;

	memcpy(&masked, at, REMAINS_WINDOW);
	masked ^= REMAINS_MASK64;
	i = slot(masked);
	if (window[i])
		return;
	/* a full table would find no end */
	if (++windows > SLOTS / 2)
		abort();
	window[i] = masked;
	of[i] = what;
	bit = hash(masked) >> (64 - MAYBE_BITS);
	maybe[bit / 8] |= (uint8_t)(1u << bit % 8);
}

void remains_learn(const char *what, const void *data, size_t len)
{
	size_t i;

	for (i = 0; i + REMAINS_WINDOW <= len; i += REMAINS_WINDOW)
		learn(what, (const uint8_t *)data + i);
	if (len > REMAINS_WINDOW)
		learn(what, (const uint8_t *)data + len - REMAINS_WINDOW);
}

/* in the copy of the stack it is the depth that tells something */
static void tell(const char *what, const char *where, uintptr_t at)
{
	uintptr_t end = (uintptr_t)remains_copy + sizeof(remains_copy);

	if (remains_meant || notes++ >= NOTES_MAX)
		return;
	if (at >= (uintptr_t)remains_copy && at < end)
		ktap_note("%s: left %s, %" PRIuPTR " octets down", what, where,
			  end - at);
	else
		ktap_note("%s: left %s, at %" PRIxPTR, what, where, at);
}

/* @mask: 0 if what is there is masked already; @where: NULL for no word */
static NO_SANITIZER
unsigned int search(uintptr_t from, uintptr_t to, uint64_t mask,
		    const char *where)
{
	unsigned int n = 0;
	uintptr_t p;

	for (p = from; p + REMAINS_WINDOW <= to; p++) {
		uint64_t masked = *(const unaligned *)p ^ mask;
		uint64_t bit = hash(masked) >> (64 - MAYBE_BITS);
		uint32_t i;

		if (!(maybe[bit / 8] & (1u << bit % 8)))
			continue;
		i = slot(masked);
		if (!window[i])
			continue;
		n++;
		if (where)
			tell(of[i], where, p);
	}
	return n;
}

unsigned int remains_in(const void *at, size_t len)
{
	return search((uintptr_t)at, (uintptr_t)at + len, REMAINS_MASK64, NULL);
}

void remains_given_back(const void *at, size_t len)
{
	if (!windows)
		return;
	found += search((uintptr_t)at, (uintptr_t)at + len, REMAINS_MASK64,
			"in memory that is freed");
}

/* functions whose stack was looked at, since the program began */
static const char *looked[LOOKED_MAX];

bool remains_looked(const char *name)
{
	size_t i;

	for (i = 0; i < LOOKED_MAX && looked[i]; i++)
		if (!strcmp(looked[i], name))
			return true;
	return false;
}

static void note_look(const char *name)
{
	size_t i = 0;

	while (looked[i] && strcmp(looked[i], name))
		if (++i == LOOKED_MAX)
			abort();
	looked[i] = name;
}

void remains_look(const char *name)
{
	char where[64];

	note_look(name);
	snprintf(where, sizeof(where), "on the stack by %s()", name);
	found += search((uintptr_t)remains_copy,
			(uintptr_t)remains_copy + sizeof(remains_copy), 0,
			where);
}

unsigned int remains_found(void)
{
	return found;
}

/* what can be read and written now; the list is no part of what is searched for */
static size_t regions(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512], perms[8];
	size_t n = 0;

	if (!f)
		abort();
	while (fgets(line, sizeof(line), f)) {
		struct region *r = &region[n];

		r->name[0] = '\0';
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %47s",
			   &r->from, &r->to, perms, r->name) < 3 ||
		    strncmp(perms, "rw", 2) || r->to - r->from > REGION_MAX)
			continue;
		if (++n == REGIONS_MAX)
			abort();
	}
	fclose(f);
	return n;
}

static int by_address(const void *a, const void *b)
{
	const struct remains_place *x = a, *y = b;

	return ((uintptr_t)x->at > (uintptr_t)y->at) -
	       ((uintptr_t)x->at < (uintptr_t)y->at);
}

unsigned int remains_anywhere(const struct remains_place *but, size_t n)
{
	struct remains_place sorted[256];
	size_t i, k, count;
	unsigned int sum = 0;
	char where[64];

	if (n > 256)
		abort();
	if (n) {
		memcpy(sorted, but, n * sizeof(*but));
		qsort(sorted, n, sizeof(*sorted), by_address);
	}
	notes = 0;
	count = regions();
	for (i = 0; i < count; i++) {
		uintptr_t at = region[i].from;

		snprintf(where, sizeof(where), "in %s",
			 region[i].name[0] ? region[i].name : "memory");
		for (k = 0; k < n; k++) {
			uintptr_t from = (uintptr_t)sorted[k].at;

			if (from < at || from >= region[i].to)
				continue;
			sum += search(at, from, REMAINS_MASK64, where);
			at = from + sorted[k].len;
		}
		sum += search(at, region[i].to, REMAINS_MASK64, where);
	}
	return sum;
}
