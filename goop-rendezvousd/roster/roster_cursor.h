/*
 * roster_cursor: a place in a roster's history, "E-V" in messages: what a
 * subscriber knows up to.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_CURSOR_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_CURSOR_H

#include <stdint.h>

enum { ROSTER_CURSOR_SIZE = 32 };

struct roster_cursor {
	uint32_t epoch; /* of the history, random */
	uint64_t version;
};

/* 0 or -EINVAL */
int roster_cursor_parse(const char *text, struct roster_cursor *ret);
void roster_cursor_print(
    const struct roster_cursor *, char ret[ROSTER_CURSOR_SIZE]);

#endif
