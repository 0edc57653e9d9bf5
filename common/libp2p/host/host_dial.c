#include "common/libp2p/host/host_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/host/host_tcp.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(dials_over_limit, "dials not started: too many at once");

enum {
	DIAL_STAGGER_MS = 250,
	DIAL_STAGGER_PRIVATE_MS = 30,
	DIAL_STAGGER_CIRCUIT_MS = 500, /* after direct addresses */
	DIAL_CIRCUITS = 2,             /* at once, of one dial */
	DIAL_TOTAL_MS = 30000,         /* then no further address is tried */
	DIAL_DOUBT_MS = 100, /* an old connection may yet prove alive */
};

struct dial {
	struct host *host;
	struct peer_id peer;
	struct multiaddr *addresses; /* heap, in order */
	size_t count, next;
	unsigned int active; /* connections on their way, circuits too */
	struct host_circuit_attempt *circuits[DIAL_CIRCUITS]; /* or NULL */
	struct monotime until;
	struct event *timer;
	UT_hash_handle hh;
};

enum { RANK_PUBLIC = 4, RANK_CIRCUIT = 6 };

/* Near addresses first; of equally near ones IPv6, which needs no
 * translation; relays last. */
static int
address_rank(const struct multiaddr *address)
{
	struct sockaddr_storage storage;
	struct peer_id none;
	socklen_t len;
	int rank = RANK_PUBLIC;

	if (multiaddr_is_circuit(address))
		return RANK_CIRCUIT;
	if (multiaddr_is_local(address))
		rank = 0;
	else if (multiaddr_is_private(address))
		rank = 2;
	if (multiaddr_to_sockaddr(address, &storage, &len, &none) == 0 &&
	    storage.ss_family != AF_INET6)
		rank++;
	return rank;
}

static int
compare_rank(const void *a, const void *b)
{
	return address_rank(a) - address_rank(b);
}

static struct dial *
dial_find(struct host *host, const struct peer_id *peer)
{
	struct dial *dial;

	HASH_FIND(hh, host->dials, peer, sizeof(*peer), dial);
	return dial;
}

/* Which attempts end with a dial. */
enum dial_rest {
	DIAL_KEEP_HANDSHAKES, /* those that are still connecting */
	DIAL_KEEP_DIRECT, /* circuits: a direct connection would be better */
	DIAL_KEEP_NONE,   /* all */
};

static bool
is_ended_by(const struct host_connection *connection, enum dial_rest rest)
{
	if (rest == DIAL_KEEP_DIRECT && connection->carrier == NULL)
		return false;
	return connection->state == HOST_CONNECTION_CONNECTING ||
	       (rest != DIAL_KEEP_HANDSHAKES &&
		   connection->state == HOST_CONNECTION_UPGRADING);
}

static void
dial_release_circuits(struct dial *dial)
{
	size_t i;

	for (i = 0; i < DIAL_CIRCUITS; i++)
		if (dial->circuits[i] != NULL)
			host_circuit_cancel(dial->circuits[i]);
}

/* Detach the dial's connections. */
static void
dial_release_connections(struct dial *dial, enum dial_rest rest)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &dial->host->connections, all) {
		if (connection->dial != dial)
			continue;
		connection->dial = NULL;
		if (is_ended_by(connection, rest))
			host_connection_close(
			    connection, "another address was faster");
	}
}

static void
dial_end(struct dial *dial, enum dial_rest rest, int error)
{
	struct host *host = dial->host;
	struct peer_id peer = dial->peer;

	HASH_DEL(host->dials, dial);
	dial_release_circuits(dial);
	dial_release_connections(dial, rest);
	event_free(dial->timer);
	free(dial->addresses);
	free(dial);
	host->events->on_dialled(host, &peer, error);
}

static int
dial_circuit(struct dial *dial, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < DIAL_CIRCUITS && dial->circuits[i] != NULL; i++)
		;
	if (i == DIAL_CIRCUITS)
		return -EMFILE;
	dial->circuits[i] =
	    host_circuit_dial(dial->host, dial, address, &dial->peer);
	if (dial->circuits[i] == NULL)
		return -EHOSTUNREACH;
	dial->active++;
	return 0;
}

/* Start one attempt. 0, or -errno if it failed at once. */
static int
dial_attempt(struct dial *dial, const struct multiaddr *address)
{
	struct sockaddr_storage storage;
	struct peer_id none;
	struct host_connection *connection;
	socklen_t len;
	int fd, rc;

	if (multiaddr_is_circuit(address))
		return dial_circuit(dial, address);
	rc = multiaddr_to_sockaddr(address, &storage, &len, &none);
	if (rc < 0)
		return rc;
	fd = socket(
	    storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	if (connect(fd, (struct sockaddr *)&storage, len) == -1 &&
	    errno != EINPROGRESS) {
		rc = -errno;
		close(fd);
		return rc;
	}
	connection = host_tcp_new(dial->host, fd, true, address);
	connection->expected = dial->peer;
	connection->dial = dial;
	dial->active++;
	host_tcp_wait(connection);
	return 0;
}

static void
dial_arm(struct dial *dial)
{
	struct timeval wait = { 0, DIAL_STAGGER_MS * 1000 };
	int rank;

	if (dial->next == dial->count)
		return;
	rank = address_rank(&dial->addresses[dial->next]);
	if (rank == RANK_CIRCUIT)
		wait.tv_usec = DIAL_STAGGER_CIRCUIT_MS * 1000;
	else if (rank < RANK_PUBLIC)
		wait.tv_usec = DIAL_STAGGER_PRIVATE_MS * 1000;
	event_add(dial->timer, &wait);
}

/* Start the next attempt that does not fail at once. May end the dial. */
static void
dial_start_next(struct dial *dial)
{
	struct host *host = dial->host;
	const struct multiaddr *address;
	int rc;

	if (monotime_reached(monotime_now(), dial->until))
		dial->next = dial->count;
	while (dial->next < dial->count &&
	       dial->active < host->limits.dials_per_peer) {
		address = &dial->addresses[dial->next++];
		rc = dial_attempt(dial, address);
		if (rc == 0)
			break;
		if (rc != -EMFILE &&
		    rc != -ENFILE) /* not the address's fault */
			peer_book_failed(
			    host->book, &dial->peer, address, monotime_now());
	}
	if (dial->active == 0 && dial->next == dial->count)
		dial_end(dial, DIAL_KEEP_NONE, -EHOSTUNREACH);
	else
		dial_arm(dial);
}

static void
dial_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_start_next(arg);
}

static struct dial *
dial_new(struct host *host, const struct peer_id *peer, size_t max)
{
	struct dial *dial = xzalloc(sizeof(*dial));

	dial->host = host;
	dial->peer = *peer;
	dial->until = monotime_add_ms(monotime_now(), DIAL_TOTAL_MS);
	dial->addresses = xreallocarray(NULL, max, sizeof(*dial->addresses));
	dial->timer = xcheck(evtimer_new(host->base, dial_on_timer, dial));
	HASH_ADD(hh, host->dials, peer, sizeof(dial->peer), dial);
	return dial;
}

/* Then what is wanted is a direct connection. */
static bool
has_circuit(const struct host *host, const struct peer_id *id)
{
	const struct host_peer *peer = host_peer_find(host, id);
	const struct host_connection *connection =
	    peer != NULL ? host_peer_connection(peer, HOST_NEED_RELAYED) : NULL;

	return connection != NULL && !host_connection_is_suspect(connection);
}

static void
dial_drop_circuits(struct dial *dial)
{
	size_t from, to = 0;

	for (from = 0; from < dial->count; from++)
		if (!multiaddr_is_circuit(&dial->addresses[from]))
			dial->addresses[to++] = dial->addresses[from];
	dial->count = to;
}

int
dial_join(struct host *host, const struct peer_id *peer)
{
	size_t max = host->limits.addresses_per_peer, known;
	struct timeval wait = { 0, 0 };
	struct dial *dial;

	if (dial_find(host, peer) != NULL)
		return 0;
	if (peer_id_equal(peer, &host->self))
		return -EHOSTUNREACH;
	if (HASH_COUNT(host->dials) >= host->limits.dials ||
	    host->connection_count >= 2 * host->limits.connections) {
		counter_add(&dials_over_limit, 1);
		return -EBUSY;
	}
	dial = dial_new(host, peer, max);
	dial->count = peer_book_candidates(
	    host->book, peer, monotime_now(), dial->addresses, max, &known);
	if (has_circuit(host, peer))
		dial_drop_circuits(dial);
	if (dial->count == 0) {
		HASH_DEL(host->dials, dial);
		event_free(dial->timer);
		free(dial->addresses);
		free(dial);
		return known > 0 ? -EHOSTUNREACH : -ENOENT;
	}
	qsort(dial->addresses, dial->count, sizeof(*dial->addresses),
	    compare_rank);
	if (host_is_connected(host, peer))
		wait.tv_usec = DIAL_DOUBT_MS * 1000;
	event_add(dial->timer, &wait);
	return 0;
}

void
dial_on_ready(struct host_connection *connection)
{
	struct dial *dial =
	    dial_find(connection->host, connection_remote(connection->machine));

	connection->dial = NULL;
	if (dial == NULL)
		return;
	if (host_connection_is_relayed(connection))
		dial_end(dial, DIAL_KEEP_DIRECT, 0);
	else if (connection->is_dialer)
		dial_end(dial, DIAL_KEEP_NONE, 0);
	else /* both dialled each other: the peer may already use an attempt of
		ours that is still in the handshake */
		dial_end(dial, DIAL_KEEP_HANDSHAKES, 0);
}

void
dial_on_proved(struct host_connection *connection)
{
	struct dial *dial = dial_find(connection->host, &connection->peer->id);

	if (dial != NULL)
		dial_end(dial, DIAL_KEEP_HANDSHAKES, 0);
}

/* An attempt failed: go on with the next address at once. */
static void
dial_failed(struct dial *dial, const struct multiaddr *address)
{
	static const struct timeval at_once = { 0, 0 };

	dial->active--;
	peer_book_failed(
	    dial->host->book, &dial->peer, address, monotime_now());
	event_add(dial->timer, &at_once);
}

void
dial_on_closed(struct host_connection *connection)
{
	struct dial *dial = connection->dial;

	if (dial == NULL)
		return;
	connection->dial = NULL;
	dial_failed(dial, &connection->address);
}

void
dial_on_circuit(struct dial *dial, const struct host_circuit_attempt *attempt,
    const struct multiaddr *address, struct stream *stream, bool is_limited)
{
	const struct host_circuit circuit = {
		.address = *address,
		.expected = &dial->peer,
		.is_dialer = true,
		.is_limited = is_limited,
	};
	struct host_connection *connection;
	size_t i;

	for (i = 0; i < DIAL_CIRCUITS; i++)
		if (dial->circuits[i] == attempt)
			dial->circuits[i] = NULL;
	if (stream == NULL) {
		dial_failed(dial, address);
		return;
	}
	connection = host_circuit_new(dial->host, stream, &circuit);
	connection->dial = dial;
	host_connection_start(connection);
}

void
dial_free_all(struct host *host)
{
	struct dial *dial, *next;

	HASH_ITER (hh, host->dials, dial, next)
		dial_end(dial, DIAL_KEEP_NONE, -ECANCELED);
}
