// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as the file of `btnsctl pad load`. What is taken is complete, what is
 * refused is refused with one line that names its place.
 */
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/padconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig forgets the string that it was reading when it gives up */
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex";
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_entry(const struct lbtns_pad_entry *e)
{
	size_t i;

	must(e->name[0] && memchr(e->name, 0, sizeof(e->name)));
	must(e->n_keys <= BTNS_PAD_KEYS_MAX &&
	     e->n_prefixes <= BTNS_PAD_PREFIXES_MAX);
	for (i = 0; i < e->n_prefixes; i++)
		must(e->prefixes[i].len <=
		     (e->prefixes[i].family == AF_INET ? 32 : 128));
}

static void read_list(const config_setting_t *list)
{
	struct lbtns_pad_entry *entries;
	unsigned int line = 0;
	char why[256];
	size_t n, i;
	int err;

	err = lbtns_padconf_read(list, NULL, &entries, &n, why, sizeof(why),
				 &line);
	if (err) {
		must(!entries && why[0] && !strpbrk(why, "\n\033"));
		return;
	}
	for (i = 0; i < n; i++)
		check_entry(&entries[i]);
	free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	config_t c;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	config_init(&c);
	/* other files are not what this is about */
	if (!strstr(text, "@include") && config_read_string(&c, text))
		read_list(config_lookup(&c, "pad"));
	config_destroy(&c);
	free(text);
	return 0;
}
