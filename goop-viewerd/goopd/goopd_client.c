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
	struct goopd_client *goopd = arg;

	if (error != NULL) /* on_gap follows */
		return;
	message_fini(&identity_reply_message, &goopd->identity);
	message_copy(&identity_reply_message, identity, &goopd->identity);
	goopd->listener->on_identity(goopd->arg);
}

static void
ask(struct goopd_client *goopd)
{
	ask_identity(goopd->client, NOTHING, ASK_MS, on_identity, goopd);
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
	struct goopd_client *goopd = arg;

	goopd->listener->on_data(change->table, goopd->arg);
}

static void
on_gap(void *arg)
{
	struct goopd_client *goopd = arg;

	ask(goopd);
	goopd->listener->on_state(goopd->arg);
	goopd->listener->on_data("", goopd->arg);
}

static void
on_lost(void *arg)
{
	struct goopd_client *goopd = arg;

	goopd->losses++;
	goopd->listener->on_state(goopd->arg);
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
	struct goopd_client *goopd = xzalloc(sizeof(*goopd));

	goopd->listener = listener;
	goopd->arg = arg;
	goopd->client = bus_connect(bus, "goopd", &watcher, goopd);
	return goopd;
}

void
goopd_client_free(struct goopd_client *goopd)
{
	if (goopd == NULL)
		return;
	bus_client_free(goopd->client);
	message_fini(&identity_reply_message, &goopd->identity);
	free(goopd);
}

struct bus_client *
goopd_client_client(struct goopd_client *goopd)
{
	return goopd->client;
}

bool
goopd_client_is_up(const struct goopd_client *goopd)
{
	return bus_is_up(goopd->client);
}

uint64_t
goopd_client_losses(const struct goopd_client *goopd)
{
	return goopd->losses;
}

const struct identity_reply *
goopd_client_identity(const struct goopd_client *goopd)
{
	return &goopd->identity;
}
