#include "goop-discoveryd/rendezvous/server_backoff.h"

enum { PERCENT = 100, TOLD_SPREAD_PERCENT = 10 };

void
server_backoff_init(struct server_backoff *backoff)
{
	backoff->delay_ms = SERVER_BACKOFF_FIRST_MS;
	backoff->told_ms = -1;
}

void
server_backoff_tell(struct server_backoff *backoff, int64_t ms)
{
	if (ms < SERVER_BACKOFF_TOLD_MIN_MS)
		ms = SERVER_BACKOFF_TOLD_MIN_MS;
	if (ms > SERVER_BACKOFF_TOLD_MAX_MS)
		ms = SERVER_BACKOFF_TOLD_MAX_MS;
	backoff->told_ms = ms;
}

void
server_backoff_hasten(struct server_backoff *backoff, int64_t ms)
{
	if (backoff->delay_ms > ms)
		backoff->delay_ms = ms;
}

void
server_backoff_slow(struct server_backoff *backoff, int64_t ms)
{
	if (backoff->delay_ms < ms)
		backoff->delay_ms = ms;
}

int64_t
server_backoff_next(struct server_backoff *backoff, uint32_t chance)
{
	int64_t wait, told = backoff->told_ms;

	backoff->told_ms = -1;
	if (told >= 0)
		return told + told * (chance % TOLD_SPREAD_PERCENT) / PERCENT;
	wait = backoff->delay_ms / 2 +
	       backoff->delay_ms * (chance % PERCENT) / PERCENT;
	backoff->delay_ms *= 2;
	if (backoff->delay_ms > SERVER_BACKOFF_MAX_MS)
		backoff->delay_ms = SERVER_BACKOFF_MAX_MS;
	return wait;
}
