#include "common/libp2p/host/host_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(connections_abandoned,
    "connections that the remote ended before they were ready");
COUNTER(connections_congested,
    "input left waiting: the remote does not read our answers");

enum {
	TURN_BYTES = 1024 * 1024, /* sent on one connection, then the others */
	UNSENT_MAX = 512 * 1024,  /* unsent in the kernel */
};

/* One input area serves all connections. A connection whose socket is full
 * keeps its output area until it is drained. */

/* Send what is queued. False: the kernel takes no more now. */
static bool
send_output(struct host_connection *connection)
{
	size_t left = connection->output_len - connection->output_sent;
	ssize_t n;

	n = send(connection->fd, connection->output + connection->output_sent,
	    left, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		host_connection_close(connection, strerror(errno));
		return false;
	}
	if (n > 0) {
		connection->output_sent += (size_t)n;
		connection->blocked_since = MONOTIME_NEVER;
	}
	return connection->output_sent == connection->output_len;
}

static void
wait_writable(struct host_connection *connection)
{
	if (connection->blocked_since.us == INT64_MAX)
		connection->blocked_since = monotime_now();
	event_add(connection->writable, NULL);
}

/* Send what there is, within one turn's budget. */
static void
send_all(struct host_connection *connection)
{
	size_t turn = 0;

	while (!host_connection_is_closing(connection)) {
		if (connection->output == NULL) {
			host_connection_borrow_output(connection);
			connection->output_len = connection_fill(
			    connection->machine, connection->output,
			    HOST_OUTPUT_SIZE, monotime_now());
		}
		if (connection->output_len == 0)
			break;
		if (!send_output(connection)) {
			if (!host_connection_is_closing(connection))
				wait_writable(connection);
			return;
		}
		turn += connection->output_len;
		connection->output_len = connection->output_sent = 0;
		if (turn >= TURN_BYTES) {
			host_connection_wake(connection);
			break;
		}
		connection->output_len = connection_fill(connection->machine,
		    connection->output, HOST_OUTPUT_SIZE, monotime_now());
	}
	host_connection_release_output(connection);
}

/* Input that had to wait while our answers were not read. */
static void
take_held(struct host_connection *connection)
{
	struct bytes held = buffer_bytes(&connection->held);

	if (held.len == 0)
		return;
	buffer_consume(
	    &connection->held, host_connection_receive(connection, held));
	if (connection->held.len == 0 &&
	    !host_connection_is_closing(connection))
		event_add(connection->readable, NULL);
	host_connection_wake(connection);
}

static void
read_some(struct host_connection *connection)
{
	struct host *host = connection->host;
	struct bytes input = { host->input, 0 };
	size_t used;
	ssize_t n;

	n = recv(connection->fd, host->input, HOST_INPUT_SIZE, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (connection->state == HOST_CONNECTION_UPGRADING)
			counter_add(&connections_abandoned, 1);
		host_connection_close(connection,
		    n == 0 ? "the remote closed it" : strerror(errno));
		return;
	}
	input.len = (size_t)n;
	used = host_connection_receive(connection, input);
	if (used < input.len && !host_connection_is_closing(connection)) {
		counter_add(&connections_congested, 1);
		buffer_append(&connection->held,
		    (struct bytes){ input.data + used, input.len - used });
		event_del(connection->readable);
	}
}

/*
 * One recv(2), then the output that it causes: window updates must go out
 * before the next recv(2), or the remote would stall.
 */
static void
read_input(struct host_connection *connection)
{
	read_some(connection);
	if (!host_connection_is_closing(connection))
		host_connection_flush(connection);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_input(arg);
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
	       multiaddr_is_same_ip(&us, &them);
}

/* Within one machine no pacing is needed, and the default may be BBR, which
 * sets a timer for each packet: a third of the cost of sending. reno exists
 * everywhere. */
static void
unpace(const struct host_connection *connection)
{
	static const char plain[] = "reno";

	if (is_within_machine(connection->fd))
		setsockopt(connection->fd, IPPROTO_TCP, TCP_CONGESTION, plain,
		    sizeof(plain) - 1);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
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

/* Nagle off: a request and its answer would wait 40 ms for each other. Little
 * unsent data in the kernel, so that pongs do not queue behind it. */
static void
tune_socket(int fd)
{
	int on = 1, idle_s = 30, unsent = UNSENT_MAX;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

/* --- the pipe --- */

static void
start(struct host_connection *connection)
{
	unpace(connection);
	event_add(connection->readable, NULL);
}

static void
stop(struct host_connection *connection)
{
	event_del(connection->readable);
	event_del(connection->writable);
}

static void
end(struct host_connection *connection)
{
	buffer_fini(&connection->held);
	event_free(connection->readable);
	event_free(connection->writable);
	close(connection->fd);
}

struct host_connection *
host_tcp_new(
    struct host *host, int fd, bool is_dialer, const struct multiaddr *address)
{
	static const struct host_pipe pipe = {
		.start = start,
		.send = send_all,
		.resume = take_held,
		.stop = stop,
		.end = end,
	};
	struct host_connection *connection =
	    host_connection_new(host, &pipe, is_dialer, address);

	connection->fd = fd;
	tune_socket(fd);
	buffer_init(&connection->held, HOST_INPUT_SIZE);
	connection->readable = xcheck(event_new(
	    host->base, fd, EV_READ | EV_PERSIST, on_readable, connection));
	connection->writable = xcheck(
	    event_new(host->base, fd, EV_WRITE, on_writable, connection));
	return connection;
}

void
host_tcp_wait(struct host_connection *connection)
{
	event_add(connection->writable, NULL);
	host_connection_arm(connection);
}
