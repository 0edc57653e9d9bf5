#include "goopd/reach/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/relay/relay_client.h"
#include "goopd/reach/reach_report.h"

/* A server, and the relay beside it. */
struct offer {
	char *server;         /* NULL: free */
	struct peer_id relay; /* len 0: it has none */
};

struct reach {
	struct host *host;
	struct relay_client *relays;
	struct offer offers[GOOP_RELAYS_MAX];
	const char *mapping_state; /* of reach_set_mapped(); or NULL */
	struct reach_mapping mappings[REACH_MAPPINGS_MAX];
	size_t mapping_count;
};

/* --- what is announced --- */

static size_t
mapped_addresses(
    const struct reach *reach, struct multiaddr ret[REACH_MAPPINGS_MAX])
{
	const char *outside;
	size_t count = 0, i;

	for (i = 0; i < reach->mapping_count; i++) {
		outside = reach->mappings[i].outside;
		if (outside != NULL && reach->mappings[i].error == NULL &&
		    multiaddr_parse(outside, &ret[count]) == 0 &&
		    multiaddr_is_dialable(&ret[count]) &&
		    !multiaddr_is_private(&ret[count]))
			count++;
	}
	return count;
}

static void
announce(struct reach *reach)
{
	struct multiaddr told[HOST_ANNOUNCED_MAX];
	size_t count = mapped_addresses(reach, told);

	count += relay_client_addresses(
	    reach->relays, told + count, HOST_ANNOUNCED_MAX - count);
	host_announce(reach->host, told, count);
}

static void
on_relays_changed(struct relay_client *relays, void *arg)
{
	(void)relays;
	announce(arg);
}

static void
forget_mappings(struct reach *reach)
{
	while (reach->mapping_count > 0)
		message_fini(&reach_mapping_message,
		    &reach->mappings[--reach->mapping_count]);
	text_replace(&reach->mapping_state, NULL);
}

void
reach_set_mapped(struct reach *reach, const char *state,
    const struct reach_mapping *mappings, size_t count)
{
	forget_mappings(reach);
	text_replace(&reach->mapping_state, state);
	for (; reach->mapping_count < count &&
	       reach->mapping_count < REACH_MAPPINGS_MAX;
	     reach->mapping_count++)
		message_copy(&reach_mapping_message,
		    &mappings[reach->mapping_count],
		    &reach->mappings[reach->mapping_count]);
	announce(reach);
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
	forget_mappings(reach);
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

/* The server beside which the relay is. */
static const char *
server_of(const struct reach *reach, const struct peer_id *relay)
{
	size_t i;

	for (i = 0; i < GOOP_RELAYS_MAX; i++)
		if (peer_id_equal(&reach->offers[i].relay, relay))
			return reach->offers[i].server;
	return NULL;
}

void
reach_report(const struct reach *reach, struct reachability_report *ret)
{
	struct relay_row relays[RELAY_CLIENT_RELAYS_MAX];
	size_t count, i;

	ret->port = host_port(reach->host);
	count =
	    relay_client_relays(reach->relays, relays, RELAY_CLIENT_RELAYS_MAX);
	for (i = 0; i < count; i++)
		report_relay(
		    ret, &relays[i], server_of(reach, &relays[i].relay));
	report_interfaces(ret, reach->host);
	for (i = 0; i < reach->mapping_count; i++)
		report_mapping(ret, &reach->mappings[i]);
	text_replace(&ret->port_mapping_state, reach->mapping_state);
	report_state(ret);
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
