#include "goopd/reach/reach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/holepunch/holepunch.h"
#include "common/libp2p/host/host_announce.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/relay/relay_client.h"
#include "goopd/reach/outside_view.h"
#include "goopd/reach/reach_check.h"
#include "goopd/reach/reach_report.h"
#include "goopd/reach/relay_places.h"
#include "goopd/reach/relay_refresh.h"

enum {
	INTERFACES_MAX = 32,
	OBSERVED_MAX = 6, /* candidates; observers may say anything */
};

/* A server, and the relay beside it. */
struct offer {
	char *server;         /* NULL: free */
	struct peer_id relay; /* len 0: it has none */
	struct relay_places places;
};

struct reach {
	struct host *host;
	void (*on_change)(void *arg);
	void *arg;
	struct relay_client *relays;
	struct holepunch *holepunch; /* NULL: stopped */
	struct reach_check *check;
	struct multiaddr interfaces[INTERFACES_MAX];
	size_t interface_count;
	struct offer offers[GOOP_RELAYS_MAX];
	const char *mapping_state; /* of reach_set_mapped(); or NULL */
	struct reach_mapping mappings[REACH_MAPPINGS_MAX];
	size_t mapping_count;
};

/* --- what is announced --- */

static size_t
mapped_candidates(
    const struct reach *reach, struct candidate ret[REACH_MAPPINGS_MAX])
{
	const char *outside;
	size_t count = 0, i;

	for (i = 0; i < reach->mapping_count; i++) {
		outside = reach->mappings[i].outside;
		if (outside == NULL || reach->mappings[i].error != NULL ||
		    multiaddr_parse(outside, &ret[count].address) < 0)
			continue;
		ret[count++].source = VERDICT_MAPPED;
	}
	return count;
}

/* To where a router maps our port; and where it hands that port on with the
 * same number, by a rule of its owner, or since one address is for one machine,
 * as clouds do. */
static size_t
observed_candidates(
    const struct reach *reach, struct candidate ret[OBSERVED_MAX])
{
	struct outside_view views[OUTSIDE_VIEWS_MAX];
	size_t view_count = outside_views(reach->host, views), count = 0, i;

	for (i = 0; i < view_count && count + 2 <= OBSERVED_MAX; i++) {
		if (views[i].is_of_port)
			ret[count++] = (struct candidate){
				.address = views[i].address,
				.source = VERDICT_OBSERVED,
			};
		if (multiaddr_with_port(&views[i].address,
			host_port(reach->host), &ret[count].address) == 0)
			ret[count++].source = VERDICT_OBSERVED;
	}
	return count;
}

static void
set_candidates(struct reach *reach)
{
	struct candidate
	    all[REACH_MAPPINGS_MAX + INTERFACES_MAX + OUTSIDE_VIEWS_MAX];
	size_t count = mapped_candidates(reach, all), i;

	for (i = 0; i < reach->interface_count; i++)
		all[count++] = (struct candidate){
			.address = reach->interfaces[i],
			.source = VERDICT_INTERFACE,
		};
	count += observed_candidates(reach, all + count);
	reach_check_set(reach->check, all, count);
}

/* The host tells the addresses of interfaces by itself. */
static void
announce(struct reach *reach)
{
	const struct verdicts *verdicts = reach_check_verdicts(reach->check);
	struct multiaddr told[HOST_ANNOUNCED_MAX], withheld[HOST_WITHHELD_MAX];
	const struct verdict *row;
	size_t told_count = 0, withheld_count = 0, i;

	for (i = 0; i < verdicts->count && told_count < HOST_ANNOUNCED_MAX;
	     i++) {
		row = &verdicts->rows[i];
		if (row->source != VERDICT_INTERFACE &&
		    verdict_is_announced(row))
			told[told_count++] = row->address;
		else if (row->source == VERDICT_INTERFACE &&
			 !verdict_is_announced(row))
			withheld[withheld_count++] = row->address;
	}
	/* Also when others reach us without: peers of the original only take
	 * this way. */
	told_count += relay_client_addresses(
	    reach->relays, told + told_count, HOST_ANNOUNCED_MAX - told_count);
	host_withhold(reach->host, withheld, withheld_count);
	host_announce(reach->host, told, told_count);
}

static void
on_relays_changed(struct relay_client *relays, void *arg)
{
	(void)relays;
	announce(arg);
}

static void
on_verdict(void *arg)
{
	struct reach *reach = arg;

	announce(reach);
	reach->on_change(reach->arg);
}

static bool
read_interfaces(struct reach *reach)
{
	struct multiaddr now[INTERFACES_MAX];
	size_t count, i;
	bool is_same;

	count = host_interface_addresses(reach->host, now, INTERFACES_MAX);
	is_same = count == reach->interface_count;
	for (i = 0; is_same && i < count; i++)
		is_same = multiaddr_equal(&now[i], &reach->interfaces[i]);
	memcpy(reach->interfaces, now, count * sizeof(now[0]));
	reach->interface_count = count;
	return !is_same;
}

void
reach_on_addresses(struct reach *reach)
{
	if (!read_interfaces(reach))
		return; /* it is what we announce */
	set_candidates(reach);
	reach_check_on_network(reach->check);
	announce(reach);
	if (reach->holepunch != NULL)
		holepunch_on_addresses(reach->holepunch);
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
	set_candidates(reach);
	announce(reach);
}

struct reach *
reach_new(struct host *host, void (*on_change)(void *arg), void *arg)
{
	struct reach *reach = xzalloc(sizeof(*reach));

	reach->host = host;
	reach->on_change = on_change;
	reach->arg = arg;
	reach->relays = relay_client_new(host, on_relays_changed, reach);
	relay_refresh_serve(host, reach->relays);
	reach->holepunch = holepunch_new(host);
	reach->check = reach_check_new(host, on_verdict, reach);
	reach_on_addresses(reach);
	return reach;
}

void
reach_stop(struct reach *reach)
{
	holepunch_free(reach->holepunch);
	reach->holepunch = NULL;
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
	reach_check_free(reach->check);
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

void
reach_learn_places(
    const struct reach *reach, const struct peer_id *peer, int64_t ttl_ms)
{
	size_t i;

	for (i = 0; i < GOOP_RELAYS_MAX; i++)
		relay_places_learn(
		    &reach->offers[i].places, reach->host, peer, ttl_ms);
}

int
reach_take_offer(struct reach *reach, const struct relay_offer *told)
{
	struct multiaddr addresses[RELAY_OFFERED_ADDRESSES_MAX];
	struct offer *offer = find_offer(reach, told->server);
	struct peer_id relay = { .len = 0 };
	size_t count;

	if (told->peer_id != NULL && peer_id_parse(told->peer_id, &relay) < 0)
		return -EINVAL;
	if (offer == NULL)
		return -ENOSPC;
	if (offer->server == NULL)
		offer->server = xstrdup(told->server);
	if (!peer_id_equal(&offer->relay, &relay))
		withdraw(reach, offer);
	offer->relay = relay;
	count = relay.len > 0 ? relay_offer_addresses(told, addresses) : 0;
	relay_places_set(&offer->places, &relay, addresses, count);
	if (relay.len == 0)
		return 0;
	reach_check_prefer(reach->check, &relay);
	host_dial_from_port(reach->host, &relay);
	return relay_client_add(reach->relays, &relay, addresses, count);
}

void
reach_on_identified(struct reach *reach, const struct peer_id *peer)
{
	if (reach->holepunch != NULL)
		holepunch_on_identified(reach->holepunch, peer);
	set_candidates(reach);
	announce(reach); /* what nobody sees any more is gone */
	reach_check_on_identified(reach->check);
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
	const struct verdicts *verdicts = reach_check_verdicts(reach->check);
	struct relay_row relays[RELAY_CLIENT_RELAYS_MAX];
	struct outside_view views[OUTSIDE_VIEWS_MAX];
	size_t count, view_count, i;

	ret->port = host_port(reach->host);
	count =
	    relay_client_relays(reach->relays, relays, RELAY_CLIENT_RELAYS_MAX);
	for (i = 0; i < count; i++)
		report_relay(
		    ret, &relays[i], server_of(reach, &relays[i].relay));
	for (i = 0; i < verdicts->count; i++)
		report_address(ret, &verdicts->rows[i]);
	view_count = outside_views(reach->host, views);
	for (i = 0; i < view_count; i++)
		report_observed(ret, &views[i]);
	for (i = 0; i < reach->mapping_count; i++)
		report_mapping(ret, &reach->mappings[i], views, view_count);
	text_replace(&ret->port_mapping_state, reach->mapping_state);
	report_state(ret, outside_nat_of(views, view_count));
}

static bool
is_reachable(const struct reach *reach)
{
	const struct verdicts *verdicts = reach_check_verdicts(reach->check);
	size_t i;

	for (i = 0; i < verdicts->count; i++)
		if (verdicts->rows[i].state == VERDICT_REACHABLE)
			return true;
	return false;
}

/* One more part of a status, where there is room. */
static void __attribute__((format(printf, 2, 3)))
add_part(char text[REACH_STATUS_SIZE], const char *format, ...)
{
	size_t len = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	len += (size_t)snprintf(
	    text + len, REACH_STATUS_SIZE - len, "%s", len > 0 ? ", " : "");
	if (len < REACH_STATUS_SIZE)
		vsnprintf(
		    text + len, REACH_STATUS_SIZE - len, format, arguments);
	va_end(arguments);
}

static void
add_mappings(const struct reach *reach, char text[REACH_STATUS_SIZE])
{
	const struct reach_mapping *mapping;
	size_t i;

	for (i = 0; i < reach->mapping_count; i++) {
		mapping = &reach->mappings[i];
		if (mapping->error == NULL && mapping->protocol != NULL &&
		    mapping->outside != NULL)
			add_part(text, "mapped by %s as %s", mapping->protocol,
			    mapping->outside);
	}
}

void
reach_print_status(const struct reach *reach, char text[REACH_STATUS_SIZE])
{
	struct relay_row rows[RELAY_CLIENT_RELAYS_MAX];
	size_t count, i, held = 0;

	text[0] = '\0';
	add_mappings(reach, text);
	if (is_reachable(reach))
		add_part(text, "reachable from outside");
	count =
	    relay_client_relays(reach->relays, rows, RELAY_CLIENT_RELAYS_MAX);
	for (i = 0; i < count; i++)
		held += rows[i].is_reserved;
	if (held > 0)
		add_part(
		    text, "a place at %zu relay%s", held, held == 1 ? "" : "s");
	else if (count > 0)
		add_part(text, "no place at a relay");
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
