#include "goopd/reach/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/relay/relay_client.h"

/* A server, and the relay beside it. */
struct offer {
	char *server;         /* NULL: free */
	struct peer_id relay; /* len 0: it has none */
};

struct reach {
	struct host *host;
	struct relay_client *relays;
	struct offer offers[GOOP_RELAYS_MAX];
};

static void
on_relays_changed(struct relay_client *relays, void *arg)
{
	struct reach *reach = arg;
	struct multiaddr circuits[HOST_ANNOUNCED_MAX];
	size_t count;

	count = relay_client_addresses(relays, circuits, HOST_ANNOUNCED_MAX);
	host_announce(reach->host, circuits, count);
}

struct reach *
reach_new(struct host *host)
{
	struct reach *reach = xzalloc(sizeof(*reach));

	reach->host = host;
	reach->relays = relay_client_new(host, on_relays_changed, reach);
	return reach;
}

void
reach_free(struct reach *reach)
{
	size_t i;

	if (reach == NULL)
		return;
	for (i = 0; i < GOOP_RELAYS_MAX; i++)
		free(reach->offers[i].server);
	relay_client_free(reach->relays);
	free(reach);
}

/* The offer of this server, or a free one; NULL: there are too many. */
static struct offer *
find_offer(struct reach *reach, const char *server)
{
	struct offer *offer, *vacant = NULL;
	size_t i;

	for (i = 0; i < GOOP_RELAYS_MAX; i++) {
		offer = &reach->offers[i];
		if (offer->server == NULL)
			vacant = offer;
		else if (strcmp(offer->server, server) == 0)
			return offer;
	}
	return vacant;
}

/* Two servers may have one relay. */
static bool
is_offered(const struct reach *reach, const struct peer_id *relay)
{
	size_t i;

	for (i = 0; i < GOOP_RELAYS_MAX; i++)
		if (peer_id_equal(&reach->offers[i].relay, relay))
			return true;
	return false;
}

static void
withdraw(struct reach *reach, struct offer *offer)
{
	struct peer_id relay = offer->relay;

	offer->relay.len = 0;
	if (relay.len > 0 && !is_offered(reach, &relay))
		relay_client_remove(reach->relays, &relay);
}

static size_t
read_addresses(const struct relay_offer *offer, struct multiaddr *ret)
{
	struct peer_id named;
	size_t i, count = 0;

	for (i = 0; i < offer->addresses.count; i++) {
		if (multiaddr_parse(offer->addresses.items[i], &ret[count]) < 0)
			continue;
		multiaddr_take_peer(&ret[count], &named);
		if (multiaddr_is_dialable(&ret[count]))
			count++;
	}
	return count;
}

int
reach_take_offer(struct reach *reach, const struct relay_offer *told)
{
	struct multiaddr addresses[RELAY_OFFERED_ADDRESSES_MAX];
	struct offer *offer = find_offer(reach, told->server);
	struct peer_id relay = { .len = 0 };

	if (told->peer_id != NULL && peer_id_parse(told->peer_id, &relay) < 0)
		return -EINVAL;
	if (offer == NULL)
		return -ENOSPC;
	if (offer->server == NULL)
		offer->server = xstrdup(told->server);
	if (!peer_id_equal(&offer->relay, &relay))
		withdraw(reach, offer);
	offer->relay = relay;
	if (relay.len == 0)
		return 0;
	return relay_client_add(
	    reach->relays, &relay, addresses, read_addresses(told, addresses));
}

void
reach_on_disconnected(struct reach *reach, const struct peer_id *peer)
{
	relay_client_on_disconnected(reach->relays, peer);
}

void
reach_print_status(const struct reach *reach, char text[REACH_STATUS_SIZE])
{
	struct relay_row rows[RELAY_CLIENT_RELAYS_MAX];
	size_t count, i, held = 0;

	text[0] = '\0';
	count =
	    relay_client_relays(reach->relays, rows, RELAY_CLIENT_RELAYS_MAX);
	for (i = 0; i < count; i++)
		held += rows[i].is_reserved;
	if (count == 0)
		return;
	if (held == 0)
		snprintf(text, REACH_STATUS_SIZE, "no place at a relay");
	else
		snprintf(text, REACH_STATUS_SIZE, "a place at %zu relay%s",
		    held, held == 1 ? "" : "s");
}

const char *
reach_way(const struct host_path *path)
{
	if (path->is_relayed)
		return "relayed";
	if (path->is_punched)
		return "punched";
	if (multiaddr_is_private(&path->address) ||
	    multiaddr_is_local(&path->address))
		return "lan";
	return "direct";
}
