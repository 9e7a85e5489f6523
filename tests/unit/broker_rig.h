/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A broker on the mock kernel of host 0, and requests to it. */
#ifndef TESTS_UNIT_BROKER_RIG_H
#define TESTS_UNIT_BROKER_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/broker/serve.h"
#include "world.h"

extern struct world w;
extern struct serve s;
extern struct key *key;
extern int reader, broker;
/* the request, then the answer */
extern struct proto_msg m;

bool serve_up(const char *conf);
bool serve_rewrite(const char *conf);
void serve_down(void);
void world_pair(void);
int asked(void);
int refused(void);
bool why(const char *text);
struct addr addr(const char *text);
void named(uint32_t type, uint32_t spi, const char *src, const char *dst);
void an_sa(uint32_t spi, bool inbound);
void an_sa_of(uint32_t spi, bool inbound, uint16_t encr, uint16_t integ,
	      size_t len);
void a_binding(uint32_t type, uint32_t spi, bool inbound, uint8_t method);
void file(uint32_t type, const char *path);

#endif
