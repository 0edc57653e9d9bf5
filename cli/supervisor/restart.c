#include "cli/supervisor/restart.h"

void
restart_init(struct restart *restart, int64_t first_ms)
{
	*restart = (struct restart){ .first_ms = first_ms };
}

static int64_t
restart_delay_ms(const struct restart *restart)
{
	int64_t delay_ms = restart->first_ms;
	unsigned int i;

	for (i = 1; i < restart->streak; i++) {
		delay_ms *= 2;
		if (delay_ms >= RESTART_LONGEST_MS)
			return RESTART_LONGEST_MS;
	}
	return delay_ms;
}

int64_t
restart_after_death(
    struct restart *restart, int64_t lived_ms, struct monotime now)
{
	struct monotime *slot;
	bool too_often;

	if (lived_ms >= RESTART_HEALTHY_MS) {
		restart->streak = 0;
		restart->count = 0;
	}
	slot = &restart->deaths[restart->count % RESTART_DEATHS];
	*slot = now;
	restart->count++;
	restart->streak++;
	if (restart->count < RESTART_DEATHS)
		return restart_delay_ms(restart);
	/* The next to be overwritten is the oldest one kept. */
	slot = &restart->deaths[restart->count % RESTART_DEATHS];
	too_often = monotime_since_ms(now, *slot) <= RESTART_WINDOW_MS;
	return too_often ? RESTART_GIVE_UP : restart_delay_ms(restart);
}
