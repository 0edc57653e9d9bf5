#include "goop-discoveryd/goopd_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"

struct goopd_session {
	struct bus_client *client;
	struct event *retry;
	const char *topic;
	const struct goopd_session_user *user;
	void *arg;
	bool is_up;
	uint64_t pending; /* the request of the greeting; 0: none */
	struct identity_reply identity;
};

static void goopd_session_greet(struct goopd_session *);

static void
goopd_session_again(
    struct goopd_session *session, const struct bus_error *error)
{
	static const struct timeval wait = { 0, GOOPD_RETRY_MS * 1000 };

	log_debug("goopd not ready: %s", error->message);
	event_add(session->retry, &wait);
}

static void
goopd_session_on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct goopd_session *session = arg;

	(void)fd;
	(void)what;
	if (bus_is_up(session->client))
		goopd_session_greet(session);
}

/* --- the greeting: identity, topic, connections */

static void
goopd_session_on_connections(const struct bus_error *error,
    const struct connections_reply *connections, void *arg)
{
	struct goopd_session *session = arg;

	session->pending = 0;
	if (error != NULL) {
		goopd_session_again(session, error);
		return;
	}
	session->is_up = true;
	session->user->on_up(&session->identity, connections, session->arg);
}

static void
goopd_session_on_joined(
    const struct bus_error *error, const struct nothing *reply, void *arg)
{
	struct goopd_session *session = arg;

	(void)reply;
	session->pending = 0;
	if (error != NULL)
		goopd_session_again(session, error);
	else
		session->pending = ask_connections(session->client, NOTHING,
		    GOOPD_ASK_MS, goopd_session_on_connections, session);
}

static void
goopd_session_on_identity(const struct bus_error *error,
    const struct identity_reply *identity, void *arg)
{
	struct goopd_session *session = arg;
	struct topic_ref topic = { session->topic };

	session->pending = 0;
	if (error != NULL) {
		goopd_session_again(session, error);
		return;
	}
	message_fini(&identity_reply_message, &session->identity);
	message_copy(&identity_reply_message, identity, &session->identity);
	session->pending = ask_pubsub_join(session->client, &topic,
	    GOOPD_ASK_MS, goopd_session_on_joined, session);
}

static void
goopd_session_greet(struct goopd_session *session)
{
	event_del(session->retry);
	if (session->pending != 0)
		bus_cancel(session->client, session->pending);
	session->pending = ask_identity(session->client, NOTHING, GOOPD_ASK_MS,
	    goopd_session_on_identity, session);
}

/* --- events */

static void
goopd_session_on_message(const struct pubsub_message *message, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_message(message, session->arg);
}

static void
goopd_session_on_subscriber(
    const struct pubsub_subscriber *subscriber, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_subscriber(subscriber, session->arg);
}

static void
goopd_session_on_connected(const struct peer_connected *connected, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_connected(connected->peer_id, session->arg);
}

static void
goopd_session_on_disconnected(const struct peer_ref *peer, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_disconnected(peer->peer_id, session->arg);
}

static void
goopd_session_on_addresses(const struct own_addresses *addresses, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_addresses(addresses, session->arg);
}

static void
goopd_session_on_path(const struct peer_path *path, void *arg)
{
	struct goopd_session *session = arg;

	session->user->on_path(path, session->arg);
}

/* goopd may have started anew, and then it knows nothing of us. */
static void
goopd_session_on_gap(void *arg)
{
	goopd_session_greet(arg);
}

static void
goopd_session_on_lost(void *arg)
{
	struct goopd_session *session = arg;

	event_del(session->retry);
	if (!session->is_up)
		return;
	session->is_up = false;
	session->user->on_down(session->arg);
}

static const struct bus_subscriber goopd_session_events[] = {
	SUBSCRIBE(pubsub_message, goopd_session_on_message),
	SUBSCRIBE(pubsub_subscriber, goopd_session_on_subscriber),
	SUBSCRIBE(peer_connected, goopd_session_on_connected),
	SUBSCRIBE(peer_disconnected, goopd_session_on_disconnected),
	SUBSCRIBE(own_addresses, goopd_session_on_addresses),
	SUBSCRIBE(peer_path, goopd_session_on_path),
	BUS_SUBSCRIBER_END,
};

static const struct bus_watcher goopd_session_watcher = {
	goopd_session_events,
	goopd_session_on_gap,
	goopd_session_on_lost,
};

/* --- life */

struct goopd_session *
goopd_session_new(struct bus *bus, struct event_base *base, const char *topic,
    const struct goopd_session_user *user, void *arg)
{
	struct goopd_session *session = xzalloc(sizeof(*session));

	session->topic = topic;
	session->user = user;
	session->arg = arg;
	session->retry = evtimer_new(base, goopd_session_on_retry, session);
	session->client =
	    bus_connect(bus, "goopd", &goopd_session_watcher, session);
	return session;
}

bool
goopd_session_is_up(const struct goopd_session *session)
{
	/* Answers fail a moment before on_lost comes. */
	return session->is_up && bus_is_up(session->client);
}

struct bus_client *
goopd_session_client(const struct goopd_session *session)
{
	return session->client;
}
