/*
 * data_client: one request to a database, by way of goopd, and its answer as
 * pieces that come when they are wished for: small answers over the bus, large
 * ones over goopd.stream, of which never more than a piece is here.
 *
 * While goopd is away a query waits for it, DATA_RESTART_MS at most. One that
 * goopd took down with it is asked again, if it may be.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_CLIENT_H
#define GOOP_VIEWERD_DATA_DATA_CLIENT_H

#include <event2/buffer.h>
#include <event2/event.h>

#include "common/libp2p/multiformats/peer_id.h"
#include "goop-viewerd/goopd/goopd_client.h"

enum {
	DATA_BUDGET_MS = 15 * 1000, /* of each time it is asked */
	DATA_RESTART_MS = 5 * 1000,
	DATA_RETRY_MS = 50,
	DATA_STALL_MS = 15 * 1000, /* no byte of the answer */
};

struct data_queries; /* all that are under way */
struct data_client;

/* run_directory: of goopd.stream. At most max at a time. */
struct data_queries *data_queries_new(struct event_base *,
    struct goopd_client *, const char *run_directory, unsigned int max);
void data_queries_free(struct data_queries *); /* none is left; NULL is fine */

struct data_question {
	const struct peer_id *peer; /* NULL: the own one */
	struct bytes request;       /* JSON; copied */
	bool may_repeat; /* asked twice, it happens once all the same */
};

/* None is called from inside the functions below. */
struct data_client_listener {
	/* The next piece, to be moved out; left more bytes follow it, after
	 * data_client_next(). With none left the query is gone. */
	void (*on_piece)(struct evbuffer *piece, int64_t left, void *arg);
	/* It failed, maybe after some pieces; the query is gone. */
	void (*on_fail)(enum bus_code, const char *words, void *arg);
};

/* The first piece comes by itself. NULL: there are too many (counted). */
struct data_client *data_client_start(struct data_queries *,
    const struct data_question *, const struct data_client_listener *,
    void *arg);
void data_client_next(struct data_client *);
void data_client_cancel(struct data_client *); /* nobody waits any more */

#endif
