/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink attributes turned into structs of btns.
 */
#ifndef BTNS_NLPARSE_H
#define BTNS_NLPARSE_H

#include "btns.h"
#include "pad.h"

struct nlattr;

/**
 * struct btns_nlident - an identity that somebody names
 * @type: enum btns_id_type
 * @method: enum btns_auth_method
 * @digest: see enum btns_id_type
 * @name: printable, ends with a NUL
 */
struct btns_nlident {
	u8 type;
	u8 method;
	u8 digest[BTNS_DIGEST_LEN];
	char name[BTNS_NAME_MAX + 1];
};

int btns_nlrefuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *text);
int btns_nlparse_addr(const struct nlattr *attr, u16 family, void *addr,
		      struct netlink_ext_ack *extack);
int btns_nlparse_ident(const struct nlattr *nest, struct btns_nlident *ident,
		       struct netlink_ext_ack *extack);
int btns_nlparse_selector(const struct nlattr *nest,
			  struct btns_selector *sel,
			  struct netlink_ext_ack *extack);
int btns_nlparse_evidence(struct nlattr **tb, u16 family,
			  struct btns_evidence *ev,
			  struct netlink_ext_ack *extack);
int btns_nlparse_sa_mark(struct nlattr **tb, struct btns_sa_params *params,
			 struct netlink_ext_ack *extack);
struct btns_pad_entry *
btns_nlparse_pad_entry(const struct nlattr *nest,
		       struct netlink_ext_ack *extack);

#endif /* BTNS_NLPARSE_H */
