#include "common/libp2p/host/host_peer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(
    connections_over_peer_limit, "connections refused: too many to that peer");

enum {
	RELAYED_IDLE_MS = 30000, /* beside a direct one; then it closes */
	PUSHES_BURST = 8,        /* identify pushes of a peer; then */
};
static const double pushes_per_second = 0.2;

struct host_peer *
host_peer_find(const struct host *host, const struct peer_id *id)
{
	struct host_peer *peer;

	HASH_FIND(hh, host->peers, id, sizeof(*id), peer);
	return peer;
}

static struct host_peer *
host_peer_new(struct host *host, const struct peer_id *id)
{
	struct host_peer *peer = xzalloc(sizeof(*peer));

	peer->id = *id;
	TAILQ_INIT(&peer->connections);
	identify_init(&peer->identify);
	token_bucket_init(
	    &peer->pushes, PUSHES_BURST, pushes_per_second, monotime_now());
	HASH_ADD(hh, host->peers, id, sizeof(peer->id), peer);
	return peer;
}

/* Make room for one more: close the oldest suspect. */
static void
host_peer_make_room(struct host_peer *peer)
{
	struct host_connection *connection, *oldest = NULL;

	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (host_connection_is_suspect(connection))
			oldest = connection;
	if (oldest != NULL)
		host_connection_close(
		    oldest, "suspect, and a newer connection is up");
}

bool
host_peer_attach(struct host_connection *connection)
{
	struct host *host = connection->host;
	const struct peer_id *id = connection_remote(connection->machine);
	struct host_peer *peer = host_peer_find(host, id);
	bool is_first = peer == NULL;

	if (is_first)
		peer = host_peer_new(host, id);
	if (peer->connection_count >= host->limits.connections_per_peer)
		host_peer_make_room(peer);
	if (peer->connection_count >= host->limits.connections_per_peer) {
		counter_add(&connections_over_peer_limit, 1);
		return false;
	}
	TAILQ_INSERT_HEAD(&peer->connections, connection, of_peer);
	peer->connection_count++;
	peer->users++;
	connection->peer = peer;
	peer_book_forgive(host->book, id);
	if (is_first && host->observer.on_connected != NULL)
		host->observer.on_connected(host, id, &connection->address,
		    !connection->is_dialer, host->arg);
	return true;
}

void
host_peer_detach(struct host_connection *connection)
{
	if (connection->peer == NULL)
		return;
	TAILQ_REMOVE(&connection->peer->connections, connection, of_peer);
	connection->peer->connection_count--;
}

void
host_peer_release(struct host *host, struct host_peer *peer)
{
	struct peer_id id = peer->id;

	if (--peer->users > 0)
		return;
	HASH_DEL(host->peers, peer);
	identify_fini(&peer->identify);
	free(peer);
	if (host->observer.on_disconnected != NULL)
		host->observer.on_disconnected(host, &id, host->arg);
}

static bool
has_need(const struct host_connection *connection, enum host_need need)
{
	if (need == HOST_NEED_UNLIMITED)
		return !connection->is_limited;
	if (need == HOST_NEED_DIRECT)
		return !host_connection_is_relayed(connection);
	if (need == HOST_NEED_RELAYED_IN)
		return host_connection_is_relayed(connection) &&
		       !connection->is_dialer;
	if (need == HOST_NEED_RELAYED)
		return host_connection_is_relayed(connection);
	return true;
}

/* Of several connections the older ones may have died unnoticed. */
struct host_connection *
host_peer_connection(const struct host_peer *peer, enum host_need need)
{
	struct host_connection *connection, *best = NULL;
	int demerits, least = INT_MAX;

	TAILQ_FOREACH (connection, &peer->connections, of_peer) {
		if (!has_need(connection, need))
			continue;
		demerits = host_connection_is_relayed(connection) +
			   2 * host_connection_is_suspect(connection);
		if (demerits < least) {
			least = demerits;
			best = connection;
		}
	}
	return best;
}

/* --- paths --- */

static struct host_path
path_of(const struct host_connection *connection)
{
	bool is_ready = connection->machine != NULL;

	return (struct host_path){
		.address = connection->address,
		.is_inbound = !connection->is_dialer,
		.is_relayed = host_connection_is_relayed(connection),
		.is_limited = connection->is_limited,
		.is_punched = connection->is_punched,
		.streams = is_ready ? (unsigned int)connection_stream_count(
					  connection->machine)
				    : 0,
		.rtt_us =
		    is_ready ? connection_rtt_us(connection->machine) : -1,
		.since = connection->since,
	};
}

void
host_peer_report(const struct host_connection *connection, bool is_up)
{
	struct host *host = connection->host;
	struct host_path path;

	if (connection->peer == NULL || host->observer.on_path == NULL)
		return;
	path = path_of(connection);
	host->observer.on_path(
	    host, &connection->peer->id, &path, is_up, host->arg);
}

size_t
host_paths(const struct host *host, const struct peer_id *id,
    struct host_path *ret, size_t max)
{
	const struct host_peer *peer = host_peer_find(host, id);
	const struct host_connection *connection;
	size_t count = 0;

	if (peer == NULL)
		return 0;
	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (count < max)
			ret[count++] = path_of(connection);
	return count;
}

bool
host_best_path(
    const struct host *host, const struct peer_id *id, struct host_path *ret)
{
	const struct host_peer *peer = host_peer_find(host, id);
	const struct host_connection *best =
	    peer != NULL ? host_peer_connection(peer, HOST_NEED_ANY) : NULL;

	if (best == NULL)
		return false;
	*ret = path_of(best);
	return true;
}

bool
host_stream_path(
    const struct host *host, const struct stream *stream, struct host_path *ret)
{
	const struct host_peer *peer =
	    host_peer_find(host, stream_peer(stream));
	const struct host_connection *connection;

	if (peer == NULL)
		return false;
	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (connection_carries(connection->machine, stream)) {
			*ret = path_of(connection);
			return true;
		}
	return false;
}

bool
host_is_unlimited(const struct host *host, const struct peer_id *id)
{
	const struct host_peer *peer = host_peer_find(host, id);

	return peer != NULL &&
	       host_peer_connection(peer, HOST_NEED_UNLIMITED) != NULL;
}

static void
tidy(struct host_peer *peer, struct monotime now)
{
	struct host_connection *connection, *next, *best;

	best = host_peer_connection(peer, HOST_NEED_ANY);
	if (best == NULL || host_connection_is_relayed(best))
		return;
	for (connection = TAILQ_FIRST(&peer->connections); connection != NULL;
	     connection = next) {
		next = TAILQ_NEXT(connection, of_peer);
		if (connection_stream_count(connection->machine) > 0)
			connection->in_use = now;
		else if (host_connection_is_relayed(connection) &&
			 monotime_since_ms(now, connection->in_use) >=
			     RELAYED_IDLE_MS &&
			 monotime_since_ms(now, best->since) >= RELAYED_IDLE_MS)
			host_connection_close(
			    connection, "a direct connection is up");
	}
}

void
host_peers_tidy(struct host *host, struct monotime now)
{
	struct host_peer *peer, *next;

	HASH_ITER (hh, host->peers, peer, next)
		tidy(peer, now);
}

size_t
host_peer_count_inbound(const struct host_peer *peer, const char *protocol)
{
	const struct host_connection *connection;
	size_t count = 0;

	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		count +=
		    connection_count_inbound(connection->machine, protocol);
	return count;
}

static void
on_upkeep_answer(struct stream *stream, int error, void *arg)
{
	(void)stream;
	(void)error;
	(void)arg;
}

struct stream *
host_peer_open_upkeep(struct host_peer *peer, const char *const *protocol)
{
	struct host_connection *connection =
	    host_peer_connection(peer, HOST_NEED_ANY);

	if (connection == NULL)
		return NULL;
	return connection_open(connection->machine, protocol, 1, true,
	    on_upkeep_answer, NULL, monotime_now());
}

void
host_peer_suspect_others(const struct host_connection *proven)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &proven->peer->connections, of_peer)
		if (connection != proven)
			host_connection_suspect(connection);
}

void
host_peer_suspect_elsewhere(struct host *host, const struct peer_id *id,
    const struct multiaddr *address)
{
	struct host_peer *peer = host_peer_find(host, id);
	struct host_connection *connection;

	if (peer == NULL)
		return;
	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (multiaddr_is_same_family(&connection->address, address) &&
		    !multiaddr_is_same_ip(&connection->address, address))
			host_connection_suspect(connection);
}

void
host_disconnect(struct host *host, const struct peer_id *id)
{
	struct host_peer *peer = host_peer_find(host, id);

	while (peer != NULL && !TAILQ_EMPTY(&peer->connections))
		host_connection_close(
		    TAILQ_FIRST(&peer->connections), "we disconnect");
}

bool
host_is_connected(const struct host *host, const struct peer_id *id)
{
	const struct host_peer *peer = host_peer_find(host, id);

	return peer != NULL && peer->connection_count > 0;
}

bool
host_peer_speaks(
    const struct host *host, const struct peer_id *id, const char *protocol)
{
	const struct host_peer *peer = host_peer_find(host, id);

	return peer != NULL && peer->is_identified &&
	       identify_speaks(&peer->identify, protocol);
}

void
host_peer_note_observed(struct host_peer *peer, const struct stream *stream,
    const struct multiaddr *observed)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (!host_connection_is_relayed(connection) &&
		    connection_carries(connection->machine, stream))
			connection->observed = *observed;
}

const char *
host_peer_agent(const struct host *host, const struct peer_id *id)
{
	const struct host_peer *peer = host_peer_find(host, id);

	return peer != NULL ? peer->identify.agent : "";
}

static void
host_peer_row(const struct host_peer *peer, struct host_peer_row *row)
{
	struct host_connection *connection;
	const struct host_connection *best =
	    host_peer_connection(peer, HOST_NEED_ANY);

	*row = (struct host_peer_row){
		.peer = peer->id,
		.address = best->address,
		.agent = peer->identify.agent,
		.is_inbound = !best->is_dialer,
		.connections = peer->connection_count,
		.rtt_us = connection_rtt_us(best->machine),
	};
	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		row->streams +=
		    (unsigned int)connection_stream_count(connection->machine);
}

bool
host_peer(const struct host *host, const struct peer_id *id,
    struct host_peer_row *ret)
{
	const struct host_peer *peer = host_peer_find(host, id);

	if (peer == NULL || peer->connection_count == 0)
		return false;
	host_peer_row(peer, ret);
	return true;
}

size_t
host_peers(const struct host *host, struct host_peer_row *ret, size_t max)
{
	struct host_peer *peer, *next;
	size_t count = 0;

	HASH_ITER (hh, host->peers, peer, next)
		if (peer->connection_count > 0 && count < max)
			host_peer_row(peer, &ret[count++]);
	return count;
}
