/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The socket options of include/uapi/linux/btns_sockopt.h.
 */
#ifndef BTNS_SOCKOPT_H
#define BTNS_SOCKOPT_H

int btns_sockopt_init(void);
void btns_sockopt_exit(void);

#endif /* BTNS_SOCKOPT_H */
