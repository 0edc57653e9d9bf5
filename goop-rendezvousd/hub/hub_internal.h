/* hub_internal: the hub's parts, for hub*.c only. */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_INTERNAL_H
#define GOOP_RENDEZVOUSD_HUB_HUB_INTERNAL_H

#include "goop-rendezvousd/hub/hub.h"
#include "goop-rendezvousd/hub/hub_snapshot.h"
#include "goop-rendezvousd/hub/subscriber_wheel.h"

/* For whom a change is. */
enum hub_audience { HUB_ALL, HUB_CLASSIC, HUB_EVENTS };

struct hub_change {
	enum hub_audience audience;
	struct shared_text *text; /* a reference */
};

/* All subscribers of one format. */
struct hub_channel {
	struct subscriber_list subscribers;
	unsigned int count; /* newcomers too */
	struct broadcast_log feed;
};

/* Who is to be told what there is, at the next flush. */
struct hub_newcomer {
	bool has_since;
	struct roster_cursor since;
	struct buffer early;
};

struct hub {
	struct subscriber_owner owner; /* first: subscribers know it alone */
	struct roster *roster;
	const struct hub_user *user;
	void *arg;

	struct hub_channel channels[SUBSCRIBER_FORMATS];
	struct subscriber_list newcomers, seating; /* these by the flush */
	struct subscriber_list probes, ended;
	unsigned int count;          /* all but the ended */
	struct hub_snapshot news[2]; /* by transport */

	/* changes that wait for each other */
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
	struct event *tick; /* while there is anybody */
	struct event *reap; /* the ended */

	bool is_draining;
	void (*on_drained)(void *);
	void *drained_arg;
	struct hub_stats stats;
};

static inline struct hub *
hub_of(const struct subscriber *subscriber)
{
	return (struct hub *)subscriber->owner;
}

static inline struct hub_snapshot *
hub_snapshot_for(struct hub *hub, const struct subscriber *subscriber)
{
	return &hub->news[subscriber_is_websocket(subscriber)];
}

/* When to come back: told to each, different for each. */
unsigned int hub_retry_ms(const struct hub *);

/* hub.c: a new one comes under watch; it has a list to be in. */
void hub_watch(struct hub *, struct subscriber *, struct subscriber_list *);
/* What classic subscribers need is known to the roster. */
void hub_count_classic(struct hub *);

/* hub_flush.c */
void hub_add_change(struct hub *, enum hub_audience, struct shared_text *);
void hub_kick(struct hub *); /* there is something to flush */
void hub_forget_changes(struct hub *);
void hub_on_gather(evutil_socket_t, short, void *hub);
void hub_on_slice(evutil_socket_t, short, void *hub);

#endif
