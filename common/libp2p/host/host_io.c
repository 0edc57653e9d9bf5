/*
 * The bytes of a connection. One input area serves all connections, and one
 * output area is lent to the connection that sends: an idle connection holds
 * neither. A connection whose socket is full keeps its area until it is
 * drained.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"

COUNTER(connections_abandoned,
    "connections that ended from the other side before "
    "they were ready");
COUNTER(connections_congested,
    "input left waiting: the other side does not read "
    "our answers");

static void
host_connection_borrow_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (connection->output != NULL)
		return;
	connection->output = host->spare_output;
	host->spare_output = NULL;
	if (connection->output == NULL)
		connection->output = xreallocarray(NULL, HOST_OUTPUT_SIZE, 1);
}

void
host_connection_release_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (host->spare_output == NULL)
		host->spare_output = connection->output;
	else
		free(connection->output);
	connection->output = NULL;
	connection->output_len = connection->output_sent = 0;
}

/* Hand what waits to the kernel. False: it takes no more now. */
static bool
host_connection_send(struct host_connection *connection)
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
host_connection_wait_writable(struct host_connection *connection)
{
	if (connection->blocked_since.us == INT64_MAX)
		connection->blocked_since = monotime_now();
	event_add(connection->writable, NULL);
}

/* Send what there is, within one turn's budget. */
static void
host_connection_send_all(struct host_connection *connection)
{
	size_t turn = 0;

	while (connection->state != HOST_CONNECTION_CLOSING) {
		if (connection->output == NULL) {
			host_connection_borrow_output(connection);
			connection->output_len = connection_fill(
			    connection->machine, connection->output,
			    HOST_OUTPUT_SIZE, monotime_now());
		}
		if (connection->output_len == 0)
			break;
		if (!host_connection_send(connection)) {
			if (connection->state != HOST_CONNECTION_CLOSING)
				host_connection_wait_writable(connection);
			return;
		}
		turn += connection->output_len;
		connection->output_len = connection->output_sent = 0;
		if (turn >= HOST_TURN_BYTES) {
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
host_connection_take_held(struct host_connection *connection)
{
	struct bytes held = buffer_bytes(&connection->held);

	if (held.len == 0 || connection->state == HOST_CONNECTION_CLOSING ||
	    connection_is_congested(connection->machine))
		return;
	buffer_consume(
	    &connection->held, host_connection_receive(connection, held));
	if (connection->held.len == 0 &&
	    connection->state != HOST_CONNECTION_CLOSING)
		event_add(connection->readable, NULL);
	host_connection_wake(connection);
}

void
host_connection_flush(struct host_connection *connection)
{
	host_connection_send_all(connection);
	host_connection_take_held(connection);
	if (connection->state == HOST_CONNECTION_CLOSING)
		return;
	if (connection_reason(connection->machine) != NULL)
		host_connection_close(
		    connection, connection_reason(connection->machine));
	else
		host_connection_arm_timer(connection);
}

static void
host_connection_read_some(struct host_connection *connection)
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
		    n == 0 ? "the other side closed it" : strerror(errno));
		return;
	}
	input.len = (size_t)n;
	used = host_connection_receive(connection, input);
	if (used < input.len && connection->state != HOST_CONNECTION_CLOSING) {
		counter_add(&connections_congested, 1);
		buffer_append(&connection->held,
		    (struct bytes){ input.data + used, input.len - used });
		event_del(connection->readable);
	}
}

/*
 * One recv(2), then what it has set off: the window that it opens must go out
 * before the next, or the other side would stand still meanwhile.
 */
void
host_connection_read(struct host_connection *connection)
{
	host_connection_read_some(connection);
	if (connection->state == HOST_CONNECTION_CLOSING)
		return;
	connection_run(connection->machine, monotime_now());
	host_connection_flush(connection);
}
