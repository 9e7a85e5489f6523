/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations that a test expects to be taken, or to be refused and why. */
#ifndef TESTS_UNIT_CONF_CHECK_H
#define TESTS_UNIT_CONF_CHECK_H

#include "ktap.h"

#include "btnsd/conf.h"

/**
 * conf_good() - read a configuration in which nothing is wrong
 * @text: the configuration
 *
 * Return: what was read, the caller's; NULL, and the test has failed, if it is
 * refused.
 */
static inline struct conf *conf_good(const char *text)
{
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_string(text, err);

	if (!CHECK(c))
		ktap_note("%s", err);
	return c;
}

/**
 * conf_expect() - what reading a configuration has to say
 * @text: the configuration
 * @says: a part of the reason for which it is refused; NULL if it is good
 */
static inline void conf_expect(const char *text, const char *says)
{
	char err[CONF_ERR_MAX];
	struct conf *c;

	if (!says) {
		conf_free(conf_good(text));
		return;
	}
	c = conf_read_string(text, err);
	if (!CHECK(!c) || !CHECK(strstr(err, says)))
		ktap_note("wanted \"%s\", is \"%s\"", says, c ? "" : err);
	conf_free(c);
}

#endif
