/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SAs that the broker has had to do with: what the reader may install,
 * change and delete.
 */
#ifndef BTNSD_BROKER_SAS_H
#define BTNSD_BROKER_SAS_H

#include <stdbool.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/addr.h"

/* most SAs, reserved ones among them; each is some 128 octets of memory */
#define SAS_MAX		(1u << 18)

/**
 * struct sas_sa - an SA
 * @spi: host byte order
 * @dst: destination address of its packets
 * @reserved: the kernel gave us its SPI, so it may be inbound
 * @bound: the module has taken a binding for it
 * @installed: it is in the kernel, as we have heard
 * @sel: traffic of the binding
 */
struct sas_sa {
	uint32_t spi;
	struct addr dst;
	bool reserved;
	bool bound;
	bool installed;
	struct sel sel;
};

/**
 * struct sas - all of them
 * @root: of the tree
 * @n: how many
 */
struct sas {
	void *root;
	size_t n;
};

struct sas_sa *sas_find(const struct sas *s, uint32_t spi,
			const struct addr *dst);
struct sas_sa *sas_add(struct sas *s, uint32_t spi, const struct addr *dst);
void sas_remove(struct sas *s, uint32_t spi, const struct addr *dst);
void sas_drop(struct sas *s, bool (*gone)(const struct sas_sa *sa, void *arg),
	      void *arg);
void sas_clear(struct sas *s);

#endif
