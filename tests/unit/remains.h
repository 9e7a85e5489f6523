/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what is left of secrets in the memory of this process. It keeps them
 * masked, so that it does not find itself.
 */
#ifndef TESTS_UNIT_REMAINS_H
#define TESTS_UNIT_REMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* octets that are compared: of what is left, 15 in a row are found for sure */
#define REMAINS_WINDOW	8
/* of the stack below a function that has just returned */
#define REMAINS_STACK	(32 * 1024)
/* every octet is kept by exclusive or with this one */
#define REMAINS_MASK64	0xa5a5a5a5a5a5a5a5

/* who reads what is not its own; remains_behind() is for such functions only */
#define NO_SANITIZER __attribute__((no_sanitize("address", "undefined")))

/** struct remains_place - memory in which secrets may be */
struct remains_place {
	const void *at;
	size_t len;
};

/* nothing is said of what is found: it is meant to be there */
extern bool remains_meant;

/* false, and the test is skipped, where the stack below us cannot be read */
bool remains_can(void);

/* forget all secrets, and what was found */
void remains_reset(void);

/* learn a secret; @what stays */
void remains_learn(const char *what, const void *data, size_t len);

/* how many windows of secrets are there; nothing is said of it */
unsigned int remains_in(const void *at, size_t len);

/* how many are in all that can be written, but those places */
unsigned int remains_anywhere(const struct remains_place *but, size_t n);

/* memory is about to be given back: whatever is found there is counted */
void remains_given_back(const void *at, size_t len);

/* how many were found so in all, or on the stack */
unsigned int remains_found(void);

/* look at the copy that remains_behind() has made of what @name() left; it stays */
void remains_look(const char *name);

/* was there ever a look at what that function left */
bool remains_looked(const char *name);

extern uint64_t remains_copy[REMAINS_STACK / sizeof(uint64_t)];

/*
 * Copy what a function that has just returned has left on the stack. Nothing may
 * be called in between, since that would write over it.
 */
static inline __attribute__((always_inline)) NO_SANITIZER
void remains_behind(void)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	const volatile uint64_t *stack =
		(const volatile uint64_t *)((frame & ~(uintptr_t)7) -
					    REMAINS_STACK);
	volatile uint64_t *copy = remains_copy;
	size_t i;

	for (i = 0; i < REMAINS_STACK / sizeof(uint64_t); i++)
		copy[i] = stack[i] ^ REMAINS_MASK64;
}

#endif
