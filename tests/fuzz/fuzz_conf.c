// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a configuration: it is taken or refused, with a reason of one
 * line, and never anything else happens. What it names under /F/ is there: a
 * certificate authority with its CRL, a certificate, a public key, a secret.
 */
#include <openssl/pem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "btnsd/conf.h"
#include "tests/unit/pki.h"
#include "tests/unit/temp.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses what it had of a string that the end of the text cut */
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct pki_want ca_want = { .cn = "ca", .ca = true };
	const struct pki_want want = { .cn = "peer", .san = "DNS:peer.example" };
	struct pki ca = pki_make(NULL, &ca_want, NULL);
	struct pki leaf = pki_make(&ca, &want, NULL);
	const struct pki *one = &ca;
	FILE *f;

	(void)argc;
	(void)argv;
	pki_write(temp_path("ca"), &one, 1);
	pki_write_crl(temp_path("crl"), &ca, NULL, PKI_DAY);
	one = &leaf;
	pki_write(temp_path("cert"), &one, 1);
	f = fopen(temp_path("pub"), "w");
	if (!f || !PEM_write_PUBKEY(f, leaf.key) || fclose(f))
		abort();
	f = fopen(temp_path("psk"), "w");
	if (!f || fputs("a secret that is long enough, of no use\n", f) < 0 ||
	    fclose(f) || chmod(temp_path("psk"), 0600))
		abort();
	pki_free(&ca);
	pki_free(&leaf);
	return 0;
}

/* the input as text, each /F/ replaced by our folder */
static char *text_of(const char *data, size_t size)
{
	const char *folder = temp_folder();
	const size_t len = strlen(folder);
	char *text = malloc(size * len + 1), *out = text;
	size_t i;

	if (!text)
		abort();
	for (i = 0; i < size; i++) {
		if (size - i >= 3 && !memcmp(data + i, "/F/", 3)) {
			memcpy(out, folder, len);
			out += len;
			i++;
			continue;
		}
		*out++ = data[i];
	}
	*out = '\0';
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CONF_ERR_MAX], *text;
	struct conf *c;

	/* what @include and devices would do is not a matter of this test */
	if (memmem(data, size, "@include", 8) || memmem(data, size, "/dev", 4) ||
	    memmem(data, size, "/proc", 5))
		return -1;
	text = text_of((const char *)data, size);
	c = conf_read_string(text, err);
	if (!c && (!err[0] || strchr(err, '\n')))
		abort();
	if (c && (err[0] || !c->key_path || !c->n_dh || !c->n_ike_aead ||
		  !c->n_prf || !c->n_child_aead || !c->n_listen ||
		  c->n_pad > BTNS_PAD_ENTRIES_MAX))
		abort();
	conf_free(c);
	free(text);
	return 0;
}
