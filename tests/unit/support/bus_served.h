/*
 * bus_served: a daemon called "goopd" that answers in several ways, in a
 * directory that each group of tests makes for itself.
 */
#ifndef TESTS_UNIT_SUPPORT_BUS_SERVED_H
#define TESTS_UNIT_SUPPORT_BUS_SERVED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bus/goopd_bus.h"

static char directory[64];

static inline int
make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/bus_test.XXXXXX");
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static inline int
remove_directory(void **state)
{
	static const char *const sockets[] = { "goopd.rpc", "goopd.viewerd",
		"goopd.discoveryd", "goopd.events" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, sockets[i]);
		unlink(path);
	}
	return rmdir(directory);
}

struct served {
	struct event_base *base;
	struct bus *bus;
	struct bus_server *server;
	struct peer_probe_call kept; /* a request nobody answers */
	int kept_count;
};

static inline void
on_identity(struct identity_call call, const struct nothing *request, void *arg)
{
	struct identity_reply reply = { .peer_id = (char *)(uintptr_t) "me",
		.port = getpid() % 65536 };

	(void)request;
	(void)arg;
	reply_identity(call, &reply);
}

static inline void
on_peer_probe(
    struct peer_probe_call call, const struct peer_addresses *peer, void *arg)
{
	struct served *served = arg;

	if (!strcmp(peer->peer_id, "refused")) {
		bus_fail(call.bus, BUS_FORBIDDEN, "not %s", peer->peer_id);
		return;
	}
	served->kept = call;
	served->kept_count++;
}

static inline void
on_pubsub_publish(struct pubsub_publish_call call,
    const struct publish_request *publish, void *arg)
{
	struct pubsub_message event = { .topic = publish->topic,
		.author = publish->topic,
		.data = publish->data };
	struct served *served = arg;
	struct publish_reply reply = { 7 };

	publish_pubsub_message(served->server, &event);
	reply_pubsub_publish(call, &reply);
}

static const struct bus_handler handlers[] = {
	HANDLER(identity, on_identity),
	HANDLER(peer_probe, on_peer_probe),
	HANDLER(pubsub_publish, on_pubsub_publish),
	BUS_HANDLER_END,
};

static inline void
serve(struct served *served, struct event_base *base)
{
	*served = (struct served){ .base = base };
	assert_int_equal(
	    bus_new(base, directory, FROM_DISCOVERYD, &served->bus), 0);
	assert_int_equal(
	    bus_serve(served->bus, "goopd", handlers, served, &served->server),
	    0);
}

static inline void
stop_serving(struct served *served)
{
	bus_server_free(served->server);
	bus_free(served->bus);
}

#endif
