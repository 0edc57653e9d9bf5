/*
 * peer_feed: the peers that goop-discoveryd knows, kept here so that pages have
 * them at once, also while goop-discoveryd restarts, and sent to all readers of
 * /api/peers/events.
 */
#ifndef GOOP_VIEWERD_FEEDS_PEER_FEED_H
#define GOOP_VIEWERD_FEEDS_PEER_FEED_H

#include "common/bus/discovery_bus.h"
#include "common/http/stream/sse_hub.h"

struct peer_feed;

/* on_state: goop-discoveryd came up or went away. */
struct peer_feed *peer_feed_new(struct bus *, struct event_base *,
    unsigned int max_readers, void (*on_state)(void *arg), void *arg);
void peer_feed_free(struct peer_feed *); /* NULL is fine */

struct bus_client *peer_feed_client(struct peer_feed *);
bool peer_feed_is_up(const struct peer_feed *);

/* For other events on the same stream. */
struct sse_hub *peer_feed_hub(struct peer_feed *);

/* The rendezvous servers; changes are sent as the event "servers". */
const struct servers_reply *peer_feed_servers(const struct peer_feed *);

/* GET /api/peers: answer with the list. */
void peer_feed_reply_list(struct peer_feed *, struct http_request *);

/* POST /api/peers/probe: answer with the list after goop-discoveryd probed all
 * peers. */
void peer_feed_probe(struct peer_feed *, struct http_request *);

/* GET /api/peers/events: a snapshot, then changes. 0 with *ret borrowed;
 * negative: the request has been answered with an error. */
int peer_feed_join(
    struct peer_feed *, struct http_request *, struct sse_reader **ret);

#endif
