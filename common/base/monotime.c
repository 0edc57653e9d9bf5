#include "common/base/monotime.h"

#include <time.h>

struct monotime
monotime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (struct monotime){ (int64_t)now.tv_sec * 1000000 +
				  now.tv_nsec / 1000 };
}

struct monotime
monotime_add_ms(struct monotime time, int64_t ms)
{
	int64_t us;

	if (__builtin_mul_overflow(ms, 1000, &us) ||
	    __builtin_add_overflow(time.us, us, &us))
		return MONOTIME_NEVER;
	return (struct monotime){ us };
}

int64_t
monotime_since_ms(struct monotime now, struct monotime then)
{
	return (now.us - then.us) / 1000;
}

bool
monotime_reached(struct monotime now, struct monotime deadline)
{
	return now.us >= deadline.us;
}

struct monotime
monotime_min(struct monotime a, struct monotime b)
{
	return a.us < b.us ? a : b;
}

struct timeval
timeval_of_ms(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

struct timeval
timeval_until(struct monotime deadline, struct monotime now)
{
	int64_t us = deadline.us > now.us ? deadline.us - now.us : 0;

	return (struct timeval){ us / 1000000, us % 1000000 };
}

int64_t
walltime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
