/*
 * log_feed: the log lines of all programs of this peer, in one ring, sent to
 * all readers of /api/logs/stream. Each daemon keeps its own lines; missed
 * lines are requested when the daemon is up again.
 */
#ifndef GOOP_VIEWERD_FEEDS_LOG_FEED_H
#define GOOP_VIEWERD_FEEDS_LOG_FEED_H

#include "common/bus/daemon_bus.h"
#include "common/http/server/http_request.h"

struct log_feed;

/* names: a NULL-terminated list of programs on the bus. */
struct log_feed *log_feed_new(struct bus *, struct event_base *,
    const char *const *names, unsigned int max_readers);
void log_feed_free(struct log_feed *); /* NULL is fine */

/* GET /api/logs and GET /api/logs/stream; both answer the request. */
void log_feed_reply_list(struct log_feed *, struct http_request *);
void log_feed_join(struct log_feed *, struct http_request *);

#endif
