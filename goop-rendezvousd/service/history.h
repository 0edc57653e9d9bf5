/*
 * history: the load of the last ten minutes, for the graphs of the admin page.
 * A ring of samples; the oldest makes room.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_HISTORY_H
#define GOOP_RENDEZVOUSD_SERVICE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

enum { HISTORY_EVERY_S = 2, HISTORY_SAMPLES = 300 };

/* Two present counts, and totals that only grow. */
struct history_sample {
	uint64_t peers, subscribers;
	uint64_t heard;     /* messages that peers published */
	uint64_t delivered; /* messages times subscribers */
	uint64_t bytes;     /* sent to subscribers */
};

struct history {
	struct history_sample samples[HISTORY_SAMPLES];
	size_t next, count;
};

void history_add(struct history *, const struct history_sample *);

/* The index-th oldest; index < count. */
const struct history_sample *history_get(const struct history *, size_t index);

#endif
