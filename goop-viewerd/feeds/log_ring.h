/* log_ring: the newest log lines of several daemons, in order of time. */
#ifndef GOOP_VIEWERD_FEEDS_LOG_RING_H
#define GOOP_VIEWERD_FEEDS_LOG_RING_H

#include "goop-viewerd/answers/viewer_json.h"

struct log_ring {
	struct log_entry entries[VIEWER_LOG_LINES]; /* sorted by ts_ms */
	size_t count;
};

void log_ring_fini(struct log_ring *);

/* Copy an entry into the ring. False if it is known, or older than all of a
 * full ring. */
bool log_ring_put(struct log_ring *, const struct log_entry *);

struct viewer_line log_ring_line(const struct log_entry *); /* free() its ts */

/* All lines, oldest first; valid until _free(), while the ring does not
 * change. */
struct viewer_lines log_ring_view(const struct log_ring *);
void log_ring_view_free(struct viewer_lines *);

#endif
