/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two helpers of which one refuses the other, and the line that an administrator
 * reads of it. The program has its world in w.
 */
#ifndef TESTS_UNIT_REFUSAL_WORLD_H
#define TESTS_UNIT_REFUSAL_WORLD_H

#include "ktap.h"

#include <string.h>

#include "world.h"

static struct world w;
static char conf[2][1024];

#define HOST0	"10.0.0.1/32"
#define HOST1	"10.0.0.2/32"

/* host 0 protects what it says to host 1; nobody is in a PAD, and none is up */
static inline void begin(void)
{
	world_init(&w);
	world_policy(&w, 0, HOST0, HOST1, 0, 0, 0, true);
}

/* a host comes up under a name of its own */
static inline void up(int host, const char *settings)
{
	snprintf(conf[host], sizeof(conf[host]),
		 "identity = { id = \"fqdn:%c.example\"; }; %s", 'a' + host,
		 settings ? settings : "");
	CHECK(world_up(&w, host, KEY_ED25519, conf[host]));
}

/* one line of either host has all of this */
static inline void has_line(const char *const *part, unsigned int n)
{
	char log[sizeof(w.log)], *line, *save;
	unsigned int i;

	world_run(&w);
	memcpy(log, w.log, sizeof(log));
	for (line = strtok_r(log, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		for (i = 0; i < n && strstr(line, part[i]); i++)
			;
		if (i == n)
			break;
	}
	if (!CHECK(line))
		ktap_note("wanted \"%s\" and more, log: %s", part[0], w.log);
}

static inline void one_line(const char *const *part, unsigned int n)
{
	has_line(part, n);
	world_fini(&w);
}

/* either host has said all of this in one line, and goes on */
#define HAS_SAID(...)							\
	do {								\
		static const char *const part_[] = { __VA_ARGS__ };	\
		has_line(part_, sizeof(part_) / sizeof(part_[0]));	\
	} while (0)

/* the same, and that is the end of the world */
#define SAYS(...)							\
	do {								\
		static const char *const part_[] = { __VA_ARGS__ };	\
		one_line(part_, sizeof(part_) / sizeof(part_[0]));	\
	} while (0)

/* host 0 asks host 1 */
#define ONE_LINE(...)							\
	do {								\
		world_acquire(&w, 0, 1, 80);				\
		SAYS(__VA_ARGS__);					\
	} while (0)

#endif
