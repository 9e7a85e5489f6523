/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket options, as main.c and the files that they are spread over see them.
 */
#ifndef BTNS_SOCKOPT_H
#define BTNS_SOCKOPT_H

#include <linux/sockptr.h>

struct btns_latch_info;
struct btns_latch_view;
struct sock;

int btns_sockopt_init(void);
void btns_sockopt_exit(void);

/* sockopt.c */
void btns_sockopt_show(const struct btns_latch_view *view,
		       struct btns_latch_info *info);

/* sockopt_peer.c */
int btns_sockopt_peer_set(struct sock *sk, sockptr_t arg, unsigned int len);
int btns_sockopt_peer_get(struct sock *sk, void __user *user, int *len);

#endif /* BTNS_SOCKOPT_H */
