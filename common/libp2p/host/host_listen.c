#include "common/libp2p/host/host_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_punch_private.h"
#include "common/libp2p/host/host_tcp.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(accepts_refused_total, "inbound connections refused: too many in all");
COUNTER(accepts_refused_address, "inbound connections refused: too many from "
				 "one address");
COUNTER(accepts_displaced, "unfinished inbound connections closed for newer");
COUNTER(connections_trimmed, "connections out of use closed to make room");
COUNTER(connections_trimmed_idle, "connections never used closed to make room");
COUNTER(accepts_failed, "accept(2) failed, mostly for want of descriptors");

enum {
	LISTEN_BACKLOG = 128,
	LISTEN_PORT_TRIES = 16,
	ACCEPT_BATCH = 32,
	ACCEPT_PAUSE_MS = 500,
	TRIM_AFTER_MS = 60000, /* out of use, but younger: stays */
};

/* --- sockets --- */

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_storage storage;
};

static socklen_t
address_wildcard(union address *address, int family, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	address->any.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		address->ip6.sin6_port = htons(port);
		return sizeof(address->ip6);
	}
	address->ip4.sin_port = htons(port);
	return sizeof(address->ip4);
}

static uint16_t
port_of(int fd)
{
	union address address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.any, &len) == -1)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.ip6.sin6_port
						       : address.ip4.sin_port);
}

/* A socket on the port; 0: on any. */
static int
open_bound(int family, uint16_t port, bool shares_port)
{
	union address address;
	socklen_t len = address_wildcard(&address, family, port);
	int fd, on = 1, rc;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (shares_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &address.any, len) == -1) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* Dials may share the port, and so could another listener of this user, without
 * an error: whether the port is free is found out by a socket that does not
 * share. */
static int
open_listener(int family, uint16_t port)
{
	int fd = open_bound(family, port, false), rc;

	if (fd < 0)
		return fd;
	port = port_of(fd);
	close(fd);
	fd = open_bound(family, port, true);
	if (fd >= 0 && listen(fd, LISTEN_BACKLOG) == -1) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int
host_listen_socket(const struct host *host, int family)
{
	if (host->listeners[family == AF_INET6] == NULL)
		return -EAFNOSUPPORT;
	return open_bound(family, host->port, true);
}

static bool
family_is_missing(int rc)
{
	return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL ||
	       rc == -EPROTONOSUPPORT;
}

/* Both families on one port; one of them may not exist here. */
static int
open_both(uint16_t *port, int fds[HOST_LISTENERS])
{
	fds[0] = open_listener(AF_INET, *port);
	if (fds[0] < 0 && !family_is_missing(fds[0]))
		return fds[0];
	if (fds[0] >= 0)
		*port = port_of(fds[0]);
	fds[1] = open_listener(AF_INET6, *port);
	if (fds[1] >= 0) {
		*port = port_of(fds[1]);
		return 0;
	}
	if (fds[0] >= 0 && family_is_missing(fds[1]))
		return 0;
	if (fds[0] >= 0)
		close(fds[0]);
	return fds[1];
}

/* --- accepting --- */

static bool
is_over_address_limit(struct host *host, const struct multiaddr *from)
{
	const struct host_connection *connection;
	unsigned int count = 0;

	if (multiaddr_is_local(from))
		return false;
	TAILQ_FOREACH (connection, &host->connections, all)
		if (!connection->is_dialer &&
		    connection->state != HOST_CONNECTION_CLOSING &&
		    multiaddr_is_same_ip(&connection->address, from))
			count++;
	return count >= host->limits.connections_per_ip;
}

/* Too many slow handshakes: close the oldest from the same address, or the
 * oldest of all, so that a crowd from one address displaces itself. */
static void
displace_pending(struct host *host, const struct multiaddr *from)
{
	struct host_connection *connection, *oldest = NULL, *same = NULL;

	TAILQ_FOREACH (connection, &host->connections, all) {
		if (connection->is_dialer ||
		    connection->state != HOST_CONNECTION_UPGRADING)
			continue;
		if (oldest == NULL)
			oldest = connection;
		if (same == NULL &&
		    multiaddr_is_same_ip(&connection->address, from))
			same = connection;
	}
	counter_add(&accepts_displaced, 1);
	if (same != NULL || oldest != NULL)
		host_connection_close(same != NULL ? same : oldest,
		    "displaced before the handshake was done");
}

/* Never used but for identify and ping, which cost an attacker nothing,
 * whatever streams are open now. */
static bool
is_idle(const struct host_connection *connection, struct monotime now)
{
	return !connection->is_used &&
	       monotime_since_ms(now, connection->since) >=
		   connection->host->limits.idle_ms;
}

static bool
is_out_of_use(const struct host_connection *connection, struct monotime now)
{
	return connection_stream_count(connection->machine) == 0 &&
	       monotime_since_ms(now, connection->since) >= TRIM_AFTER_MS;
}

/* The oldest such inbound connection. */
static struct host_connection *
find_connection(const struct host *host,
    bool (*is_such)(const struct host_connection *, struct monotime now))
{
	struct monotime now = monotime_now();
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		if (!connection->is_dialer &&
		    connection->state == HOST_CONNECTION_READY &&
		    is_such(connection, now))
			return connection;
	return NULL;
}

/* Make room for an inbound connection: true if an unused one went. */
static bool
make_room(struct host *host)
{
	struct host_connection *connection = find_connection(host, is_idle);

	if (connection != NULL) {
		counter_add(&connections_trimmed_idle, 1);
		host_connection_close(
		    connection, "never used, and a new one needs its place");
		return true;
	}
	connection = find_connection(host, is_out_of_use);
	if (connection == NULL)
		return false;
	counter_add(&connections_trimmed, 1);
	host_connection_close(
	    connection, "out of use, and a new one needs its place");
	return true;
}

static void
accept_one(struct host *host, int fd, const struct multiaddr *from)
{
	if (is_over_address_limit(host, from)) {
		counter_add(&accepts_refused_address, 1);
		close(fd);
		return;
	}
	if (punch_take(host, fd, from))
		return;
	if (host->pending_inbound >= host->limits.pending_inbound)
		displace_pending(host, from);
	else if (host->connection_count >= host->limits.connections &&
		 !make_room(host)) {
		counter_add(&accepts_refused_total, 1);
		close(fd);
		return;
	}
	host_connection_start(host_tcp_new(host, fd, false, from));
}

/* Out of descriptors: the listener would stay readable and the loop spin. */
static void
pause_accepting(struct host *host)
{
	static const struct timeval pause = { 0, ACCEPT_PAUSE_MS * 1000 };
	int i;

	counter_add(&accepts_failed, 1);
	for (i = 0; i < HOST_LISTENERS; i++)
		if (host->listeners[i] != NULL)
			event_del(host->listeners[i]);
	event_add(host->accept_pause, &pause);
}

static void
on_accept_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < HOST_LISTENERS; i++)
		if (host->listeners[i] != NULL)
			event_add(host->listeners[i], NULL);
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct host *host = arg;
	union address address;
	struct multiaddr from;
	socklen_t len;
	int fd, n;

	(void)what;
	for (n = 0; n < ACCEPT_BATCH; n++) {
		len = sizeof(address);
		fd = accept4(
		    listener, &address.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (fd == -1 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd == -1) {
			log_stranger("host accept failed: %s", strerror(errno));
			pause_accepting(host);
			return;
		}
		if (multiaddr_of_sockaddr(&address.any, &from) == 0)
			accept_one(host, fd, &from);
		else
			close(fd);
	}
}

/* --- start and stop --- */

int
host_listen(struct host *host)
{
	uint16_t wanted = host->port;
	int fds[HOST_LISTENERS], i, tries = LISTEN_PORT_TRIES, rc;

	/* A random port that is free on IPv4 may be taken on IPv6. */
	do {
		host->port = wanted;
		rc = open_both(&host->port, fds);
	} while (rc == -EADDRINUSE && wanted == 0 && --tries > 0);
	if (rc < 0)
		return rc;
	host->accept_pause =
	    xcheck(evtimer_new(host->base, on_accept_pause_over, host));
	for (i = 0; i < HOST_LISTENERS; i++) {
		if (fds[i] < 0)
			continue;
		host->listeners[i] = xcheck(event_new(host->base, fds[i],
		    EV_READ | EV_PERSIST, on_acceptable, host));
		event_add(host->listeners[i], NULL);
	}
	return 0;
}

void
host_stop_listening(struct host *host)
{
	int i, fd;

	for (i = 0; i < HOST_LISTENERS; i++) {
		if (host->listeners[i] == NULL)
			continue;
		fd = event_get_fd(host->listeners[i]);
		event_free(host->listeners[i]);
		host->listeners[i] = NULL;
		close(fd);
	}
	if (host->accept_pause != NULL)
		event_free(host->accept_pause);
	host->accept_pause = NULL;
}
