#include "common/libp2p/host/host_circuit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/host/host_connection.h"
#include "common/libp2p/host/host_private.h"

/* --- the pipe --- */

/* The machine is nested in that of the connection to the relay, whose calls
 * this is within: what it sets off waits for the next turn of work. */
static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct host_connection *connection = arg;
	size_t used;

	(void)stream;
	if (host_connection_is_closing(connection))
		return bytes.len;
	host_connection_wake(connection);
	used = host_connection_receive(connection, bytes);
	connection->is_input_left = used < bytes.len;
	return used;
}

static void
on_end(struct stream *stream, void *arg)
{
	(void)stream;
	host_connection_close(arg, "the remote closed it");
}

/* Sealed bytes that did not fit, then new ones: straight into the room if there
 * is enough for a record, else by way of an output area. */
static size_t
on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	struct host_connection *connection = arg;
	struct monotime now = monotime_now();
	size_t len;

	(void)stream;
	if (host_connection_is_closing(connection))
		return 0;
	if (connection->output == NULL && size >= CONNECTION_NESTED_MIN)
		return connection_fill(connection->machine, buffer, size, now);
	if (connection->output == NULL) {
		host_connection_borrow_output(connection);
		connection->output_len = connection_fill(connection->machine,
		    connection->output, CONNECTION_NESTED_MIN, now);
	}
	len = connection->output_len - connection->output_sent;
	if (len > size)
		len = size;
	memcpy(buffer, connection->output + connection->output_sent, len);
	connection->output_sent += len;
	if (connection->output_sent == connection->output_len)
		host_connection_release_output(connection);
	return len;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct host_connection *connection = arg;

	(void)stream;
	connection->carrier = NULL;
	host_connection_close(connection,
	    end == STREAM_LOST ? "the connection to the relay is gone"
			       : "the relay ended the circuit");
}

static const struct stream_handler handler = {
	.on_data = on_data,
	.on_end = on_end,
	.on_fill = on_fill,
	.on_close = on_close,
};

static void
start(struct host_connection *connection)
{
	stream_set_handler(connection->carrier, &handler, connection);
}

static void
send_output(struct host_connection *connection)
{
	if (connection->carrier != NULL)
		stream_wake(connection->carrier);
}

static void
resume(struct host_connection *connection)
{
	if (connection->carrier == NULL || !connection->is_input_left)
		return;
	connection->is_input_left = false;
	stream_resume(connection->carrier);
}

static void
stop(struct host_connection *connection)
{
	static const struct stream_handler none = { .on_data = NULL };
	struct stream *carrier = connection->carrier;

	connection->carrier = NULL;
	if (carrier == NULL)
		return;
	stream_set_handler(carrier, &none, NULL);
	stream_reset(carrier);
}

static void
end(struct host_connection *connection)
{
	(void)connection;
}

struct host_connection *
host_circuit_new(struct host *host, struct stream *stream,
    const struct host_circuit *circuit)
{
	static const struct host_pipe pipe = {
		.start = start,
		.send = send_output,
		.resume = resume,
		.stop = stop,
		.end = end,
	};
	struct host_connection *connection = host_connection_new(
	    host, &pipe, circuit->is_dialer, &circuit->address);

	connection->carrier = stream;
	connection->is_limited = circuit->is_limited;
	if (circuit->expected != NULL)
		connection->expected = *circuit->expected;
	return connection;
}

void
host_adopt_circuit(struct host *host, struct stream *stream,
    const struct host_circuit *circuit)
{
	host_connection_start(host_circuit_new(host, stream, circuit));
}

/* --- dials --- */

struct host_circuit_attempt {
	struct host *host;
	struct dial *dial;
	struct multiaddr address;
	void *handle; /* the dialer's */
};

void
host_set_circuit_dialer(
    struct host *host, const struct host_circuit_dialer *dialer, void *arg)
{
	host->circuit_dialer = dialer;
	host->circuit_dialer_arg = arg;
}

struct host_circuit_attempt *
host_circuit_dial(struct host *host, struct dial *dial,
    const struct multiaddr *address, const struct peer_id *peer)
{
	struct host_circuit_attempt *attempt;

	if (host->circuit_dialer == NULL)
		return NULL;
	attempt = xzalloc(sizeof(*attempt));
	attempt->host = host;
	attempt->dial = dial;
	attempt->address = *address;
	attempt->handle = host->circuit_dialer->dial(
	    host, address, peer, attempt, host->circuit_dialer_arg);
	if (attempt->handle != NULL)
		return attempt;
	free(attempt);
	return NULL;
}

void
host_circuit_cancel(struct host_circuit_attempt *attempt)
{
	struct host *host = attempt->host;

	if (host->circuit_dialer != NULL)
		host->circuit_dialer->cancel(
		    attempt->handle, host->circuit_dialer_arg);
	free(attempt);
}

void
host_circuit_dialled(struct host_circuit_attempt *attempt,
    struct stream *stream, bool is_limited)
{
	struct host *host = attempt->host;

	host->events->on_circuit_dialled(
	    attempt->dial, attempt, &attempt->address, stream, is_limited);
	free(attempt);
}
