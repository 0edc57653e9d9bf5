/*
 * sql_pattern: LIKE and GLOB, as SQLite has them (LIKE: "%" and "_", ASCII
 * letters of either case alike; GLOB: "*", "?" and "[...]"), in steps that can
 * be ended: a pattern that a stranger chose may take long.
 */
#ifndef GOOPD_DATA_SQL_SQL_PATTERN_H
#define GOOPD_DATA_SQL_SQL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SQL_PATTERN_MAX = 256,         /* bytes of a pattern */
	SQL_PATTERN_STEPS = 64 * 1024, /* between two looks at is_over */
};
enum { SQL_PATTERN_DIFFERS, SQL_PATTERN_MATCHES, SQL_PATTERN_ENDED };

struct sql_pattern {
	const unsigned char *text;
	size_t len;
	bool is_like;
	unsigned char escape; /* 0: none; of LIKE */
	bool (*is_over)(void *arg);
	void *arg;
};

int sql_pattern_match(
    const struct sql_pattern *, const unsigned char *text, size_t len);

#endif
