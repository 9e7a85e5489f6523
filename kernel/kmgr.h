/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module as one of xfrm's key managers.
 */
#ifndef BTNS_KMGR_H
#define BTNS_KMGR_H

void btns_kmgr_init(void);
void btns_kmgr_exit(void);

#endif /* BTNS_KMGR_H */
