#include "goop-viewerd/goopd/goopd_client.h"

#include <stdlib.h>

#include "common/base/xalloc.h"

enum { ASK_MS = 5000 };

struct goopd_client {
	struct bus_client *client;
	const struct goopd_listener *listener;
	void *arg;
	struct identity_reply identity;
	uint64_t losses;
};

static void
on_identity(const struct bus_error *error,
    const struct identity_reply *identity, void *arg)
{
	struct goopd_client *link = arg;

	if (error != NULL) /* on_gap follows */
		return;
	message_fini(&identity_reply_message, &link->identity);
	message_copy(&identity_reply_message, identity, &link->identity);
	link->listener->on_identity(link->arg);
}

static void
ask(struct goopd_client *link)
{
	ask_identity(link->client, NOTHING, ASK_MS, on_identity, link);
}

static void
on_addresses(const struct own_addresses *addresses, void *arg)
{
	(void)addresses;
	ask(arg);
}

static void
on_data_changed(const struct data_change *change, void *arg)
{
	struct goopd_client *link = arg;

	link->listener->on_data(change->table, link->arg);
}

static void
on_gap(void *arg)
{
	struct goopd_client *link = arg;

	ask(link);
	link->listener->on_link(link->arg);
	link->listener->on_data("", link->arg);
}

static void
on_lost(void *arg)
{
	struct goopd_client *link = arg;

	link->losses++;
	link->listener->on_link(link->arg);
}

struct goopd_client *
goopd_client_new(
    struct bus *bus, const struct goopd_listener *listener, void *arg)
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(own_addresses, on_addresses),
		SUBSCRIBE(data_changed, on_data_changed),
		BUS_SUBSCRIBER_END,
	};
	static const struct bus_watcher watcher = { events, on_gap, on_lost };
	struct goopd_client *link = xzalloc(sizeof(*link));

	link->listener = listener;
	link->arg = arg;
	link->client = bus_connect(bus, "goopd", &watcher, link);
	return link;
}

void
goopd_client_free(struct goopd_client *link)
{
	if (link == NULL)
		return;
	bus_client_free(link->client);
	message_fini(&identity_reply_message, &link->identity);
	free(link);
}

struct bus_client *
goopd_client_client(struct goopd_client *link)
{
	return link->client;
}

bool
goopd_client_is_up(const struct goopd_client *link)
{
	return bus_is_up(link->client);
}

uint64_t
goopd_client_losses(const struct goopd_client *link)
{
	return link->losses;
}

const struct identity_reply *
goopd_client_identity(const struct goopd_client *link)
{
	return &link->identity;
}
