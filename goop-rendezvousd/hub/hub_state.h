/* hub_state: what a hub consists of, for hub.c and its test. */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_STATE_H
#define GOOP_RENDEZVOUSD_HUB_HUB_STATE_H

#include "goop-rendezvousd/hub/hub.h"
#include "goop-rendezvousd/hub/hub_snapshot.h"
#include "goop-rendezvousd/hub/subscriber_wheel.h"

struct hub_change {
	bool is_refresh;          /* for classic subscribers alone */
	struct shared_text *text; /* a reference */
};

/* The subscribers of one format. */
struct hub_channel {
	struct subscriber_list subscribers;
	unsigned int count; /* with newcomers */
	struct broadcast_log feed;
};

/* What is kept of a new subscriber until the next flush. */
struct hub_newcomer {
	bool has_since;
	struct roster_cursor since;
	struct buffer early;
};

struct hub {
	struct subscriber_owner owner; /* first: hub_of() converts it */
	struct roster *roster;
	const struct hub_user *user;
	void *arg;

	struct hub_channel channels[SUBSCRIBER_FORMATS];
	struct subscriber_list newcomers,
	    seating; /* the latter: by the flush */
	struct subscriber_list probes, ended;
	unsigned int count;          /* without the ended */
	struct hub_snapshot news[2]; /* by transport */

	/* gathered changes */
	struct hub_change *changes;
	size_t change_count, change_room, change_bytes;

	/* the flush */
	struct event *gather, *slice;
	bool is_flushing, is_telling;
	struct monotime rest_until;
	int64_t busy_us;
	unsigned int turn; /* the channel whose turn it is */
	struct subscriber *turn_next;

	struct subscriber_wheel wheel;
	struct event *tick; /* while there are subscribers */
	struct event *reap; /* frees the ended */

	bool is_draining;
	void (*on_drained)(void *);
	void *drained_arg;
	struct hub_stats stats;
};

#endif
