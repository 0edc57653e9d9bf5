/*
 * liveness: /goop/content/1.0.0, by which peers ask each other for their label,
 * which also shows that they are online.
 */
#ifndef GOOPD_STREAMS_LIVENESS_H
#define GOOPD_STREAMS_LIVENESS_H

#include "common/libp2p/host/host.h"

#define LIVENESS_PROTOCOL "/goop/content/1.0.0"

enum {
	LIVENESS_LABEL_MAX = 256, /* GOOP_LABEL_MAX of the bus */
	LIVENESS_LINGER_MS = 10000,
};

struct liveness;

/* Serve the protocol with this label. */
struct liveness *liveness_new(struct host *, const char *label);
void liveness_free(struct liveness *); /* after the host's */

/* Change the label. 0; -EINVAL if it is too long, not UTF-8, or has a control
 * character. */
int liveness_set_label(struct liveness *, const char *label);

/* --- asking */

/*
 * Ask a peer for its label. done is called exactly once, never from inside this
 * call: with 0 if the peer answered (label is NULL if the answer was unusable),
 * or with an error of stream_ask().
 */
typedef void liveness_asked_fn(int error, const char *label, void *arg);
void liveness_ask(struct host *, const struct peer_id *, int64_t timeout_ms,
    liveness_asked_fn *done, void *arg);

#endif
