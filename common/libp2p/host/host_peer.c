#include "common/libp2p/host/host_peer.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(
    connections_over_peer_limit, "connections refused: too many to that peer");

enum { PUSHES_BURST = 8 }; /* identify pushes of a peer; then */
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

/* Of several connections the older ones may have died unnoticed. */
struct host_connection *
host_peer_connection(const struct host_peer *peer)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (!host_connection_is_suspect(connection))
			return connection;
	return TAILQ_FIRST(&peer->connections);
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
	struct host_connection *connection = host_peer_connection(peer);

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

const char *
host_peer_agent(const struct host *host, const struct peer_id *id)
{
	const struct host_peer *peer = host_peer_find(host, id);

	return peer != NULL ? peer->identify.agent : "";
}

static void
host_peer_row(const struct host_peer *peer, struct host_peer_row *row)
{
	struct host_connection *best = host_peer_connection(peer), *connection;

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
