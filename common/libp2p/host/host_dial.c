#include "common/libp2p/host/host_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(dials_over_limit, "dials not started: too many at once");

enum {
	DIAL_STAGGER_MS = 250,
	DIAL_STAGGER_PRIVATE_MS = 30,
	DIAL_TOTAL_MS = 30000, /* then no further address is tried */
	DIAL_DOUBT_MS = 100,   /* an old connection may yet prove alive */
};

struct dial {
	struct host *host;
	struct peer_id peer;
	struct multiaddr *addresses; /* heap, in order */
	size_t count, next;
	unsigned int active; /* connections on their way */
	struct monotime until;
	struct event *timer;
	UT_hash_handle hh;
};

/* Near addresses first; of equally near ones IPv6, which needs no
 * translation. */
static int
address_rank(const struct multiaddr *address)
{
	struct sockaddr_storage storage;
	struct peer_id none;
	socklen_t len;
	int rank = 4;

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

/* Detach the dial's connections: close those that are still connecting and, if
 * close_all, those in the handshake. */
static void
dial_release_connections(struct dial *dial, bool close_all)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &dial->host->connections, all) {
		if (connection->dial != dial)
			continue;
		connection->dial = NULL;
		if (connection->state == HOST_CONNECTION_CONNECTING ||
		    (close_all &&
			connection->state == HOST_CONNECTION_UPGRADING))
			host_connection_close(
			    connection, "another address was faster");
	}
}

static void
dial_end(struct dial *dial, bool close_all, int error)
{
	struct host *host = dial->host;
	struct peer_id peer = dial->peer;

	HASH_DEL(host->dials, dial);
	dial_release_connections(dial, close_all);
	event_free(dial->timer);
	free(dial->addresses);
	free(dial);
	host->events->on_dialled(host, &peer, error);
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
	connection = host_connection_new(dial->host, fd, true, address);
	connection->expected = dial->peer;
	connection->dial = dial;
	dial->active++;
	host_connection_wait(connection);
	return 0;
}

static void
dial_arm(struct dial *dial)
{
	struct timeval wait = { 0, DIAL_STAGGER_MS * 1000 };

	if (dial->next == dial->count)
		return;
	if (address_rank(&dial->addresses[dial->next]) < 4)
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
		dial_end(dial, true, -EHOSTUNREACH);
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
	/* Both dialled each other: the peer may already use an attempt of ours
	 * that is still in the handshake. */
	dial_end(dial, connection->is_dialer, 0);
}

void
dial_on_proved(struct host_connection *connection)
{
	struct dial *dial = dial_find(connection->host, &connection->peer->id);

	if (dial != NULL)
		dial_end(dial, false, 0);
}

void
dial_on_closed(struct host_connection *connection)
{
	static const struct timeval at_once = { 0, 0 };
	struct dial *dial = connection->dial;

	if (dial == NULL)
		return;
	connection->dial = NULL;
	dial->active--;
	peer_book_failed(connection->host->book, &dial->peer,
	    &connection->address, monotime_now());
	event_add(dial->timer, &at_once);
}

void
dial_free_all(struct host *host)
{
	struct dial *dial, *next;

	HASH_ITER (hh, host->dials, dial, next)
		dial_end(dial, true, -ECANCELED);
}
