// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a configuration: it is taken or refused, with a reason of one
 * line, and never anything else happens.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses what it had of a string that the end of the text cut */
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CONF_ERR_MAX], *text;
	struct conf *c;

	/* what @include would open is not a matter of this test */
	if (memmem(data, size, "@include", 8))
		return -1;
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
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
