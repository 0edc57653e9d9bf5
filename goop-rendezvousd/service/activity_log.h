/*
 * activity_log: the most recent events, as lines for /logs.json and the admin
 * page. A ring: the oldest line makes room.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_ACTIVITY_LOG_H
#define GOOP_RENDEZVOUSD_SERVICE_ACTIVITY_LOG_H

#include <stddef.h>
#include <stdint.h>

enum {
	ACTIVITY_LOG_LINES_MAX = 500,
	ACTIVITY_LOG_LINE_MAX = 512, /* bytes; longer ones are cut */
};

struct activity_log;

struct activity_log *activity_log_new(void);
void activity_log_free(struct activity_log *);

/* Add "[HH:MM:SS] text", local time; control characters become '?'. */
void activity_log_write(struct activity_log *, int64_t clock_ms,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The number of lines, and the index-th oldest; borrowed until the next write.
 */
size_t activity_log_count(const struct activity_log *);
const char *activity_log_line(const struct activity_log *, size_t index);

/* The number of lines ever written: tells a reader which ones are new. */
uint64_t activity_log_written(const struct activity_log *);

#endif
