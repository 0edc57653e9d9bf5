/*
 * goopd_session: the connection to goopd. After each (re)start of goopd it asks
 * for our identity, joins the presence topic, asks for the connections, and
 * then reports that goopd is up.
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
	/* goopd is there, anew: it knows nothing of what it heard before. */
	void (*on_up)(const struct identity_reply *,
	    const struct connections_reply *, void *arg);
	void (*on_down)(void *arg);
	void (*on_message)(const struct pubsub_message *, void *arg);
	void (*on_subscriber)(const struct pubsub_subscriber *, void *arg);
	void (*on_connected)(const char *peer_id, void *arg);
	void (*on_disconnected)(const char *peer_id, void *arg);
	void (*on_addresses)(const struct own_addresses *, void *arg);
	void (*on_path)(const struct peer_path *, void *arg);
};

struct goopd_session;

/* topic and user are borrowed. */
struct goopd_session *goopd_session_new(struct bus *, struct event_base *,
    const char *topic, const struct goopd_session_user *, void *arg);

bool goopd_session_is_up(const struct goopd_session *);

/* To ask goopd with ask_X(); borrowed. */
struct bus_client *goopd_session_client(const struct goopd_session *);

#endif
