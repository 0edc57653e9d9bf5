#include "goopd/handlers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/bus/goopd_bus.h"
#include "goopd/goopd_state.h"
#include "common/identity/signer_rules.h"
#include "goopd/site/site_fetch.h"
#include "goopd/site/site_own.h"
#include "goopd/site/site_reply.h"
#include "goopd/streams/unreachable.h"

const struct bus_handler goopd_handlers[] = BUS_HANDLERS(GOOPD_OPS);

enum { PEERS_SHOWN_MAX = 1024, ADDRESS_TTL_MS = 180 * 1000 };

static void
fail_unreachable(struct bus_call *call, int error)
{
	struct unreachable unreachable = unreachable_of(error);

	bus_fail(call, unreachable.code, "%s", unreachable.words);
}

/* --- peers */

/* The peer that a request names; false: the call has failed. */
static bool
read_peer(struct bus_call *call, const char *text, struct peer_id *ret)
{
	if (peer_id_parse(text, ret) == 0)
		return true;
	bus_fail(call, BUS_BAD_REQUEST, "not a peer id");
	return false;
}

void
handle_identity(
    struct identity_call call, const struct nothing *request, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	char base36[PEER_ID_BASE36_SIZE];
	struct identity_reply reply = {
		.peer_id = goopd->identity.text,
		.peer_id_base36 = base36,
		.port = host_port(goopd->host),
	};

	(void)request;
	peer_id_print_base36(&goopd->identity.peer, base36);
	goopd_addresses(goopd, &reply.addresses);
	reply_identity(call, &reply);
	strings_free(&reply.addresses);
}

/* The peer, whose addresses the host learns; false: the call has failed. An
 * address that cannot be read is no fault of the caller: peers announce them.
 */
static bool
learn_peer(struct goopd *goopd, struct bus_call *call,
    const struct peer_addresses *known, struct peer_id *ret)
{
	struct multiaddr address;
	bool has_place = false;
	size_t i;

	if (!read_peer(call, known->peer_id, ret))
		return false;
	for (i = 0; i < known->addresses.count; i++) {
		if (multiaddr_parse(known->addresses.items[i], &address) < 0)
			continue;
		has_place |= multiaddr_is_circuit(&address);
		host_learn(goopd->host, ret, &address, ADDRESS_TTL_MS);
	}
	if (known->is_at_server && !has_place)
		reach_learn_places(goopd->reach, ret, ADDRESS_TTL_MS);
	return true;
}

void
handle_peer_learn(
    struct peer_learn_call call, const struct peer_addresses *known, void *arg)
{
	struct peer_id peer;

	if (learn_peer(goopd_of(arg), call.bus, known, &peer))
		reply_peer_learn(call, NOTHING);
}

/* The peer is none that we are to be connected with. */
void
handle_peer_part(
    struct peer_part_call call, const struct peer_ref *ref, void *arg)
{
	struct peer_id peer;

	if (!read_peer(call.bus, ref->peer_id, &peer))
		return;
	host_disconnect(goopd_of(arg)->host, &peer);
	reply_peer_part(call, NOTHING);
}

void
handle_relay_offer(
    struct relay_offer_call call, const struct relay_offer *offer, void *arg)
{
	int rc = reach_take_offer(goopd_of(arg)->reach, offer);

	if (rc == 0)
		reply_relay_offer(call, NOTHING);
	else if (rc == -EINVAL)
		bus_fail(call.bus, BUS_BAD_REQUEST, "not a peer id");
	else
		bus_fail(call.bus, BUS_BUSY, "too many relays");
}

void
handle_reachability(
    struct reachability_call call, const struct nothing *request, void *arg)
{
	struct reachability_report report = { 0 };

	(void)request;
	reach_report(goopd_of(arg)->reach, &report);
	reply_reachability(call, &report);
	message_fini(&reachability_report_message, &report);
}

void
handle_peer_profile(struct peer_profile_call call,
    const struct peer_profile *profile, void *arg)
{
	struct peer_id peer;

	if (!read_peer(call.bus, profile->peer_id, &peer))
		return;
	peer_emails_set(goopd_of(arg)->emails, &peer, profile->email);
	reply_peer_profile(call, NOTHING);
}

static void
on_connected(struct host *host, struct stream *stream, int error, void *arg)
{
	struct peer_connect_call call = { arg };

	(void)host;
	(void)stream;
	if (error == 0)
		reply_peer_connect(call, NOTHING);
	else
		fail_unreachable(arg, error);
}

void
handle_peer_connect(struct peer_connect_call call,
    const struct peer_addresses *known, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct peer_id peer;

	if (!learn_peer(goopd, call.bus, known, &peer))
		return;
	host_clear_backoff(goopd->host, &peer);
	host_connect(goopd->host, &peer, bus_call_left_ms(call.bus),
	    on_connected, call.bus);
}

/* --- connections */

static struct connection_row
row_of(const struct host *host, const struct host_peer_row *peer)
{
	struct host_path path;
	char id[PEER_ID_TEXT_SIZE], address[MULTIADDR_TEXT_SIZE];

	peer_id_print(&peer->peer, id);
	multiaddr_print(&peer->address, address);
	host_best_path(host, &peer->peer, &path);
	return (struct connection_row){
		.peer_id = xstrdup(id),
		.address = xstrdup(address),
		.way = xstrdup(reach_way(&path)),
		.agent = xstrdup(peer->agent),
		.is_inbound = peer->is_inbound,
		.streams = peer->streams,
		.rtt_us = peer->rtt_us > 0 ? peer->rtt_us : 0,
	};
}

void
handle_connections(
    struct connections_call call, const struct nothing *request, void *arg)
{
	CLEANUP_FREE struct host_peer_row *peers =
	    xreallocarray(NULL, PEERS_SHOWN_MAX, sizeof(*peers));
	struct connections_reply reply = { 0 };
	struct connection_row *rows;
	size_t i;

	(void)request;
	reply.rows.count =
	    host_peers(goopd_of(arg)->host, peers, PEERS_SHOWN_MAX);
	rows = xreallocarray(NULL, reply.rows.count + 1, sizeof(*rows));
	for (i = 0; i < reply.rows.count; i++)
		rows[i] = row_of(goopd_of(arg)->host, &peers[i]);
	reply.rows.items = rows;
	reply_connections(call, &reply);
	message_fini(&connections_reply_message, &reply);
}

/* --- probing */

struct probe {
	struct peer_probe_call call;
	struct host *host;
	struct peer_id peer;
	struct monotime start;
};

static void
on_asked(int error, const char *label, void *arg)
{
	struct probe *probe = arg;
	char address[MULTIADDR_TEXT_SIZE];
	struct host_peer_row row;
	struct peer_probe_reply reply = {
		.is_reachable = error == 0,
		.label = label,
		.took_ms = monotime_since_ms(monotime_now(), probe->start),
	};

	/* The address in use. */
	if (host_peer(probe->host, &probe->peer, &row)) {
		multiaddr_print(&row.address, address);
		reply.address = address;
	}
	reply_peer_probe(probe->call, &reply);
	free(probe);
}

void
handle_peer_probe(
    struct peer_probe_call call, const struct peer_addresses *known, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct peer_id peer;
	struct probe *probe;

	if (!learn_peer(goopd, call.bus, known, &peer))
		return;
	probe = xzalloc(sizeof(*probe));
	probe->call = call;
	probe->host = goopd->host;
	probe->peer = peer;
	probe->start = monotime_now();
	/* A little less than the caller's budget, so that a failure arrives in
	 * time. */
	liveness_ask(goopd->host, &peer, bus_call_left_ms(call.bus) * 9 / 10,
	    on_asked, probe);
}

/* --- pubsub, the profile */

static bool
is_joined(const struct goopd *goopd, const char *topic)
{
	size_t i;

	for (i = 0; i < goopd->topic_count; i++) {
		if (strcmp(goopd->topics[i], topic) == 0)
			return true;
	}
	return false;
}

void
handle_pubsub_join(
    struct pubsub_join_call call, const struct topic_ref *ref, void *arg)
{
	struct goopd *goopd = goopd_of(arg);

	if (ref->topic[0] == '\0') {
		bus_fail(call.bus, BUS_BAD_REQUEST, "the topic has no name");
		return;
	}
	if (!is_joined(goopd, ref->topic)) {
		if (goopd->topic_count == GOOPD_TOPICS_MAX) {
			bus_fail(call.bus, BUS_BUSY, "too many topics");
			return;
		}
		goopd->topics[goopd->topic_count++] = xstrdup(ref->topic);
		pubsub_join(goopd->pubsub, ref->topic);
	}
	reply_pubsub_join(call, NOTHING);
}

static void
fail_unsigned(struct bus_call *call, int error)
{
	if (error == -EBUSY)
		bus_fail(
		    call, BUS_BUSY, "too many messages to sign per minute");
	else
		bus_fail(call, BUS_INTERNAL, "cannot sign the message: %s",
		    strerror(-error));
}

void
handle_pubsub_publish(struct pubsub_publish_call call,
    const struct publish_request *publish, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct publish_reply reply = { 0 };
	size_t peers = 0;
	int rc;

	rc = pubsub_publish(goopd->pubsub, publish->topic,
	    (struct bytes){ publish->data.data, publish->data.len }, &peers);
	reply.peers = (int64_t)peers;
	if (rc == 0)
		reply_pubsub_publish(call, &reply);
	else if (rc == -EMSGSIZE)
		bus_fail(call.bus, BUS_TOO_LARGE, "the message is too large");
	else
		fail_unsigned(call.bus, rc);
}

void
handle_presence_sign(
    struct presence_sign_call call, const struct sign_request *sign, void *arg)
{
	struct bytes data = { sign->data.data, sign->data.len };
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct sign_reply reply = { { signature, sizeof(signature) } };
	int rc;

	/* Other daemons may have nothing else signed. */
	if (!signer_rules_is_presence(data)) {
		bus_fail(call.bus, BUS_FORBIDDEN,
		    "only presence messages are signed");
		return;
	}
	rc = signer_sign(goopd_of(arg)->identity.signer, data, signature);
	if (rc == 0)
		reply_presence_sign(call, &reply);
	else
		fail_unsigned(call.bus, rc);
}

/* --- sites */

/* A user waits: dial again what failed a while ago. */
static void
fetch_site(struct goopd *goopd, const struct peer_id *peer,
    const struct site_request *request, struct site_open_call call)
{
	if (!host_is_connected(goopd->host, peer))
		host_clear_backoff(goopd->host, peer);
	site_fetch_open(goopd->host, goopd->local_streams, peer, request,
	    goopd->settled, call);
}

void
handle_site_open(
    struct site_open_call call, const struct site_open *open, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct site_request wanted;
	struct peer_id peer;

	if (peer_id_parse(open->peer_id, &peer) < 0)
		bus_fail(call.bus, BUS_BAD_REQUEST, "not a peer id");
	else if (site_reply_read(open, &wanted) < 0)
		bus_fail(call.bus, BUS_BAD_REQUEST,
		    "the path must start with a slash; values must have no "
		    "control characters and at most %d bytes",
		    SITE_VALUE_MAX);
	else if (peer_id_equal(&peer, &goopd->identity.peer))
		site_own_open(goopd->site, goopd->local_streams, &wanted, call);
	else
		fetch_site(goopd, &peer, &wanted, call);
}
