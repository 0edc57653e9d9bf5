#include "goop-discoveryd/peer_events.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/discovery_bus.h"

/* --- what goopd has to know: visits dial without asking us */

static void
learn(struct discovery *discovery, const struct peer_addresses *known)
{
	ask_peer_learn(goopd_session_client(discovery->goopd), known,
	    GOOPD_ASK_MS, NULL, NULL);
}

static void
tell_addresses(struct discovery *discovery, const struct peer *peer)
{
	const struct peer_addresses known = {
		.peer_id = peer->row.peer_id,
		.addresses = peer->row.addresses,
		.is_at_server = peer_sources_remote(&peer->sources),
	};

	learn(discovery, &known);
}

static void
tell_profile(struct discovery *discovery, const struct peer_row *row)
{
	struct peer_profile profile = { .peer_id = row->peer_id };

	/* A presence may have a longer e-mail than a row of a database. */
	if (row->email != NULL && strlen(row->email) <= GOOP_EMAIL_MAX)
		profile.email = row->email;
	ask_peer_profile(goopd_session_client(discovery->goopd), &profile,
	    GOOPD_ASK_MS, NULL, NULL);
}

void
discovery_tell_goopd(struct discovery *discovery)
{
	const struct peer *peer = peer_table_first(discovery->table);

	for (; peer != NULL; peer = peer->hh.next) {
		if (peer->state != PEER_ONLINE)
			continue;
		tell_addresses(discovery, peer);
		if (peer->row.email != NULL)
			tell_profile(discovery, &peer->row);
	}
}

/* --- from the sources */

/* A peer of another tag stays connected only on account of a server. */
static void
part(struct discovery *discovery, const struct peer_id *id,
    const struct peer *peer)
{
	char text[PEER_ID_TEXT_SIZE];
	struct peer_ref ref = { text };

	if (peer != NULL && peer_sources_remote(&peer->sources))
		return;
	peer_id_print(id, text);
	log_debug("peer of another tag peer=%s", text);
	dialer_unwant(discovery->dialer, id);
	ask_peer_part(goopd_session_client(discovery->goopd), &ref,
	    GOOPD_ASK_MS, NULL, NULL);
}

void
discovery_hear(struct discovery *discovery, const struct peer_heard *heard,
    struct monotime now)
{
	const struct presence_heard *message = heard->message;
	const struct peer *peer;
	int rc = peer_table_hear(discovery->table, heard, now);

	if (rc == PEER_TABLE_FULL)
		return;
	peer = peer_table_find(discovery->table, &message->peer);
	if (rc == PEER_TABLE_STRANGER) {
		part(discovery, &message->peer, peer);
		return;
	}
	if (peer == NULL || peer->state != PEER_ONLINE)
		dialer_unwant(discovery->dialer, &message->peer);
	else if (!presence_is(&message->presence, PRESENCE_OFFLINE))
		dialer_want(discovery->dialer, &message->peer, now);
}

/* Dialled from both sides at once, a connection may come about that neither
 * side could make alone. */
void
discovery_hear_punch(
    struct discovery *discovery, const struct presence_heard *message)
{
	const struct peer *peer =
	    peer_table_find(discovery->table, &message->peer);
	char text[PEER_ID_TEXT_SIZE];
	struct peer_addresses known = { .peer_id = text,
		.addresses = message->presence.addrs };

	if (!goopd_session_is_up(discovery->goopd))
		return;
	peer_id_print(&message->peer, text);
	if (peer == NULL || peer->state != PEER_ONLINE) {
		ask_peer_connect(goopd_session_client(discovery->goopd), &known,
		    GOOPD_CONNECT_MS, NULL, NULL);
		return;
	}
	learn(discovery, &known);
	dialer_hurry(discovery->dialer, &message->peer, monotime_now());
	discovery_wake(discovery);
}

/* --- from the table */

static void
log_change(const struct peer *peer)
{
	const struct peer_row *row = &peer->row;

	if (peer->state != peer->reported &&
	    (peer->state == PEER_ONLINE || peer->reported == PEER_ONLINE))
		log_stranger("peer %s peer=%s label=%s",
		    peer->state == PEER_ONLINE ? "online" : "offline",
		    row->peer_id, row->label != NULL ? row->label : "");
	else
		log_debug("peer changed peer=%s reachable=%d", row->peer_id,
		    row->is_reachable);
}

static void
on_peer_online(
    struct discovery *discovery, const struct peer *peer, bool is_new)
{
	if (is_new || peer->has_new_addresses)
		tell_addresses(discovery, peer);
	if (is_new || peer->has_new_email)
		tell_profile(discovery, &peer->row);
	/* A peer that gossips may not know us yet: its end of the connection
	 * may be older than ours, and then it does not subscribe anew. */
	if (is_new && peer->sources.of[PEER_GOSSIP].is_online) {
		announce_timer_newcomer(
		    &discovery->announce_timer, monotime_now());
		discovery_wake(discovery);
	}
}

static void
on_peer_changed(const struct peer *peer, void *arg)
{
	struct discovery *discovery = arg;

	discovery->cache_is_stale = true;
	log_change(peer);
	if (peer->state == PEER_ONLINE)
		on_peer_online(discovery, peer, peer->reported != PEER_ONLINE);
	/* One that said goodbye is not heard by mDNS either. */
	if (peer->state == PEER_OFFLINE &&
	    !mdns_io_knows(discovery->mdns, &peer->id))
		dialer_unwant(discovery->dialer, &peer->id);
	publish_peer_changed(discovery->context->server, &peer->row);
	discovery_set_status(discovery);
}

static void
on_peer_removed(const struct peer *peer, void *arg)
{
	struct discovery *discovery = arg;
	struct peer_ref ref = { peer->row.peer_id };

	discovery->cache_is_stale = true;
	if (peer->state == PEER_ONLINE)
		dialer_unwant(discovery->dialer, &peer->id);
	publish_peer_removed(discovery->context->server, &ref);
}

const struct peer_table_user discovery_table_user = {
	on_peer_changed,
	on_peer_removed,
};

/* --- from mDNS */

static void
on_mdns_found(const struct mdns_found *found, void *arg)
{
	struct discovery *discovery = arg;
	char text[MDNS_ADDRESS_TEXT_SIZE], peer[PEER_ID_TEXT_SIZE];
	struct peer_addresses known = { .peer_id = peer };
	size_t i;

	if (!goopd_session_is_up(discovery->goopd))
		return; /* it is found again when goopd is there */
	for (i = 0; i < found->count; i++) {
		mdns_address_print(
		    &found->addresses[i], found->interface, text);
		strings_add(&known.addresses, text);
	}
	peer_id_print(&found->peer, peer);
	log_debug("mdns found peer=%s at=%s", peer, known.addresses.items[0]);
	learn(discovery, &known);
	strings_free(&known.addresses);
	peer_table_set_near(discovery->table, &found->peer, true);
	dialer_want(discovery->dialer, &found->peer, monotime_now());
	dialer_set_near(discovery->dialer, &found->peer, true);
	discovery_wake(discovery);
}

static void
on_mdns_lost(const struct peer_id *id, void *arg)
{
	struct discovery *discovery = arg;
	const struct peer *peer = peer_table_find(discovery->table, id);

	peer_table_set_near(discovery->table, id, false);
	dialer_set_near(discovery->dialer, id, false);
	if (peer == NULL || peer->state != PEER_ONLINE)
		dialer_unwant(discovery->dialer, id);
}

static void
on_mdns_double(void *arg)
{
	discovery_note_double(arg);
}

static void
on_network(void *arg)
{
	struct discovery *discovery = arg;

	peer_table_probe_absent(discovery->table, monotime_now());
	dialer_network_changed(discovery->dialer, monotime_now());
	if (discovery->rendezvous != NULL)
		rendezvous_client_network_changed(discovery->rendezvous);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

const struct mdns_io_user discovery_mdns_user = {
	on_mdns_found,
	on_mdns_lost,
	on_mdns_double,
	on_network,
};

/* --- probes and dials */

/* A question to goopd about one peer, under way. */
struct goopd_request {
	struct discovery *discovery;
	struct peer_id peer;
};

static struct goopd_request *
goopd_request_new(struct discovery *discovery, const struct peer_id *peer)
{
	struct goopd_request *request = xzalloc(sizeof(*request));

	request->discovery = discovery;
	request->peer = *peer;
	return request;
}

/* The peer, and its addresses as the table has them; borrowed. */
static struct peer_addresses
known_of(const struct discovery *discovery, const struct peer_id *id,
    char text[PEER_ID_TEXT_SIZE])
{
	const struct peer *peer = peer_table_find(discovery->table, id);
	struct peer_addresses known = { .peer_id = text };

	peer_id_print(id, text);
	if (peer != NULL) {
		known.addresses = peer->row.addresses;
		known.is_at_server = peer_sources_remote(&peer->sources);
	}
	return known;
}

/* Does an error say something of the peer, or only of goopd? */
static bool
error_is_of_peer(
    const struct discovery *discovery, const struct bus_error *error)
{
	return goopd_session_is_up(discovery->goopd) &&
	       (error->code == BUS_UNREACHABLE || error->code == BUS_TIMEOUT ||
		   error->code == BUS_NOT_FOUND);
}

static void
on_probed(const struct bus_error *error, const struct peer_probe_reply *probe,
    void *arg)
{
	struct goopd_request *request = arg;
	struct discovery *discovery = request->discovery;
	struct monotime now = monotime_now();

	if (error != NULL && !error_is_of_peer(discovery, error))
		peer_table_probe_void(discovery->table, &request->peer, now);
	else
		peer_table_probed(discovery->table, &request->peer,
		    error == NULL && probe->is_reachable, now);
	discovery->probes--;
	free(request);
	discovery_wake(discovery);
}

void
discovery_run_probes(struct discovery *discovery, struct monotime now)
{
	char text[PEER_ID_TEXT_SIZE];
	struct peer_addresses known;
	struct peer_id peer;

	while (discovery->probes < DISCOVERY_PROBES_MAX &&
	       peer_table_next_probe(discovery->table, now, &peer)) {
		known = known_of(discovery, &peer, text);
		discovery->probes++;
		ask_peer_probe(goopd_session_client(discovery->goopd), &known,
		    GOOPD_PROBE_MS, on_probed,
		    goopd_request_new(discovery, &peer));
	}
}

static void
on_dialled(
    const struct bus_error *error, const struct nothing *reply, void *arg)
{
	struct goopd_request *request = arg;
	struct discovery *discovery = request->discovery;
	char text[PEER_ID_TEXT_SIZE];

	(void)reply;
	if (error != NULL) {
		peer_id_print(&request->peer, text);
		log_debug("dial failed peer=%s: %s", text, error->message);
	}
	dialer_done(
	    discovery->dialer, &request->peer, error == NULL, monotime_now());
	free(request);
	discovery_wake(discovery);
}

void
discovery_run_dials(struct discovery *discovery, struct monotime now)
{
	char text[PEER_ID_TEXT_SIZE];
	struct peer_addresses known;
	struct peer_id peer;

	while (dialer_next(discovery->dialer, now, &peer)) {
		known = known_of(discovery, &peer, text);
		ask_peer_connect(goopd_session_client(discovery->goopd), &known,
		    GOOPD_CONNECT_MS, on_dialled,
		    goopd_request_new(discovery, &peer));
	}
}
