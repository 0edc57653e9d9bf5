/*
 * goopd_session: what goopd does for us, and what it tells. After each
 * (re)start of goopd it learns who we are, joins the presence topic and asks
 * for the connections, and then says that it is up.
 */
#ifndef GOOP_DISCOVERYD_GOOPD_SESSION_H
#define GOOP_DISCOVERYD_GOOPD_SESSION_H

#include "common/bus/goopd_bus.h"

enum {
	GOOPD_ASK_MS = 3000,
	GOOPD_RETRY_MS = 300,
	GOOPD_PROBE_MS = 5000,
	GOOPD_CONNECT_MS = 15000,
	GOOPD_PUBLISH_MS = 2000,
};

struct goopd_session_user {
	/* It is there, anew: nothing that we told it before is known to it. */
	void (*on_up)(const struct identity_reply *,
	    const struct connections_reply *, void *arg);
	void (*on_down)(void *arg);
	void (*on_message)(const struct pubsub_message *, void *arg);
	void (*on_subscriber)(const struct pubsub_subscriber *, void *arg);
	void (*on_connected)(const char *peer_id, void *arg);
	void (*on_disconnected)(const char *peer_id, void *arg);
	void (*on_addresses)(const struct own_addresses *, void *arg);
};

struct goopd_session;

/* topic and user are borrowed. */
struct goopd_session *goopd_session_new(struct bus *, struct event_base *,
    const char *topic, const struct goopd_session_user *, void *arg);
void goopd_session_free(struct goopd_session *);

bool goopd_session_is_up(const struct goopd_session *);

/* Where a peer may be reached; what it announces. Without an answer. */
void goopd_session_learn(struct goopd_session *, const struct peer_addresses *);
void goopd_session_profile(struct goopd_session *, const struct peer_profile *);

/* done as in ask_X(); NULL is fine. */
void goopd_session_connect(struct goopd_session *,
    const struct peer_addresses *, peer_connect_done_fn *done, void *arg);
void goopd_session_probe(struct goopd_session *, const struct peer_addresses *,
    peer_probe_done_fn *done, void *arg);
/* The proof of a presence message. */
void goopd_session_sign(struct goopd_session *, struct bytes data,
    int64_t budget_ms, presence_sign_done_fn *done, void *arg);
void goopd_session_publish(struct goopd_session *, struct bytes data,
    int64_t budget_ms, pubsub_publish_done_fn *done, void *arg);

#endif
