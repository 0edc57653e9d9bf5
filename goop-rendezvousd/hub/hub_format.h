/* hub_format: messages in the format of an event stream or a WebSocket. */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_FORMAT_H
#define GOOP_RENDEZVOUSD_HUB_HUB_FORMAT_H

#include "common/base/buffer.h"
#include "goop-rendezvousd/hub/broadcast_log.h"
#include "goop-rendezvousd/roster/roster.h"

enum { HUB_TEXT_MAX = 1024 * 1024 * 1024 }; /* more is a bug */

/* Messages collected for a chunk. */
struct hub_text {
	bool is_websocket;
	uint32_t messages;
	struct buffer bytes;
};

void hub_text_init(struct hub_text *, bool is_websocket);

/* json has no line feed. */
void hub_text_add(struct hub_text *, struct bytes json);

/* docs/rendezvous-1.1.md, "Delta mode" */
void hub_text_add_begin(struct hub_text *, bool is_full);
void hub_text_add_synced(struct hub_text *, const struct roster_cursor *);

/* The chunk, the caller's; the text becomes empty. */
struct chunk *hub_text_take(struct hub_text *);

#endif
