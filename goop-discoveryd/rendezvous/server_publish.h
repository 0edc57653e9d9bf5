/*
 * wan_publish: presence by POST /publish, one at a time over a connection that
 * is kept. Presence is a state: what waits is replaced by what is newer.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PUBLISH_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PUBLISH_H

#include "goop-discoveryd/rendezvous/wan_exchange.h"

/* How one POST ended. */
struct wan_publish_end {
	int status;           /* 0: no answer */
	const char *sentence; /* why it is not accepted; NULL if it is */
	int64_t retry_ms;     /* what the server asked for; -1: nothing */
	const char *location; /* of a redirect, or NULL */
	const char *path;     /* that was asked for */
};

struct wan_publish_user {
	void (*on_head)(const struct http_response *, void *arg);
	void (*on_end)(const struct wan_publish_end *, void *arg);
};

struct wan_publisher;

struct wan_publisher *wan_publisher_new(
    const struct wan_publish_user *, void *arg);
void wan_publisher_free(struct wan_publisher *); /* NULL is fine */

/* Publish this along the route, which is borrowed until on_end. */
void wan_publisher_post(
    struct wan_publisher *, struct wan_route *, struct bytes json);

/* Is a POST under way, or waiting? */
bool wan_publisher_is_busy(const struct wan_publisher *);

/* Drop what waits, what is under way, and the connection: the route changes. */
void wan_publisher_reset(struct wan_publisher *);

#endif
