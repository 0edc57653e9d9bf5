/*
 * peer_feed: the peers as goop-discoveryd knows them, kept here so that a page
 * has them at once, also while goop-discoveryd restarts, and told to all
 * readers of /api/peers/events.
 */
#ifndef GOOP_VIEWERD_FEEDS_PEER_FEED_H
#define GOOP_VIEWERD_FEEDS_PEER_FEED_H

#include "common/bus/discovery_bus.h"
#include "common/http/stream/sse_hub.h"

struct peer_feed;

/* on_link: goop-discoveryd came or went. */
struct peer_feed *peer_feed_new(struct bus *, struct event_base *,
    unsigned int max_readers, void (*on_link)(void *arg), void *arg);
void peer_feed_free(struct peer_feed *); /* NULL is fine */

struct bus_client *peer_feed_client(struct peer_feed *);
bool peer_feed_is_up(const struct peer_feed *);

/* Tell something else on the same stream. */
struct sse_hub *peer_feed_hub(struct peer_feed *);

/* The rendezvous servers as they are; changes are told as "servers". */
const struct servers_reply *peer_feed_servers(const struct peer_feed *);

/* GET /api/peers: the list as it stands. */
void peer_feed_reply_list(struct peer_feed *, struct http_request *);

/* POST /api/peers/probe: the list after goop-discoveryd looked again. */
void peer_feed_probe(struct peer_feed *, struct http_request *);

/* GET /api/peers/events: a snapshot, then changes. 0 with *ret borrowed, or a
 * negative number and the request is answered. */
int peer_feed_join(
    struct peer_feed *, struct http_request *, struct sse_reader **ret);

#endif
