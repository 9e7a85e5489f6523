/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's policies with the flags that btns keeps for them, read whole and
 * in the order in which they apply.
 */
#ifndef BTNSCTL_SPDLIST_H
#define BTNSCTL_SPDLIST_H

#include "btnsctl/ctl.h"

/**
 * struct spdlist_flags - flags of one policy
 * @index: of the policy
 * @flags: enum btns_policy_flags
 */
struct spdlist_flags {
	uint32_t index;
	uint32_t flags;
};

/**
 * struct spdlist - all policies
 * @sockets: policies of sockets are wanted too
 * @policies: by direction, then in the order in which they apply
 * @n: how many
 * @has_flags: the module was there to tell flags
 * @flags: of the policies that have any
 * @n_flags: how many
 */
struct spdlist {
	bool sockets;
	struct lbtns_spd_policy *policies;
	size_t n;
	bool has_flags;
	struct spdlist_flags *flags;
	size_t n_flags;
};

/**
 * spdlist_read - read them
 * @c: invocation; without the module there are still policies to read
 * @l: @l->sockets is set by the caller; freed with spdlist_free(), also after
 *	a failure
 *
 * Return: 0 or enum ctl_exit after a complaint.
 */
int spdlist_read(struct ctl *c, struct spdlist *l);

/**
 * spdlist_flags_of - flags of a policy
 * @l: list
 * @index: of the policy
 *
 * Return: enum btns_policy_flags, 0 without the module.
 */
uint32_t spdlist_flags_of(const struct spdlist *l, uint32_t index);

void spdlist_free(struct spdlist *l);

/**
 * struct status_policies - how many policies of direction out do what
 * @protect: protect
 * @btns_ok: of these, may be used by BTNS peers
 * @bypass: let pass
 * @block: discard
 * @fallback: let pass, for a while, as a fallback to clear
 */
struct status_policies {
	unsigned int protect;
	unsigned int btns_ok;
	unsigned int bypass;
	unsigned int block;
	unsigned int fallback;
};

/**
 * status_count - count the policies of direction out
 * @l: policies and their flags
 * @n: filled
 */
void status_count(const struct spdlist *l, struct status_policies *n);

#endif /* BTNSCTL_SPDLIST_H */
