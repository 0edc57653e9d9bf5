/* The life of one TCP connection, from socket to streams to its end. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"

COUNTER(streams_over_protocol_limit, "inbound streams reset: too many of one "
				     "protocol from one peer");
COUNTER(connections_to_self, "connections to ourselves");

static void
host_connection_on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_connection_read(arg);
}

void
host_connection_arm_timer(struct host_connection *connection)
{
	const struct host_limits *limits = &connection->host->limits;
	struct monotime now = monotime_now(), deadline;
	struct timeval wait;
	int64_t us;

	if (connection->state == HOST_CONNECTION_CONNECTING)
		deadline =
		    monotime_add_ms(connection->since, limits->connect_ms);
	else
		deadline = connection_deadline(connection->machine);
	deadline = monotime_min(deadline,
	    monotime_add_ms(connection->blocked_since, HOST_STALL_MS));
	if (deadline.us >= connection->timer_at.us)
		return; /* looked at again when the armed one fires */
	connection->timer_at = deadline;
	us = deadline.us > now.us ? deadline.us - now.us : 0;
	wait = (struct timeval){ us / 1000000, us % 1000000 };
	event_add(connection->timer, &wait);
}

static void
host_connection_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct host_connection *connection = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	connection->timer_at = MONOTIME_NEVER;
	if (connection->state == HOST_CONNECTION_CONNECTING) {
		host_connection_close(connection, "connecting took too long");
		return;
	}
	if (monotime_reached(now,
		monotime_add_ms(connection->blocked_since, HOST_STALL_MS))) {
		host_connection_close(
		    connection, "the other side takes nothing");
		return;
	}
	connection_tick(connection->machine, now);
	host_connection_wake(connection);
}

static void
host_connection_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct host_connection *connection = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (connection->state == HOST_CONNECTION_CONNECTING) {
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		if (error != 0)
			host_connection_close(connection, strerror(error));
		else
			host_connection_start(connection);
		return;
	}
	host_connection_wake(connection);
}

struct host_connection *
host_connection_new(
    struct host *host, int fd, bool is_dialer, const struct multiaddr *address)
{
	struct host_connection *connection = xzalloc(sizeof(*connection));

	connection->host = host;
	connection->fd = fd;
	connection->is_dialer = is_dialer;
	connection->address = *address;
	connection->state = HOST_CONNECTION_CONNECTING;
	connection->since = monotime_now();
	connection->timer_at = connection->blocked_since = MONOTIME_NEVER;
	buffer_init(&connection->held, HOST_INPUT_SIZE);
	connection->readable = event_new(host->base, fd, EV_READ | EV_PERSIST,
	    host_connection_on_readable, connection);
	connection->writable = event_new(
	    host->base, fd, EV_WRITE, host_connection_on_writable, connection);
	connection->timer =
	    evtimer_new(host->base, host_connection_on_timer, connection);
	if (connection->readable == NULL || connection->writable == NULL ||
	    connection->timer == NULL)
		die("no memory for the events of a connection");
	TAILQ_INSERT_TAIL(&host->connections, connection, all);
	host->connection_count++;
	if (!is_dialer)
		host->pending_inbound++;
	return connection;
}

void
host_connection_wait_connected(struct host_connection *connection)
{
	event_add(connection->writable, NULL);
	host_connection_arm_timer(connection);
}

/* --- what the connection tells --- */

static void
host_connection_on_ready(struct connection *machine, void *arg)
{
	struct host_connection *connection = arg;
	struct host *host = connection->host;

	if (connection->state != HOST_CONNECTION_UPGRADING)
		return;
	if (peer_id_equal(connection_remote(machine), &host->self)) {
		counter_add(&connections_to_self, 1);
		host_connection_close(connection, "it is ourselves");
		return;
	}
	if (!connection->is_dialer)
		host->pending_inbound--;
	connection->state = HOST_CONNECTION_READY;
	connection->since = monotime_now();
	if (!host_peer_attach(host, connection)) {
		host_connection_close(
		    connection, "too many connections to this peer");
		return;
	}
	host_suspect_others(connection);
	host_identify_fetch(connection);
	dial_on_ready(connection);
	request_on_reachable(host, &connection->peer->id);
}

static bool
host_connection_speaks(const char *protocol, void *arg)
{
	const struct host_connection *connection = arg;

	return host_find_service(connection->host, protocol) != NULL;
}

static void
host_connection_on_stream(
    struct connection *machine, struct stream *stream, void *arg)
{
	struct host_connection *connection = arg;
	const char *protocol = stream_protocol(stream);
	struct service *service = host_find_service(connection->host, protocol);
	const struct host_connection *other;
	size_t count = 0;

	(void)machine;
	if (connection->state != HOST_CONNECTION_READY) {
		stream_reset(stream);
		return;
	}
	TAILQ_FOREACH (other, &connection->peer->connections, of_peer)
		count += connection_count_inbound(other->machine, protocol);
	if (count > connection->host->limits.streams_per_protocol) {
		counter_add(&streams_over_protocol_limit, 1);
		stream_reset(stream);
		return;
	}
	connection->is_used |= !service->is_upkeep;
	service->on_stream(connection->host, stream, service->arg);
}

static void
host_connection_on_output(struct connection *machine, void *arg)
{
	(void)machine;
	host_connection_wake(arg);
}

static bool
is_within_machine(int fd)
{
	struct sockaddr_storage ours, theirs;
	socklen_t our_len = sizeof(ours), their_len = sizeof(theirs);
	struct multiaddr us, them;

	return getsockname(fd, (struct sockaddr *)&ours, &our_len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&theirs, &their_len) == 0 &&
	       multiaddr_of_sockaddr((struct sockaddr *)&ours, &us) == 0 &&
	       multiaddr_of_sockaddr((struct sockaddr *)&theirs, &them) == 0 &&
	       address_is_same_ip(&us, &them);
}

/* Within the machine there is no network to be careful with, and the default
 * may be BBR, which sets a timer for each packet: a third of what sending
 * costs. reno exists everywhere. */
static void
host_connection_unpace(const struct host_connection *connection)
{
	static const char plain[] = "reno";

	if (is_within_machine(connection->fd))
		setsockopt(connection->fd, IPPROTO_TCP, TCP_CONGESTION, plain,
		    sizeof(plain) - 1);
}

void
host_connection_start(struct host_connection *connection)
{
	static const struct connection_handler handler = {
		.on_ready = host_connection_on_ready,
		.speaks = host_connection_speaks,
		.on_stream = host_connection_on_stream,
		.on_output = host_connection_on_output,
	};
	const struct connection_config config = {
		.is_dialer = connection->is_dialer,
		.identity = connection->host->identity,
		.expected =
		    connection->expected.len > 0 ? &connection->expected : NULL,
		.offers_muxer = true,
		.upgrade_ms = connection->host->limits.upgrade_ms,
		.negotiate_ms = connection->host->limits.negotiate_ms,
		.handler = &handler,
		.arg = connection,
	};

	host_connection_unpace(connection);
	connection->since = monotime_now();
	connection->state = HOST_CONNECTION_UPGRADING;
	connection->machine = connection_new(&config, connection->since);
	event_add(connection->readable, NULL);
	host_connection_arm_timer(connection);
	host_connection_wake(connection);
}

/* --- work and end --- */

void
host_connection_wake(struct host_connection *connection)
{
	if (connection->in_work || connection->host->is_closing)
		return;
	connection->in_work = true;
	TAILQ_INSERT_TAIL(&connection->host->work_queue, connection, work);
	host_wake(connection->host);
}

void
host_connection_close(struct host_connection *connection, const char *reason)
{
	enum host_connection_state was = connection->state;

	if (was == HOST_CONNECTION_CLOSING)
		return;
	connection->state = HOST_CONNECTION_CLOSING;
	connection->reason = reason;
	event_del(connection->readable);
	event_del(connection->writable);
	event_del(connection->timer);
	if (!connection->is_dialer && was != HOST_CONNECTION_READY)
		connection->host->pending_inbound--;
	host_peer_detach(connection);
	dial_on_closed(connection);
	host_connection_wake(connection);
}

static void
host_connection_log_end(const struct host_connection *connection)
{
	char address[MULTIADDR_TEXT_SIZE];

	multiaddr_print(&connection->address, address);
	log_debug("connection closed address=%s reason=\"%s\"", address,
	    connection->reason);
}

void
host_connection_work(struct host_connection *connection)
{
	if (connection->state != HOST_CONNECTION_CLOSING &&
	    connection->state != HOST_CONNECTION_CONNECTING) {
		connection_run(connection->machine, monotime_now());
		host_connection_flush(connection);
	}
	if (connection->state == HOST_CONNECTION_CLOSING &&
	    !connection->in_work)
		host_connection_free(connection);
}

void
host_connection_free(struct host_connection *connection)
{
	struct host *host = connection->host;
	struct host_peer *peer = connection->peer;

	host_connection_log_end(connection);
	connection_free(connection->machine);
	host_connection_release_output(connection);
	buffer_fini(&connection->held);
	if (connection->in_work)
		TAILQ_REMOVE(&host->work_queue, connection, work);
	TAILQ_REMOVE(&host->connections, connection, all);
	host->connection_count--;
	event_free(connection->readable);
	event_free(connection->writable);
	event_free(connection->timer);
	close(connection->fd);
	free(connection);
	if (peer != NULL)
		host_peer_gone(host, peer);
}
