#include "goop-discoveryd/rendezvous/server_backoff.h"

enum { PERCENT = 100, TOLD_SPREAD_PERCENT = 10 };

void
wan_backoff_init(struct wan_backoff *backoff)
{
	backoff->delay_ms = WAN_BACKOFF_FIRST_MS;
	backoff->told_ms = -1;
}

void
wan_backoff_tell(struct wan_backoff *backoff, int64_t ms)
{
	if (ms < WAN_BACKOFF_TOLD_MIN_MS)
		ms = WAN_BACKOFF_TOLD_MIN_MS;
	if (ms > WAN_BACKOFF_TOLD_MAX_MS)
		ms = WAN_BACKOFF_TOLD_MAX_MS;
	backoff->told_ms = ms;
}

void
wan_backoff_hasten(struct wan_backoff *backoff, int64_t ms)
{
	if (backoff->delay_ms > ms)
		backoff->delay_ms = ms;
}

void
wan_backoff_slow(struct wan_backoff *backoff, int64_t ms)
{
	if (backoff->delay_ms < ms)
		backoff->delay_ms = ms;
}

int64_t
wan_backoff_next(struct wan_backoff *backoff, uint32_t chance)
{
	int64_t wait, told = backoff->told_ms;

	backoff->told_ms = -1;
	if (told >= 0)
		return told + told * (chance % TOLD_SPREAD_PERCENT) / PERCENT;
	wait = backoff->delay_ms / 2 +
	       backoff->delay_ms * (chance % PERCENT) / PERCENT;
	backoff->delay_ms *= 2;
	if (backoff->delay_ms > WAN_BACKOFF_MAX_MS)
		backoff->delay_ms = WAN_BACKOFF_MAX_MS;
	return wait;
}
