#include "goop-rendezvousd/service/history.h"

void
history_add(struct history *history, const struct history_sample *sample)
{
	history->samples[history->next] = *sample;
	history->next = (history->next + 1) % HISTORY_SAMPLES;
	if (history->count < HISTORY_SAMPLES)
		history->count++;
}

const struct history_sample *
history_get(const struct history *history, size_t index)
{
	size_t oldest = history->next + HISTORY_SAMPLES - history->count;

	return &history->samples[(oldest + index) % HISTORY_SAMPLES];
}
