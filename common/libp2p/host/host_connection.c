#include "common/libp2p/host/host_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_service.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(connections_to_self, "connections to ourselves");
COUNTER(connections_abandoned,
    "connections that the remote ended before they were ready");
COUNTER(connections_congested,
    "input left waiting: the remote does not read our answers");

enum {
	OUTPUT_SIZE = 8 * CONNECTION_RECORD_MAX, /* of one send(2) */
	TURN_BYTES = 1024 * 1024, /* sent on one connection, then the others */
	UNSENT_MAX = 512 * 1024,  /* unsent in the kernel */
	STALL_MS = 60000,         /* the remote takes nothing */
};

static void
enter(struct host_connection *connection, enum host_connection_state state)
{
	static const char *const names[] = {
#define X(name) #name,
		HOST_CONNECTION_STATES(X)
#undef X
	};

	log_debug("connection fd=%d state=%s", connection->fd, names[state]);
	connection->state = state;
	connection->since = monotime_now();
}

static bool
is_closing(const struct host_connection *connection)
{
	return connection->state == HOST_CONNECTION_CLOSING;
}

void
host_wake(struct host *host)
{
	/* A timer, not event_active(), which would run before the loop polls
	 * the other sockets. */
	static const struct timeval at_once = { 0, 0 };

	if (!host->is_closing && !event_pending(host->work, EV_TIMEOUT, NULL))
		event_add(host->work, &at_once);
}

/* Let the machine run in the next turn of work. */
static void
wake(struct host_connection *connection)
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
	enter(connection, HOST_CONNECTION_CLOSING);
	connection->reason = reason;
	event_del(connection->readable);
	event_del(connection->writable);
	event_del(connection->timer);
	if (!connection->is_dialer && was != HOST_CONNECTION_READY)
		connection->host->pending_inbound--;
	connection->host->events->on_closed(connection);
	wake(connection);
}

/* --- suspects --- */

bool
host_connection_is_suspect(const struct host_connection *connection)
{
	return connection->state == HOST_CONNECTION_READY &&
	       (connection_is_doubted(connection->machine) ||
		   !connection_is_willing(connection->machine));
}

void
host_connection_suspect(struct host_connection *connection)
{
	if (connection->state != HOST_CONNECTION_READY)
		return;
	connection_doubt(connection->machine, monotime_now());
	wake(connection);
}

void
host_suspect_all(struct host *host)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		host_connection_suspect(connection);
}

/* Hand bytes to the machine, which may prove a suspect alive. */
static size_t
receive(struct host_connection *connection, struct bytes bytes)
{
	bool was_suspect = host_connection_is_suspect(connection);
	size_t used;

	used = connection_receive(connection->machine, bytes, monotime_now());
	if (was_suspect && connection->state == HOST_CONNECTION_READY &&
	    !host_connection_is_suspect(connection))
		connection->host->events->on_proved(connection);
	return used;
}

static void
arm_timer(struct host_connection *connection)
{
	const struct host_limits *limits = &connection->host->limits;
	struct monotime now = monotime_now(), deadline;
	struct timeval wait;

	if (connection->state == HOST_CONNECTION_CONNECTING)
		deadline =
		    monotime_add_ms(connection->since, limits->connect_ms);
	else
		deadline = connection_deadline(connection->machine);
	deadline = monotime_min(
	    deadline, monotime_add_ms(connection->blocked_since, STALL_MS));
	if (deadline.us >= connection->timer_at.us)
		return; /* checked again when the armed timer fires */
	connection->timer_at = deadline;
	wait = timeval_until(deadline, now);
	event_add(connection->timer, &wait);
}

/*
 * Input and output. One input area serves all connections, and one output area
 * is lent to the connection that sends: an idle connection holds neither. A
 * connection whose socket is full keeps its area until it is drained.
 */

static void
borrow_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (connection->output != NULL)
		return;
	connection->output = host->spare_output;
	host->spare_output = NULL;
	if (connection->output == NULL)
		connection->output = xreallocarray(NULL, OUTPUT_SIZE, 1);
}

static void
release_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (host->spare_output == NULL)
		host->spare_output = connection->output;
	else
		free(connection->output);
	connection->output = NULL;
	connection->output_len = connection->output_sent = 0;
}

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

	while (!is_closing(connection)) {
		if (connection->output == NULL) {
			borrow_output(connection);
			connection->output_len = connection_fill(
			    connection->machine, connection->output,
			    OUTPUT_SIZE, monotime_now());
		}
		if (connection->output_len == 0)
			break;
		if (!send_output(connection)) {
			if (!is_closing(connection))
				wait_writable(connection);
			return;
		}
		turn += connection->output_len;
		connection->output_len = connection->output_sent = 0;
		if (turn >= TURN_BYTES) {
			wake(connection);
			break;
		}
		connection->output_len = connection_fill(connection->machine,
		    connection->output, OUTPUT_SIZE, monotime_now());
	}
	release_output(connection);
}

/* Input that had to wait while our answers were not read. */
static void
take_held(struct host_connection *connection)
{
	struct bytes held = buffer_bytes(&connection->held);

	if (held.len == 0 || is_closing(connection) ||
	    connection_is_congested(connection->machine))
		return;
	buffer_consume(&connection->held, receive(connection, held));
	if (connection->held.len == 0 && !is_closing(connection))
		event_add(connection->readable, NULL);
	wake(connection);
}

static void
flush(struct host_connection *connection)
{
	send_all(connection);
	take_held(connection);
	if (is_closing(connection))
		return;
	if (connection_reason(connection->machine) != NULL)
		host_connection_close(
		    connection, connection_reason(connection->machine));
	else
		arm_timer(connection);
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
	used = receive(connection, input);
	if (used < input.len && !is_closing(connection)) {
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
	if (is_closing(connection))
		return;
	connection_run(connection->machine, monotime_now());
	flush(connection);
}

/* --- what the machine reports --- */

static void
on_ready(struct connection *machine, void *arg)
{
	struct host_connection *connection = arg;
	struct host *host = connection->host;

	if (connection->state != HOST_CONNECTION_UPGRADING)
		return;
	if (peer_id_equal(connection_remote(machine), &host->self)) {
		counter_add(&connections_to_self, 1);
		host_connection_close(connection, "the remote is ourselves");
		return;
	}
	if (!connection->is_dialer)
		host->pending_inbound--;
	enter(connection, HOST_CONNECTION_READY);
	host->events->on_ready(connection);
}

static bool
speaks(const char *protocol, void *arg)
{
	const struct host_connection *connection = arg;

	return host_service_find(connection->host, protocol) != NULL;
}

static void
on_stream(struct connection *machine, struct stream *stream, void *arg)
{
	struct host_connection *connection = arg;

	(void)machine;
	if (connection->state == HOST_CONNECTION_READY)
		connection->host->events->on_stream(connection, stream);
	else
		stream_reset(stream);
}

static void
on_output(struct connection *machine, void *arg)
{
	(void)machine;
	wake(arg);
}

/* --- from socket to streams to its end --- */

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

void
host_connection_start(struct host_connection *connection)
{
	static const struct connection_handler handler = {
		.on_ready = on_ready,
		.speaks = speaks,
		.on_stream = on_stream,
		.on_output = on_output,
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

	unpace(connection);
	enter(connection, HOST_CONNECTION_UPGRADING);
	connection->machine = connection_new(&config, connection->since);
	event_add(connection->readable, NULL);
	arm_timer(connection);
	wake(connection);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
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
	if (monotime_reached(
		now, monotime_add_ms(connection->blocked_since, STALL_MS))) {
		host_connection_close(connection, "the remote takes nothing");
		return;
	}
	connection_tick(connection->machine, now);
	wake(connection);
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
	wake(connection);
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

struct host_connection *
host_connection_new(
    struct host *host, int fd, bool is_dialer, const struct multiaddr *address)
{
	struct host_connection *connection = xzalloc(sizeof(*connection));

	connection->host = host;
	connection->fd = fd;
	connection->is_dialer = is_dialer;
	connection->address = *address;
	enter(connection, HOST_CONNECTION_CONNECTING);
	connection->timer_at = connection->blocked_since = MONOTIME_NEVER;
	tune_socket(fd);
	buffer_init(&connection->held, HOST_INPUT_SIZE);
	connection->readable = xcheck(event_new(
	    host->base, fd, EV_READ | EV_PERSIST, on_readable, connection));
	connection->writable = xcheck(
	    event_new(host->base, fd, EV_WRITE, on_writable, connection));
	connection->timer =
	    xcheck(evtimer_new(host->base, on_timer, connection));
	TAILQ_INSERT_TAIL(&host->connections, connection, all);
	host->connection_count++;
	if (!is_dialer)
		host->pending_inbound++;
	return connection;
}

void
host_connection_wait(struct host_connection *connection)
{
	event_add(connection->writable, NULL);
	arm_timer(connection);
}

static void
end(struct host_connection *connection)
{
	struct host *host = connection->host;
	struct host_peer *peer = connection->peer;
	char address[MULTIADDR_TEXT_SIZE];

	multiaddr_print(&connection->address, address);
	log_debug("connection closed address=%s reason=\"%s\"", address,
	    connection->reason);
	connection_free(connection->machine);
	release_output(connection);
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
		host->events->on_freed(host, peer);
}

static void
work(struct host_connection *connection)
{
	if (!is_closing(connection) &&
	    connection->state != HOST_CONNECTION_CONNECTING) {
		connection_run(connection->machine, monotime_now());
		flush(connection);
	}
	if (is_closing(connection) && !connection->in_work)
		end(connection);
}

void
host_connections_work(struct host *host)
{
	struct host_connection_list queue;
	struct host_connection *connection;

	TAILQ_INIT(&queue);
	TAILQ_CONCAT(&queue, &host->work_queue, work);
	while ((connection = TAILQ_FIRST(&queue)) != NULL) {
		TAILQ_REMOVE(&queue, connection, work);
		connection->in_work = false;
		work(connection);
	}
}

void
host_connections_free(struct host *host)
{
	struct host_connection *connection;

	while ((connection = TAILQ_FIRST(&host->connections)) != NULL) {
		host_connection_close(connection, "the host closes");
		end(connection);
	}
}
