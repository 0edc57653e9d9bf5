/*
 * The connection of a client. ZeroMQ reconnects by itself; its monitor tells
 * when, so that those who wait for an answer from the dead hear it at once.
 */
#include <errno.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_internal.h"

enum {
	MONITORED = ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
		    ZMQ_EVENT_DISCONNECTED,
};

static void
link_went_up(struct bus_client *client)
{
	if (client->state == BUS_LINK_UP)
		return;
	client->state = BUS_LINK_UP;
	log_debug("bus connected to=%s", client->name);
	bus_client_on_up(client);
	bus_events_check(client);
}

static void
link_went_down(struct bus_client *client)
{
	enum bus_link_state before = client->state;

	client->state = BUS_LINK_DOWN;
	if (before != BUS_LINK_DOWN)
		bus_client_on_down(client);
	if (before != BUS_LINK_UP)
		return;
	log_debug("bus lost to=%s", client->name);
	bus_events_renew(client);
	if (client->watcher != NULL && client->watcher->on_lost != NULL)
		client->watcher->on_lost(client->arg);
}

/* zmq_socket_monitor(3): 16 bits of event, 32 bits of value, host order */
static void
on_monitor(const struct bus_parts *parts, void *arg)
{
	struct bus_client *client = arg;
	struct bytes frame = bus_part(parts, 0);
	uint16_t event;

	if (frame.len < sizeof(event))
		return;
	memcpy(&event, frame.data, sizeof(event));
	if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
		link_went_up(client);
	else
		link_went_down(client);
}

static int
open_monitor(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint =
	    xasprintf("inproc://monitor-%u", bus->monitors++);
	int rc;

	if (zmq_socket_monitor(client->rpc.zmq, endpoint, MONITORED) == -1)
		return -errno;
	rc = bus_socket_open(&client->monitor, bus->base, bus->zmq, ZMQ_PAIR,
	    on_monitor, client);
	if (rc == 0)
		rc = bus_socket_connect(&client->monitor, endpoint);
	return rc;
}

int
bus_link_open(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint =
	    bus_address(bus, client->name, bus_caller(bus->self)->suffix);
	int rc;

	rc = bus_socket_open(&client->rpc, bus->base, bus->zmq, ZMQ_DEALER,
	    bus_client_on_answer, client);
	if (rc == 0)
		rc = open_monitor(client);
	if (rc == 0)
		rc = bus_events_open(client);
	if (rc == 0)
		rc = bus_socket_connect(&client->rpc, endpoint);
	return rc;
}

void
bus_link_close(struct bus_client *client)
{
	if (client->rpc.zmq != NULL)
		zmq_socket_monitor(client->rpc.zmq, NULL, 0);
	bus_socket_close(&client->monitor);
	bus_socket_close(&client->rpc);
	bus_socket_close(&client->events);
}
