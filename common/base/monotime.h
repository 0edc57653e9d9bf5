/*
 * monotime: a point on the clock that never goes back (CLOCK_BOOTTIME, so that
 * time in suspend counts too). Only the I/O layer reads the clock; protocol
 * code gets the time as an argument.
 */
#ifndef COMMON_BASE_MONOTIME_H
#define COMMON_BASE_MONOTIME_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/time.h>

struct monotime {
	int64_t us; /* microseconds since some moment before the process */
};

#define MONOTIME_NEVER ((struct monotime){ INT64_MAX })

struct monotime monotime_now(void);
struct monotime monotime_add_ms(struct monotime, int64_t ms); /* saturates */
int64_t monotime_since_ms(struct monotime now, struct monotime then);
bool monotime_reached(struct monotime now, struct monotime deadline);
struct monotime monotime_min(struct monotime, struct monotime);

/* A span as libevent and sockets take it; a negative one is 0. */
struct timeval timeval_of_ms(int64_t ms);

/* The span from now to deadline, 0 once it is reached. */
struct timeval timeval_until(struct monotime deadline, struct monotime now);

/* Wall clock, milliseconds since 1970; for timestamps that leave the process.
 */
int64_t walltime_ms(void);

#endif
