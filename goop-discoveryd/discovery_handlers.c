#include "goop-discoveryd/discovery_handlers.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/bus/discovery_bus.h"

enum {
	PROBE_CALLS_MAX = 16,     /* callers that wait for probes */
	PROBE_MARGIN_MS = 200,    /* of their budget, for the answer */
	REPLY_BYTES = 768 * 1024, /* well within BUS_MESSAGE_MAX */
};

/* A caller of discovery_probe. */
struct probe_call {
	STAILQ_ENTRY(probe_call) next;
	struct discovery_probe_call call;
	struct monotime deadline;
};

/* --- peers */

static size_t
text_size(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

/* About what a row takes in msgpack, its keys included. */
static size_t
row_size(const struct peer_row *row)
{
	size_t size = 256, i;

	size += text_size(row->peer_id) + text_size(row->peer_id_base36) +
		text_size(row->label) + text_size(row->email) +
		text_size(row->avatar_hash) + text_size(row->active_template) +
		text_size(row->version);
	for (i = 0; i < row->addresses.count; i++)
		size += text_size(row->addresses.items[i]) + 3;
	return size;
}

/* What remains of a row when the texts of strangers have filled the reply. */
static struct peer_row
row_thin(const struct peer_row *row)
{
	return (struct peer_row){
		.peer_id = row->peer_id,
		.peer_id_base36 = row->peer_id_base36,
		.is_reachable = row->is_reachable,
		.is_offline = row->is_offline,
		.is_favorite = row->is_favorite,
		.last_seen_ms = row->last_seen_ms,
		.source = row->source,
		.is_verified = row->is_verified,
		.is_proven = row->is_proven,
		.way = row->way,
		.rtt_us = row->rtt_us,
	};
}

static int
row_compare(const void *a, const void *b)
{
	const struct peer_row *x = a, *y = b;

	return strcmp(x->peer_id, y->peer_id);
}

/* Rows are borrowed from the table; free(items). */
static void
peers_fill(const struct peer_table *table, struct peers_reply *ret)
{
	struct peer_row *rows =
	    xreallocarray(NULL, GOOP_PEERS_MAX, sizeof(*rows));
	const struct peer *peer;
	size_t count = 0, size = 0;

	for (peer = peer_table_first(table);
	     peer != NULL && count < GOOP_PEERS_MAX; peer = peer->hh.next) {
		if (peer->state == PEER_REMEMBERED)
			continue;
		size += row_size(&peer->row);
		rows[count++] =
		    size <= REPLY_BYTES ? peer->row : row_thin(&peer->row);
	}
	qsort(rows, count, sizeof(*rows), row_compare);
	ret->peers = (struct records){ rows, count };
}

void
handle_discovery_peers(
    struct discovery_peers_call call, const struct nothing *request, void *arg)
{
	struct daemon_context *context = arg;
	const struct discovery *discovery = context->state;
	struct peers_reply reply;

	(void)request;
	peers_fill(discovery->table, &reply);
	reply_discovery_peers(call, &reply);
	free(reply.peers.items);
}

/* --- probing */

static void
probe_call_finish(struct discovery *discovery, struct probe_call *waiting)
{
	struct peers_reply reply;

	STAILQ_REMOVE(&discovery->probe_calls, waiting, probe_call, next);
	discovery->probe_call_count--;
	peers_fill(discovery->table, &reply);
	reply_discovery_probe(waiting->call, &reply);
	free(reply.peers.items);
	free(waiting);
}

void
discovery_run_probe_calls(struct discovery *discovery, struct monotime now)
{
	struct probe_call *waiting, *next;
	bool done = !goopd_session_is_up(discovery->goopd) ||
		    !peer_table_is_probing(discovery->table, now);

	for (waiting = STAILQ_FIRST(&discovery->probe_calls); waiting != NULL;
	     waiting = next) {
		next = STAILQ_NEXT(waiting, next);
		if (done || monotime_reached(now, waiting->deadline))
			probe_call_finish(discovery, waiting);
	}
}

struct monotime
discovery_probe_calls_deadline(const struct discovery *discovery)
{
	return STAILQ_EMPTY(&discovery->probe_calls)
		   ? MONOTIME_NEVER
		   : STAILQ_FIRST(&discovery->probe_calls)->deadline;
}

void
handle_discovery_probe(
    struct discovery_probe_call call, const struct nothing *request, void *arg)
{
	struct daemon_context *context = arg;
	struct discovery *discovery = context->state;
	struct monotime now = monotime_now();
	struct probe_call *waiting;

	(void)request;
	if (discovery->probe_call_count == PROBE_CALLS_MAX) {
		bus_fail(
		    call.bus, BUS_BUSY, "too many wait for probes already");
		return;
	}
	waiting = xzalloc(sizeof(*waiting));
	waiting->call = call;
	waiting->deadline =
	    monotime_add_ms(now, bus_call_left_ms(call.bus) - PROBE_MARGIN_MS);
	STAILQ_INSERT_TAIL(&discovery->probe_calls, waiting, next);
	discovery->probe_call_count++;
	peer_table_probe_all(discovery->table, now);
	discovery_wake(discovery);
}

/* --- rendezvous servers */

void
handle_discovery_servers(struct discovery_servers_call call,
    const struct nothing *request, void *arg)
{
	struct daemon_context *context = arg;
	struct discovery *discovery = context->state;
	struct servers_reply reply;

	(void)request;
	rendezvous_client_rows(discovery->rendezvous, monotime_now(), &reply);
	reply_discovery_servers(call, &reply);
	message_fini(&servers_reply_message, &reply);
}

const struct bus_handler discovery_handlers[] = BUS_HANDLERS(DISCOVERY_OPS);
