/*
 * data_client: asks databases, by way of goopd. An answer comes in pieces, each
 * when it is asked for: a small one over the bus, a large one over
 * goopd.stream, of which never more than a piece is in memory.
 *
 * While goopd is away a query waits for it, DATA_RESTART_MS at most. A query
 * that was lost with goopd is asked again, if it may be.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_CLIENT_H
#define GOOP_VIEWERD_DATA_DATA_CLIENT_H

#include <event2/buffer.h>
#include <event2/event.h>

#include "common/libp2p/multiformats/peer_id.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "proto/data_ops.h"

enum {
	DATA_BUDGET_MS = 15 * 1000, /* of each time it is asked */
	DATA_RESTART_MS = 5 * 1000,
	DATA_RETRY_MS = 50,
	DATA_STALL_MS = 15 * 1000, /* no byte of the answer */
};

struct data_client;
struct data_query; /* one under way */

/* run_directory: of goopd.stream. At most max queries at a time. */
struct data_client *data_client_new(struct event_base *, struct goopd_client *,
    const char *run_directory, unsigned int max);
/* Without queries under way; NULL is fine. */
void data_client_free(struct data_client *);

struct data_question {
	const struct peer_id *peer; /* NULL: the own database */
	enum data_op op;
	const char *request_id; /* unless the body has one; NULL: none */
	struct bytes body;      /* JSON, as the page sent it */
	bool may_repeat;        /* asked twice, it happens once all the same */
};

/* Neither is called from inside the functions below. */
struct data_listener {
	/* The next piece, to be moved out; left more bytes follow, each piece
	 * after data_query_next(). With left 0 the query is gone. */
	void (*on_piece)(struct evbuffer *piece, int64_t left, void *arg);
	/* It failed, maybe after some pieces; the query is gone. */
	void (*on_fail)(enum bus_code, const char *sentence, void *arg);
};

/* Ask; the question is copied. The first piece comes without
 * data_query_next(). NULL: there are too many queries (counted). */
struct data_query *data_client_ask(struct data_client *,
    const struct data_question *, const struct data_listener *, void *arg);
void data_query_next(struct data_query *);
void data_query_cancel(struct data_query *); /* frees it, without a call */

#endif
