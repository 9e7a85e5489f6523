// SPDX-License-Identifier: GPL-2.0-or-later
/* Two hosts that know each other by name: secrets, certificates, and settings. */
#include "named.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pki.h"
#include "temp.h"
#include "world.h"

void named_configure(struct named *n, const char *const mine[2],
		     const char *entry)
{
	int i;

	for (i = 0; i < 2; i++)
		snprintf(n->conf[i], sizeof(n->conf[i]),
			 "identity = { id = \"fqdn:%c.example\"; %s };\n"
			 "pad = ( { name = \"other\"; id = \"fqdn:%c.example\"; "
			 "addresses = [ \"10.0.0.0/24\" ]; %s } );\n",
			 'a' + i, mine[i], 'b' - i, entry);
}

void named_by_secret(struct named *n)
{
	static const char *const mine[2] = { "", "" };
	const char *path = temp_path("psk");
	char entry[256];
	FILE *f = fopen(path, "wx");

	if (!f || fputs("a secret of more than 32 octets, for both\n", f) < 0 ||
	    fclose(f) || chmod(path, 0600))
		abort();
	snprintf(entry, sizeof(entry), "auth = \"psk\"; psk_file = \"%s\"; %s",
		 path, "host = [ \"10.0.0.1\", \"10.0.0.2\" ];");
	named_configure(n, mine, entry);
}

void named_by_certificate(struct named *n)
{
	const struct pki_want ca_want = { .cn = "ca", .ca = true };
	struct pki ca = pki_make(NULL, &ca_want, NULL);
	const struct pki *anchor[1] = { &ca };
	char text[2][128], entry[256], san[32];
	const char *mine[2];
	int i;

	for (i = 0; i < 2; i++) {
		const struct pki_want want = { .cn = "host", .san = san };
		const struct pki *list[1];
		struct pki leaf;

		snprintf(san, sizeof(san), "DNS:%c.example", 'a' + i);
		key_free(world_key(i, KEY_ED25519));
		leaf = pki_make(&ca, &want,
				pki_read_key(world_key_path(i, KEY_ED25519)));
		list[0] = &leaf;
		pki_write(temp_path(i ? "cert1" : "cert0"), list, 1);
		pki_free(&leaf);
		snprintf(text[i], sizeof(text[i]), "cert = \"%s\";",
			 temp_path(i ? "cert1" : "cert0"));
		mine[i] = text[i];
	}
	pki_write(temp_path("ca"), anchor, 1);
	pki_free(&ca);
	snprintf(entry, sizeof(entry), "auth = \"cert\"; ca = \"%s\"; %s",
		 temp_path("ca"), "host = [ \"10.0.0.1\", \"10.0.0.2\" ];");
	named_configure(n, mine, entry);
}
