// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One event, one line. A line is built in full before it is written, control
 * characters are replaced (names come from peers), and lines of several
 * processes do not mix since each is one write.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/log.h"

#define LOG_LINE_MAX	1024

static struct {
	int level;
	log_sink_fn sink;
	void *sink_arg;
} lg = { .level = LOG_INFO };

/**
 * log_verbose() - say how much is written
 * @verbose: 0 for what an administrator wants, 1 and more for debugging too
 */
void log_verbose(int verbose)
{
	lg.level = verbose ? LOG_DEBUG : LOG_INFO;
}

/**
 * log_sink() - give lines to a function instead (for tests)
 * @fn: called with each line that passes the level; NULL for the old way
 * @arg: handed to @fn
 */
void log_sink(log_sink_fn fn, void *arg)
{
	lg.sink = fn;
	lg.sink_arg = arg;
}

/**
 * log_vline() - write one line
 * @prio: LOG_ERR to LOG_DEBUG
 * @prefix: put in front with a colon, or NULL
 * @fmt: as for printf, without a newline
 * @ap: what @fmt wants
 */
void log_vline(int prio, const char *prefix, const char *fmt, va_list ap)
{
	static const char level[] = "EEEEWNID";
	char line[LOG_LINE_MAX];
	size_t len, i, body;

	if (prio > lg.level)
		return;
	len = (size_t)snprintf(line, sizeof(line), "btnsd: %c: ", level[prio]);
	body = len;
	if (prefix)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
					"%s: ", prefix);
	if (len < sizeof(line) - 2)
		vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	len = strlen(line);
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	if (lg.sink) {
		lg.sink(prio, line + body, lg.sink_arg);
		return;
	}
	line[len++] = '\n';
	while (len) {
		ssize_t n = write(STDERR_FILENO, line, len);

		/* nowhere left to complain to */
		if (n <= 0)
			return;
		memmove(line, line + n, len - (size_t)n);
		len -= (size_t)n;
	}
}

/* lines that strangers may cause at once, and then in a second */
#define STRANGERS_BURST		50
#define STRANGERS_PER_SECOND	2

/**
 * log_admit() - may one more line be written that a stranger causes?
 * @l: what is left; zero at the start
 * @now: milliseconds of a clock that does not go back
 *
 * Whoever can send a datagram must not be able to fill the disk, or push what
 * matters out of the log. What was withheld is counted, and told before the next
 * line.
 *
 * Return: true if so.
 */
bool log_admit(struct log_limit *l, uint64_t now)
{
	const uint64_t most = STRANGERS_BURST * 1000;

	l->left = l->at ? l->left + (now - l->at) * STRANGERS_PER_SECOND : most;
	l->at = now ? now : 1;
	if (l->left > most)
		l->left = most;
	if (l->left < 1000) {
		l->withheld++;
		return false;
	}
	l->left -= 1000;
	if (l->withheld)
		log_line(LOG_WARNING,
			 "%llu more lines about peers that have not proved themselves were not written",
			 (unsigned long long)l->withheld);
	l->withheld = 0;
	return true;
}

/**
 * log_line() - write one line
 * @prio: LOG_ERR to LOG_DEBUG
 * @fmt: as for printf, without a newline
 */
void log_line(int prio, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(prio, NULL, fmt, ap);
	va_end(ap);
}
