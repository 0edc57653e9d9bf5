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
goopd_session_again(struct goopd_session *link, const struct bus_error *error)
{
	static const struct timeval wait = { 0, GOOPD_RETRY_MS * 1000 };

	log_debug("goopd not ready: %s", error->message);
	event_add(link->retry, &wait);
}

static void
goopd_session_on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct goopd_session *link = arg;

	(void)fd;
	(void)what;
	if (bus_is_up(link->client))
		goopd_session_greet(link);
}

/* --- the greeting: identity, topic, connections */

static void
goopd_session_on_connections(const struct bus_error *error,
    const struct connections_reply *connections, void *arg)
{
	struct goopd_session *link = arg;

	link->pending = 0;
	if (error != NULL) {
		goopd_session_again(link, error);
		return;
	}
	link->is_up = true;
	link->user->on_up(&link->identity, connections, link->arg);
}

static void
goopd_session_on_joined(
    const struct bus_error *error, const struct nothing *reply, void *arg)
{
	struct goopd_session *link = arg;

	(void)reply;
	link->pending = 0;
	if (error != NULL)
		goopd_session_again(link, error);
	else
		link->pending = ask_connections(link->client, NOTHING,
		    GOOPD_ASK_MS, goopd_session_on_connections, link);
}

static void
goopd_session_on_identity(const struct bus_error *error,
    const struct identity_reply *identity, void *arg)
{
	struct goopd_session *link = arg;
	struct topic_ref topic = { link->topic };

	link->pending = 0;
	if (error != NULL) {
		goopd_session_again(link, error);
		return;
	}
	message_fini(&identity_reply_message, &link->identity);
	message_copy(&identity_reply_message, identity, &link->identity);
	link->pending = ask_pubsub_join(
	    link->client, &topic, GOOPD_ASK_MS, goopd_session_on_joined, link);
}

static void
goopd_session_greet(struct goopd_session *link)
{
	event_del(link->retry);
	if (link->pending != 0)
		bus_cancel(link->client, link->pending);
	link->pending = ask_identity(link->client, NOTHING, GOOPD_ASK_MS,
	    goopd_session_on_identity, link);
}

/* --- events */

static void
goopd_session_on_message(const struct pubsub_message *message, void *arg)
{
	struct goopd_session *link = arg;

	link->user->on_message(message, link->arg);
}

static void
goopd_session_on_subscriber(
    const struct pubsub_subscriber *subscriber, void *arg)
{
	struct goopd_session *link = arg;

	link->user->on_subscriber(subscriber, link->arg);
}

static void
goopd_session_on_connected(const struct peer_connected *connected, void *arg)
{
	struct goopd_session *link = arg;

	link->user->on_connected(connected->peer_id, link->arg);
}

static void
goopd_session_on_disconnected(const struct peer_ref *peer, void *arg)
{
	struct goopd_session *link = arg;

	link->user->on_disconnected(peer->peer_id, link->arg);
}

static void
goopd_session_on_addresses(const struct own_addresses *addresses, void *arg)
{
	struct goopd_session *link = arg;

	link->user->on_addresses(addresses, link->arg);
}

/* It may have started anew, and then it knows nothing of us. */
static void
goopd_session_on_gap(void *arg)
{
	goopd_session_greet(arg);
}

static void
goopd_session_on_lost(void *arg)
{
	struct goopd_session *link = arg;

	event_del(link->retry);
	if (!link->is_up)
		return;
	link->is_up = false;
	link->user->on_down(link->arg);
}

static const struct bus_subscriber goopd_session_events[] = {
	SUBSCRIBE(pubsub_message, goopd_session_on_message),
	SUBSCRIBE(pubsub_subscriber, goopd_session_on_subscriber),
	SUBSCRIBE(peer_connected, goopd_session_on_connected),
	SUBSCRIBE(peer_disconnected, goopd_session_on_disconnected),
	SUBSCRIBE(own_addresses, goopd_session_on_addresses),
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
	struct goopd_session *link = xzalloc(sizeof(*link));

	link->topic = topic;
	link->user = user;
	link->arg = arg;
	link->retry = evtimer_new(base, goopd_session_on_retry, link);
	link->client = bus_connect(bus, "goopd", &goopd_session_watcher, link);
	return link;
}

void
goopd_session_free(struct goopd_session *link)
{
	if (link == NULL)
		return;
	bus_client_free(link->client);
	event_free(link->retry);
	message_fini(&identity_reply_message, &link->identity);
	free(link);
}

bool
goopd_session_is_up(const struct goopd_session *link)
{
	/* Answers fail a moment before on_lost comes. */
	return link->is_up && bus_is_up(link->client);
}

/* --- asking */

void
goopd_session_learn(
    struct goopd_session *link, const struct peer_addresses *known)
{
	ask_peer_learn(link->client, known, GOOPD_ASK_MS, NULL, NULL);
}

void
goopd_session_profile(
    struct goopd_session *link, const struct peer_profile *profile)
{
	ask_peer_profile(link->client, profile, GOOPD_ASK_MS, NULL, NULL);
}

void
goopd_session_connect(struct goopd_session *link,
    const struct peer_addresses *known, peer_connect_done_fn *done, void *arg)
{
	ask_peer_connect(link->client, known, GOOPD_CONNECT_MS, done, arg);
}

void
goopd_session_probe(struct goopd_session *link,
    const struct peer_addresses *known, peer_probe_done_fn *done, void *arg)
{
	ask_peer_probe(link->client, known, GOOPD_PROBE_MS, done, arg);
}

void
goopd_session_sign(struct goopd_session *link, struct bytes data,
    int64_t budget_ms, presence_sign_done_fn *done, void *arg)
{
	struct sign_request request = {
		{ data.data, data.len },
	};

	ask_presence_sign(link->client, &request, budget_ms, done, arg);
}

void
goopd_session_publish(struct goopd_session *link, struct bytes data,
    int64_t budget_ms, pubsub_publish_done_fn *done, void *arg)
{
	struct publish_request request = {
		.topic = link->topic,
		.data = { data.data, data.len },
	};

	ask_pubsub_publish(link->client, &request, budget_ms, done, arg);
}
