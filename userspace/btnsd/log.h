/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event, one line: peer, exchange and reason, to standard error, which a
 * service manager keeps. Text that a peer chose is escaped here, in one place.
 */
#ifndef BTNSD_LOG_H
#define BTNSD_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/**
 * struct log_limit - how many lines strangers may still cause
 * @left: lines, in thousandths
 * @at: when that was, milliseconds
 * @withheld: lines that were not written since the last that was
 */
struct log_limit {
	uint64_t left;
	uint64_t at;
	uint64_t withheld;
};

typedef void (*log_sink_fn)(int prio, const char *line, void *arg);

void log_verbose(int verbose);
void log_sink(log_sink_fn fn, void *arg);
bool log_admit(struct log_limit *l, uint64_t now);
void log_line(int prio, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void log_vline(int prio, const char *prefix, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#define log_err(...)	log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)	log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_line(LOG_DEBUG, __VA_ARGS__)

#endif
