/*
 * herald: when we tell others that we are here. Online at first, an update
 * every heartbeat, at once when the profile changes and when somebody new
 * listens (his first message would else come a heartbeat late); several
 * reasons at one time make one message. Without I/O: the owner publishes.
 */
#ifndef GOOP_DISCOVERYD_HERALD_H
#define GOOP_DISCOVERYD_HERALD_H

#include "common/base/token_bucket.h"

enum {
	HERALD_GATHER_MS = 100, /* newcomers within this time are one */
	HERALD_BURST = 5,       /* messages at once, and then */
	HERALD_PER_MINUTE = 80, /* so many: goopd's signer has a limit */
	HERALD_RETRY_MS = 500,
};

struct herald {
	bool is_up;       /* there is somebody to publish for us */
	bool told_online; /* since then */
	int64_t heartbeat_ms;
	struct monotime due;
	struct token_bucket bucket;
};

void herald_init(struct herald *, int64_t heartbeat_ms, struct monotime now);

/* goopd is there (anew), or gone. */
void herald_up(struct herald *, struct monotime now);
void herald_down(struct herald *);

/* The profile or the addresses changed; somebody began to listen. */
void herald_changed(struct herald *, struct monotime now);
void herald_newcomer(struct herald *, struct monotime now);

/* What to publish now, PRESENCE_ONLINE or PRESENCE_UPDATE; NULL: nothing. */
const char *herald_next(struct herald *, struct monotime now);

/* What was to be published was not. */
void herald_failed(struct herald *, struct monotime now);

struct monotime herald_deadline(const struct herald *);

#endif
