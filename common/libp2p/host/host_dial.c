#include "common/libp2p/host/host_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/dial_order.h"
#include "common/libp2p/host/host_addresses.h"
#include "common/libp2p/host/host_listen.h"
#include "common/libp2p/host/host_observed.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/host/host_tcp.h"

COUNTER(dials_over_limit, "dials not started: too many at once");

enum {
	DIAL_STAGGER_MS = 250,
	DIAL_STAGGER_NEAR_MS = 30,     /* this machine, our subnets */
	DIAL_STAGGER_CIRCUIT_MS = 500, /* after the first direct one */
	DIAL_CIRCUITS = 2,             /* at once, of one dial */
	DIAL_CROWDED = 4, /* direct ones, while many connections are there */
	DIAL_TOTAL_MS = 30000, /* then no further address is tried */
	DIAL_DOUBT_MS = 100,   /* an old connection may yet prove alive */
};

/* Direct addresses and circuits are tried side by side. */
struct dial {
	struct host *host;
	struct peer_id peer;
	struct dial_candidate *candidates; /* heap, in order; circuits last */
	size_t count, direct_count;
	size_t next, next_circuit;    /* to be tried */
	unsigned int active;          /* direct connections on their way */
	unsigned int circuits_active; /* circuits, and connections in them */
	struct host_circuit_attempt *circuits[DIAL_CIRCUITS]; /* or NULL */
	struct monotime until;
	struct event *timer, *circuit_timer;
	int error; /* what it ends with in vain */
	UT_hash_handle hh;
};

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
dial_free(struct dial *dial)
{
	event_free(dial->timer);
	event_free(dial->circuit_timer);
	free(dial->candidates);
	free(dial);
}

static void
dial_end(struct dial *dial, enum dial_rest rest, int error)
{
	struct host *host = dial->host;
	struct peer_id peer = dial->peer;

	HASH_DEL(host->dials, dial);
	dial_release_circuits(dial);
	dial_release_connections(dial, rest);
	dial_free(dial);
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
	dial->circuits_active++;
	return 0;
}

/* A socket on its way to an address; or -errno. */
static int
dial_socket(const struct host *host, const struct sockaddr_storage *to,
    socklen_t len, bool is_from_port)
{
	int fd, rc;

	if (is_from_port)
		fd = host_listen_socket(host, to->ss_family);
	else
		fd = socket(to->ss_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return is_from_port ? fd : -errno;
	if (connect(fd, (const struct sockaddr *)to, len) == -1 &&
	    errno != EINPROGRESS) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* Start one direct attempt. 0, or -errno if it failed at once. An address to
 * which there is a connection from our port cannot have another one (4-tuple):
 * then from any port. */
static int
dial_attempt(struct dial *dial, const struct multiaddr *address)
{
	bool is_from_port = host_dials_from_port(dial->host, &dial->peer);
	struct sockaddr_storage storage;
	struct peer_id none;
	struct host_connection *connection;
	socklen_t len;
	int fd, rc;

	rc = multiaddr_to_sockaddr(address, &storage, &len, &none);
	if (rc < 0)
		return rc;
	fd = dial_socket(dial->host, &storage, len, is_from_port);
	if (fd < 0 && is_from_port) {
		is_from_port = false;
		fd = dial_socket(dial->host, &storage, len, false);
	}
	if (fd < 0)
		return fd;
	connection = host_tcp_new(dial->host, fd, true, address);
	connection->expected = dial->peer;
	connection->dial = dial;
	connection->is_from_port = is_from_port;
	dial->active++;
	host_tcp_wait(connection);
	return 0;
}

static void
dial_arm(struct dial *dial)
{
	struct timeval wait = { 0, DIAL_STAGGER_MS * 1000 };

	if (dial->next == dial->direct_count)
		return;
	if (dial->candidates[dial->next].rank <= DIAL_ON_LINK)
		wait.tv_usec = DIAL_STAGGER_NEAR_MS * 1000;
	event_add(dial->timer, &wait);
}

/* The address failed at once; want of descriptors is no fault of it. */
static void
dial_note(struct dial *dial, const struct multiaddr *address, int error)
{
	if (error != -EMFILE && error != -ENFILE)
		peer_book_failed(
		    dial->host->book, &dial->peer, address, monotime_now());
}

/* Nothing direct is under way any more, and nothing is left: circuits need not
 * wait; without any it was in vain. */
static void
dial_settle(struct dial *dial)
{
	static const struct timeval at_once = { 0, 0 };

	if (dial->active > 0 || dial->next < dial->direct_count ||
	    dial->circuits_active > 0)
		return;
	if (dial->next_circuit == dial->count)
		dial_end(dial, DIAL_KEEP_NONE, dial->error);
	else
		event_add(dial->circuit_timer, &at_once);
}

static void
dial_check_time(struct dial *dial)
{
	if (!monotime_reached(monotime_now(), dial->until))
		return;
	dial->next = dial->direct_count;
	dial->next_circuit = dial->count;
}

/* How many direct attempts may be under way: many dead addresses of many peers
 * must not use up what is left for a visit. */
static unsigned int
dial_max(const struct host *host)
{
	if (host->connection_count < host->limits.connections ||
	    host->limits.dials_per_peer < DIAL_CROWDED)
		return host->limits.dials_per_peer;
	return DIAL_CROWDED;
}

/* Start the next direct attempt that does not fail at once. May end the
 * dial. */
static void
dial_start_next(struct dial *dial)
{
	const struct multiaddr *address;
	int rc;

	dial_check_time(dial);
	while (dial->next < dial->direct_count &&
	       dial->active < dial_max(dial->host)) {
		address = &dial->candidates[dial->next++].address;
		rc = dial_attempt(dial, address);
		if (rc == 0)
			break;
		dial_note(dial, address, rc);
	}
	dial_arm(dial);
	dial_settle(dial);
}

/* The same of circuits. */
static void
dial_start_circuit(struct dial *dial)
{
	static const struct timeval wait = { 0,
		DIAL_STAGGER_CIRCUIT_MS * 1000 };
	const struct multiaddr *address;
	int rc;

	dial_check_time(dial);
	while (dial->next_circuit < dial->count &&
	       dial->circuits_active < DIAL_CIRCUITS) {
		address = &dial->candidates[dial->next_circuit++].address;
		rc = dial_circuit(dial, address);
		if (rc == 0)
			break;
		dial_note(dial, address, rc);
	}
	if (dial->next_circuit < dial->count)
		event_add(dial->circuit_timer, &wait);
	dial_settle(dial);
}

static void
dial_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_start_next(arg);
}

static void
dial_on_circuit_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_start_circuit(arg);
}

static struct dial *
dial_new(struct host *host, const struct peer_id *peer)
{
	struct dial *dial = xzalloc(sizeof(*dial));

	dial->host = host;
	dial->peer = *peer;
	dial->error = -EHOSTUNREACH;
	dial->until = monotime_add_ms(monotime_now(), DIAL_TOTAL_MS);
	dial->timer = xcheck(evtimer_new(host->base, dial_on_timer, dial));
	dial->circuit_timer =
	    xcheck(evtimer_new(host->base, dial_on_circuit_timer, dial));
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

/* Fill in what there is to try. Returns how many addresses are known, also such
 * as failed lately. */
static size_t
dial_gather(struct dial *dial)
{
	struct host *host = dial->host;
	size_t max = host->limits.addresses_per_peer, count, known, i;
	bool wants_circuits = !has_circuit(host, &dial->peer);
	CLEANUP_FREE struct multiaddr *addresses =
	    xreallocarray(NULL, max, sizeof(*addresses));
	struct dial_candidate *candidate;

	count = peer_book_candidates(
	    host->book, &dial->peer, monotime_now(), addresses, max, &known);
	dial->candidates = xreallocarray(NULL, max, sizeof(*dial->candidates));
	for (i = 0; i < count; i++) {
		candidate = &dial->candidates[dial->count];
		candidate->address = addresses[i];
		candidate->rank = dial_rank_of(&addresses[i],
		    host_address_is_on_link(host, &addresses[i]));
		if (candidate->rank == DIAL_CIRCUIT && !wants_circuits)
			continue;
		dial->direct_count += candidate->rank != DIAL_CIRCUIT;
		dial->count++;
	}
	dial_order(dial->candidates, dial->count);
	dial->next_circuit = dial->direct_count;
	return known;
}

/* Circuits wait a while for a direct connection, if one can be hoped for. */
static void
dial_start(struct dial *dial)
{
	struct timeval wait = { 0, 0 }, circuit_wait = { 0, 0 };

	if (host_is_connected(dial->host, &dial->peer))
		wait.tv_usec = DIAL_DOUBT_MS * 1000;
	event_add(dial->timer, &wait);
	if (dial->direct_count > 0 && dial->candidates[0].rank < DIAL_ELSEWHERE)
		circuit_wait.tv_usec = DIAL_STAGGER_CIRCUIT_MS * 1000;
	if (dial->next_circuit < dial->count)
		event_add(dial->circuit_timer, &circuit_wait);
}

int
dial_join(struct host *host, const struct peer_id *peer)
{
	struct dial *dial;
	size_t known;

	if (dial_find(host, peer) != NULL)
		return 0;
	if (peer_id_equal(peer, &host->self))
		return -EHOSTUNREACH;
	if (HASH_COUNT(host->dials) >= host->limits.dials ||
	    host->connection_count >= 2 * host->limits.connections) {
		counter_add(&dials_over_limit, 1);
		return -EBUSY;
	}
	dial = dial_new(host, peer);
	known = dial_gather(dial);
	if (dial->count == 0) {
		dial_free(dial);
		return known > 0 ? -EHOSTUNREACH : -ENOENT;
	}
	HASH_ADD(hh, host->dials, peer, sizeof(dial->peer), dial);
	dial_start(dial);
	return 0;
}

/* A relayed connection is used at once, while direct addresses are tried on. */
static void
dial_go_on(struct dial *dial)
{
	dial_release_circuits(dial);
	memset(dial->circuits, 0, sizeof(dial->circuits));
	dial->next_circuit = dial->count;
	dial->circuits_active = 0;
	event_del(dial->circuit_timer);
	if (dial->active == 0 && dial->next == dial->direct_count)
		dial_end(dial, DIAL_KEEP_DIRECT, 0);
	else
		dial->host->events->on_dialled(dial->host, &dial->peer, 0);
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
		dial_go_on(dial);
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
dial_failed(struct dial *dial, const struct multiaddr *address, bool is_circuit)
{
	static const struct timeval at_once = { 0, 0 };

	peer_book_failed(
	    dial->host->book, &dial->peer, address, monotime_now());
	if (is_circuit)
		dial->circuits_active--;
	else
		dial->active--;
	event_add(is_circuit ? dial->circuit_timer : dial->timer, &at_once);
}

void
dial_on_closed(struct host_connection *connection)
{
	struct dial *dial = connection->dial;

	if (dial == NULL)
		return;
	connection->dial = NULL;
	if (connection->machine != NULL &&
	    connection_is_foreign(connection->machine))
		dial->error = -EPROTO;
	dial_failed(
	    dial, &connection->address, host_connection_is_relayed(connection));
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
		dial_failed(dial, address, true);
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
