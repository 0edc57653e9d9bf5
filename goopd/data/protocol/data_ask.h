/*
 * data_ask: asks the database of another peer, over /goop/data/1.0.0. A request
 * goes out once: if the connection breaks, it is not known whether it was
 * carried out, and the caller decides what to do.
 */
#ifndef GOOPD_DATA_PROTOCOL_DATA_ASK_H
#define GOOPD_DATA_PROTOCOL_DATA_ASK_H

#include "common/base/monotime.h"
#include "common/libp2p/host/host.h"
#include "goopd/data/request/data_answer.h"

enum {
	DATA_ASKS_MAX = 1024,                    /* under way */
	DATA_ASKS_BYTES_MAX = 128 * 1024 * 1024, /* of answers coming in */
};

struct data_asking;

/* Whom, what (copied), and how long: a peer without a known address is waited
 * for until address_until, everything together takes budget_ms at most. */
struct data_question {
	const struct peer_id *peer;
	struct bytes line; /* at most DATA_REQUEST_MAX; with its LF */
	int64_t budget_ms;
	struct monotime address_until;
};

/*
 * 0 and *ret, which lives until done; or -EMSGSIZE, or -EBUSY: too many are
 * under way. done comes exactly once, never from inside this call, unless it is
 * cancelled.
 */
int data_ask(struct host *, const struct data_question *, data_done_fn *done,
    void *arg, struct data_asking **ret);
void data_ask_cancel(struct data_asking *);

#endif
