#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/discovery.h"

/* --- what goopd has to know */

/* Addresses, beside those that the table knows. */
void
discovery_teach_addresses(struct discovery *discovery, const struct peer_id *id,
    const struct strings *addresses)
{
	const struct peer *peer = peer_table_find(discovery->table, id);
	char text[PEER_ID_TEXT_SIZE];

	peer_id_print(id, text);
	goopd_session_learn(discovery->goopd, text, addresses,
	    peer != NULL ? peer->row.email : NULL, DISCOVERY_ADDRESS_TTL_MS);
}

/* goopd forgets addresses; so it is told them whenever it is to use them. */
static void
discovery_teach(struct discovery *discovery, const struct peer_id *id)
{
	const struct peer *peer = peer_table_find(discovery->table, id);

	if (peer != NULL)
		discovery_teach_addresses(discovery, id, &peer->row.addresses);
}

/* Who asks its database may be anybody who is online. */
void
discovery_teach_emails(struct discovery *discovery)
{
	const struct peer *peer = peer_table_first(discovery->table);

	for (; peer != NULL; peer = peer->hh.next) {
		if (peer->state == PEER_ONLINE && peer->row.email != NULL)
			discovery_teach(discovery, &peer->id);
	}
}

/* --- the table tells */

static void
on_peer_changed(const struct peer *peer, void *arg)
{
	struct discovery *discovery = arg;
	const struct peer_row *row = &peer->row;

	discovery->cache_is_stale = true;
	if (peer->state != peer->told &&
	    (peer->state == PEER_ONLINE || peer->told == PEER_ONLINE))
		log_stranger("peer %s peer=%s label=%s",
		    peer->state == PEER_ONLINE ? "online" : "offline",
		    row->peer_id, row->label != NULL ? row->label : "");
	else
		log_debug("peer changed peer=%s reachable=%d", row->peer_id,
		    row->is_reachable);
	/* Who gossips may not know us yet: its end of the connection may be
	 * older than ours, and then nobody joins anew (field T21). */
	if (peer->state == PEER_ONLINE && peer->told != PEER_ONLINE &&
	    peer->words.of[PEER_GOSSIP].is_online) {
		announce_timer_newcomer(
		    &discovery->announce_timer, monotime_now());
		discovery_wake(discovery);
	}
	if (peer->state == PEER_ONLINE)
		discovery_teach_addresses(
		    discovery, &peer->id, &row->addresses);
	/* If mDNS still hears of it, it will be wanted again. */
	if (peer->state == PEER_OFFLINE)
		dialer_unwant(discovery->dialer, &peer->id);
	publish_peer_changed(discovery->context->server, row);
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

/* --- mDNS tells */

static void
on_mdns_found(const struct mdns_found *found, void *arg)
{
	struct discovery *discovery = arg;
	char text[MDNS_ADDRESS_TEXT_SIZE], peer[PEER_ID_TEXT_SIZE];
	struct strings addresses = { NULL, 0 };
	size_t i;

	if (!goopd_session_is_up(discovery->goopd))
		return; /* it will be told again when goopd is there */
	for (i = 0; i < found->count; i++) {
		mdns_address_print(
		    &found->addresses[i], found->interface, text);
		strings_add(&addresses, text);
	}
	peer_id_print(&found->peer, peer);
	log_debug("mdns found peer=%s at=%s", peer, addresses.items[0]);
	discovery_teach_addresses(discovery, &found->peer, &addresses);
	strings_free(&addresses);
	peer_table_set_near(discovery->table, &found->peer, true);
	dialer_want(discovery->dialer, &found->peer, monotime_now());
	discovery_wake(discovery);
}

static void
on_mdns_lost(const struct peer_id *id, void *arg)
{
	struct discovery *discovery = arg;
	const struct peer *peer = peer_table_find(discovery->table, id);

	peer_table_set_near(discovery->table, id, false);
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
	if (discovery->wan != NULL)
		rendezvous_client_network_changed(discovery->wan);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

const struct mdns_io_user discovery_mdns_user = {
	on_mdns_found,
	on_mdns_lost,
	on_mdns_double,
	on_network,
};

/* --- goopd_requests to goopd */

static struct goopd_request *
goopd_request_new(
    struct discovery *discovery, const struct peer_id *peer, bool is_probe)
{
	struct goopd_request *goopd_request = xzalloc(sizeof(*goopd_request));

	goopd_request->discovery = discovery;
	goopd_request->peer = *peer;
	goopd_request->is_probe = is_probe;
	discovery->probes += is_probe;
	return goopd_request;
}

static void
goopd_request_free(struct goopd_request *goopd_request)
{
	goopd_request->discovery->probes -= goopd_request->is_probe;
	free(goopd_request);
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
	struct goopd_request *goopd_request = arg;
	struct discovery *discovery = goopd_request->discovery;
	struct monotime now = monotime_now();

	if (error != NULL && !error_is_of_peer(discovery, error))
		peer_table_probe_void(
		    discovery->table, &goopd_request->peer, now);
	else
		peer_table_probed(discovery->table, &goopd_request->peer,
		    error == NULL && probe->is_reachable, now);
	goopd_request_free(goopd_request);
	discovery_wake(discovery);
}

void
discovery_run_probes(struct discovery *discovery, struct monotime now)
{
	char text[PEER_ID_TEXT_SIZE];
	struct peer_id peer;

	while (discovery->probes < DISCOVERY_PROBES_MAX &&
	       peer_table_next_probe(discovery->table, now, &peer)) {
		peer_id_print(&peer, text);
		discovery_teach(discovery, &peer);
		goopd_session_probe(discovery->goopd, text, on_probed,
		    goopd_request_new(discovery, &peer, true));
	}
}

static void
on_dialled(
    const struct bus_error *error, const struct nothing *reply, void *arg)
{
	struct goopd_request *goopd_request = arg;
	struct discovery *discovery = goopd_request->discovery;
	char text[PEER_ID_TEXT_SIZE];

	(void)reply;
	if (error != NULL) {
		peer_id_print(&goopd_request->peer, text);
		log_debug("dial failed peer=%s: %s", text, error->message);
	}
	dialer_done(discovery->dialer, &goopd_request->peer, error == NULL,
	    monotime_now());
	goopd_request_free(goopd_request);
	discovery_wake(discovery);
}

void
discovery_run_dials(struct discovery *discovery, struct monotime now)
{
	char text[PEER_ID_TEXT_SIZE];
	struct peer_id peer;

	while (dialer_next(discovery->dialer, now, &peer)) {
		peer_id_print(&peer, text);
		discovery_teach(discovery, &peer);
		goopd_session_connect(discovery->goopd, text, on_dialled,
		    goopd_request_new(discovery, &peer, false));
	}
}
