// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who listens on the ports of IKE, out of /proc/net/udp and udp6.
 */
#include <stdio.h>

#include "btnsctl/ikeport.h"

/* IKE's port, and that of IKE and ESP in UDP */
#define PORT_IKE	500
#define PORT_NATT	4500

static void read_table(const char *proc, const char *table, struct ikeport *p)
{
	char path[300], line[512];
	unsigned int port;
	FILE *f;

	snprintf(path, sizeof(path), "%s/net/%s", proc, table);
	f = fopen(path, "re");
	if (!f)
		return;
	p->known = true;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x", &port) != 1)
			continue;
		p->ike |= port == PORT_IKE;
		p->natt |= port == PORT_NATT;
	}
	fclose(f);
}

struct ikeport ikeport_read(const char *proc)
{
	struct ikeport p = { .known = false };

	read_table(proc, "udp", &p);
	read_table(proc, "udp6", &p);
	return p;
}
