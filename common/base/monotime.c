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

int64_t
walltime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
