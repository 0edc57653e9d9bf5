/*
 * server_publish: presence by POST /publish, one at a time. Presence is a
 * state: what waits is replaced by what is newer.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PUBLISH_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PUBLISH_H

#include "common/http_client/http_client.h"

/* How one POST ended. */
struct server_publish_end {
	int status;           /* 0: no answer */
	const char *sentence; /* why it is not accepted; NULL if it is */
	int64_t retry_ms;     /* what the server asked for; -1: nothing */
	const char *location; /* of a redirect, or NULL */
	const char *path;     /* that was asked for */
};

struct server_publish_user {
	void (*on_head)(struct http_transfer *, void *arg);
	void (*on_end)(const struct server_publish_end *, void *arg);
};

struct server_publisher;

struct server_publisher *server_publisher_new(
    const struct server_publish_user *, void *arg);
void server_publisher_free(struct server_publisher *); /* NULL is fine */

/* Publish this by the client, which is borrowed until on_end. */
void server_publisher_post(
    struct server_publisher *, struct http_client *, struct bytes json);

/* Is a POST under way, or waiting? */
bool server_publisher_is_busy(const struct server_publisher *);

/* Drop what waits and what is under way: the client changes. */
void server_publisher_reset(struct server_publisher *);

#endif
