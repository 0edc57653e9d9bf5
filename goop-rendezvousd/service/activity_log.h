/*
 * journal: the last things that happened, as lines for /logs.json and the
 * admin page. A ring: the oldest line makes room.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_ACTIVITY_LOG_H
#define GOOP_RENDEZVOUSD_SERVICE_ACTIVITY_LOG_H

#include <stddef.h>
#include <stdint.h>

enum {
	JOURNAL_LINES_MAX = 500,
	JOURNAL_LINE_MAX = 512, /* bytes; longer ones are cut */
};

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal *);

/* Note "[HH:MM:SS] text", local time; control characters become '?'. */
void journal_write(struct journal *, int64_t clock_ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How many lines there are, and the index-th oldest; borrowed until the next
 * write. */
size_t journal_count(const struct journal *);
const char *journal_line(const struct journal *, size_t index);

/* How many were ever written: which ones a reader has seen. */
uint64_t journal_written(const struct journal *);

#endif
