/* What siblings may ask about peers and connections. */
#include <stdlib.h>
#include <string.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/goopd.h"
#include "goopd/streams/unreachable.h"

enum { PEERS_SHOWN_MAX = 1024 };

void
goopd_fail_unreachable(struct bus_call *call, int error)
{
	struct unreachable unreachable = unreachable_of(error);

	bus_fail(call, unreachable.code, "%s", unreachable.words);
}

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
		.peer_id = goopd->self_text,
		.peer_id_base36 = base36,
		.port = host_port(goopd->host),
	};
	size_t i;

	(void)request;
	peer_id_print_base36(&goopd->self, base36);
	goopd_addresses(goopd, &reply.addresses);
	reply_identity(call, &reply);
	for (i = 0; i < reply.addresses.count; i++)
		free(reply.addresses.items[i]);
	free(reply.addresses.items);
}

void
handle_peer_learn(
    struct peer_learn_call call, const struct peer_learn *learn, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct multiaddr address;
	struct peer_id peer;
	size_t i;

	if (!read_peer(call.bus, learn->peer_id, &peer))
		return;
	/* Others' addresses: those that are none are no fault of the caller. */
	for (i = 0; i < learn->addresses.count; i++) {
		if (multiaddr_parse(learn->addresses.items[i], &address) == 0)
			host_learn(goopd->host, &peer, &address, learn->ttl_ms);
	}
	peer_emails_set(goopd->emails, &peer, learn->email);
	reply_peer_learn(call, NOTHING);
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
		goopd_fail_unreachable(arg, error);
}

void
handle_peer_connect(
    struct peer_connect_call call, const struct peer_ref *ref, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct peer_id peer;

	if (!read_peer(call.bus, ref->peer_id, &peer))
		return;
	host_clear_backoff(goopd->host, &peer);
	host_connect(goopd->host, &peer, bus_call_left_ms(call.bus),
	    on_connected, call.bus);
}

/* --- connections */

static struct connection_row
row_of(const struct host_peer_row *peer)
{
	char id[PEER_ID_TEXT_SIZE], address[MULTIADDR_TEXT_SIZE];

	peer_id_print(&peer->peer, id);
	multiaddr_print(&peer->address, address);
	return (struct connection_row){
		.peer_id = xstrdup(id),
		.address = xstrdup(address),
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
		rows[i] = row_of(&peers[i]);
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
		.label = (char *)label,
		.took_ms = monotime_since_ms(monotime_now(), probe->start),
	};

	/* By which address it is connected. */
	if (host_peer(probe->host, &probe->peer, &row)) {
		multiaddr_print(&row.address, address);
		reply.address = address;
	}
	reply_peer_probe(probe->call, &reply);
	free(probe);
}

void
handle_peer_probe(
    struct peer_probe_call call, const struct peer_ref *ref, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct peer_id peer;
	struct probe *probe;

	if (!read_peer(call.bus, ref->peer_id, &peer))
		return;
	probe = xzalloc(sizeof(*probe));
	probe->call = call;
	probe->host = goopd->host;
	probe->peer = peer;
	probe->start = monotime_now();
	/* A little less than the caller waits, so that "no" arrives, too. */
	liveness_ask(goopd->host, &peer, bus_call_left_ms(call.bus) * 9 / 10,
	    on_asked, probe);
}
