/*
 * counter: how often something happened since the process started, most often
 * that a limit was met. Every counter of a daemon is listed by
 * `goop2 status --json`.
 *
 *	COUNTER(streams_refused, "inbound streams over the limit");
 *	counter_add(&streams_refused, 1);
 */
#ifndef COMMON_BASE_COUNTER_H
#define COMMON_BASE_COUNTER_H

#include <stdint.h>

struct counter {
	const char *name;
	const char *help;
	uint64_t value;
	struct counter *next;
};

void counter_register(struct counter *);
void counter_add(struct counter *, uint64_t);

/* The first of all counters that this process links; follow next. */
const struct counter *counter_first(void);

#define COUNTER(name_, help_) \
	static struct counter name_ = { #name_, help_, 0, 0 }; \
	__attribute__((constructor)) static void name_##_register_(void) \
	{ \
		counter_register(&name_); \
	} \
	struct counter /* takes the semicolon */

#endif
