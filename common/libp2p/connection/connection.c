#include "common/libp2p/connection/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/connection/negotiation.h"
#include "common/libp2p/connection/partial_record.h"

COUNTER(connections_failed_upgrade, "connections that never became ready");
COUNTER(streams_failed_negotiation, "inbound streams without a protocol");

#define PROTOCOL_NOISE "/noise"
#define PROTOCOL_YAMUX "/yamux/1.0.0"

static const char *const securities[] = { PROTOCOL_NOISE };
static const char *const muxers[] = { PROTOCOL_YAMUX };

enum connection_state {
	CONNECTION_SECURITY,  /* multistream for /noise */
	CONNECTION_HANDSHAKE, /* Noise */
	CONNECTION_MUXER,     /* multistream for yamux, inside Noise */
	CONNECTION_OPEN,      /* yamux */
	CONNECTION_OVER,
};

struct connection {
	struct connection_config config;
	struct peer_id expected;
	enum connection_state state;
	const char *reason;
	struct multistream *multistream; /* of SECURITY or MUXER */
	struct noise *noise;
	struct yamux *yamux;
	struct negotiation_list negotiations;
	struct partial_record
	    partial;          /* raw: the front of an unfinished frame */
	struct buffer plain;  /* of MUXER */
	struct buffer output; /* raw handshake bytes */
	struct monotime upgrade_deadline;
	struct monotime now;
};

/*
 * Plaintext in transit, shared by all connections of the thread, so that an
 * idle connection holds no large buffer. Calls of connection_receive() and
 * connection_fill() do not nest: whatever callbacks start is deferred. A nested
 * connection, which is fed and emptied by callbacks of the outer one, has the
 * second pair, and carries none itself.
 */
static uint8_t plain_in[2][NOISE_PLAINTEXT_MAX];
static uint8_t plain_out[2][NOISE_PLAINTEXT_MAX];

static void
connection_fail(struct connection *connection, const char *reason)
{
	if (connection->state == CONNECTION_OVER)
		return;
	if (connection->state != CONNECTION_OPEN)
		counter_add(&connections_failed_upgrade, 1);
	connection->state = CONNECTION_OVER;
	connection->reason = reason;
}

static void
connection_end_multistream(struct connection *connection)
{
	if (connection->multistream != NULL)
		multistream_fini(connection->multistream);
	free(connection->multistream);
	connection->multistream = NULL;
}

static bool
speaks_noise(const char *protocol, void *arg)
{
	(void)arg;
	return !strcmp(protocol, PROTOCOL_NOISE);
}

static bool
speaks_yamux(const char *protocol, void *arg)
{
	(void)arg;
	return !strcmp(protocol, PROTOCOL_YAMUX);
}

/* Move the output of an upgrade machine to ours, sealed once keys exist. The
 * machine bounds how much output a remote can cause. */
static void
connection_collect(struct connection *connection, struct buffer *from)
{
	struct buffer *output = &connection->output;
	struct bytes bytes = buffer_bytes(from);
	uint8_t *room = buffer_reserve(output, bytes.len + NOISE_OVERHEAD);
	ssize_t len = (ssize_t)bytes.len;

	if (len == 0)
		return;
	if (room == NULL) {
		connection_fail(connection, "too much handshake output");
		return;
	}
	if (connection->state == CONNECTION_MUXER)
		len = noise_seal(connection->noise, bytes, room);
	else
		memcpy(room, bytes.data, bytes.len);
	if (len < 0)
		connection_fail(connection, "the cipher failed");
	else
		buffer_commit(output, (size_t)len);
	buffer_consume(from, bytes.len);
}

static void
connection_start_noise(struct connection *connection)
{
	const struct connection_config *config = &connection->config;

	connection->noise = noise_new(config->is_dialer, config->identity,
	    config->expected, muxers, config->offers_muxer ? 1 : 0);
	connection_collect(connection, noise_output(connection->noise));
}

struct connection *
connection_new(const struct connection_config *config, struct monotime now)
{
	struct connection *connection = xzalloc(sizeof(*connection));
	struct multistream *multistream = xzalloc(sizeof(*multistream));

	connection->config = *config;
	if (config->expected != NULL) {
		connection->expected = *config->expected;
		connection->config.expected = &connection->expected;
	}
	connection->multistream = multistream;
	connection->now = now;
	connection->upgrade_deadline = monotime_add_ms(now, config->upgrade_ms);
	TAILQ_INIT(&connection->negotiations);
	buffer_init(
	    &connection->plain, NOISE_PLAINTEXT_MAX + MULTISTREAM_FRAME_MAX);
	buffer_init(&connection->output,
	    2 * MULTISTREAM_OUTPUT_MAX + 2 * NOISE_HANDSHAKE_FRAME_MAX);
	if (config->is_dialer)
		multistream_dial(multistream, securities, 1);
	else
		multistream_listen(multistream, speaks_noise, NULL);
	connection_collect(connection, &multistream->output);
	if (config->is_dialer)
		connection_start_noise(connection);
	return connection;
}

void
connection_free(struct connection *connection)
{
	if (connection == NULL)
		return;
	connection->state = CONNECTION_OVER;
	yamux_free(connection->yamux); /* ends all negotiations */
	connection_end_multistream(connection);
	noise_free(connection->noise);
	partial_record_consume(&connection->partial, connection->partial.len);
	buffer_fini(&connection->plain);
	buffer_fini(&connection->output);
	free(connection);
}

/* --- streams --- */

static void
connection_on_answered(struct stream *stream, int error, void *arg)
{
	struct connection *connection = arg;

	if (error != 0)
		counter_add(&streams_failed_negotiation, 1);
	else
		connection->config.handler->on_stream(
		    connection, stream, connection->config.arg);
}

static void
connection_on_stream(struct yamux *yamux, struct stream *stream, void *arg)
{
	struct connection *connection = arg;
	const struct connection_config *config = &connection->config;

	(void)yamux;
	negotiation_listen(stream, config->handler->speaks, config->arg,
	    &connection->negotiations,
	    monotime_add_ms(connection->now, config->negotiate_ms),
	    connection_on_answered, connection);
}

struct stream *
connection_open(struct connection *connection, const char *const *protocols,
    size_t count, bool is_eager, connection_opened_fn *done, void *arg,
    struct monotime now)
{
	struct stream *stream = NULL;

	if (connection->state == CONNECTION_OPEN)
		stream = yamux_open(connection->yamux, now);
	if (stream == NULL)
		return NULL;
	if (is_eager)
		stream_agreed(stream, protocols[0]);
	negotiation_dial(stream, protocols, is_eager ? 1 : count, is_eager,
	    &connection->negotiations,
	    monotime_add_ms(now, connection->config.negotiate_ms), done, arg);
	return stream;
}

/* --- from bytes to streams --- */

static void
connection_on_output(struct yamux *yamux, void *arg)
{
	struct connection *connection = arg;

	(void)yamux;
	connection->config.handler->on_output(
	    connection, connection->config.arg);
}

static void
connection_enter_open(struct connection *connection)
{
	static const struct yamux_handler handler = {
		.on_stream = connection_on_stream,
		.on_output = connection_on_output,
	};

	connection->state = CONNECTION_OPEN;
	connection->yamux = yamux_new(connection->config.is_dialer,
	    noise_remote(connection->noise), &handler, connection,
	    connection->now);
	connection->config.handler->on_ready(
	    connection, connection->config.arg);
}

static void
connection_enter_muxer(struct connection *connection)
{
	struct multistream *multistream = xzalloc(sizeof(*multistream));

	connection->state = CONNECTION_MUXER;
	connection->multistream = multistream;
	if (connection->config.is_dialer)
		multistream_dial(multistream, muxers, 1);
	else
		multistream_listen(multistream, speaks_yamux, NULL);
	connection_collect(connection, &multistream->output);
}

static size_t
connection_take_security(struct connection *connection, struct bytes bytes)
{
	struct multistream *multistream = connection->multistream;
	size_t used = multistream_receive(multistream, bytes);

	connection_collect(connection, &multistream->output);
	if (multistream->state == MULTISTREAM_NEGOTIATING)
		return used;
	if (multistream->state != MULTISTREAM_AGREED) {
		connection_fail(connection, "no agreement on /noise");
		return used;
	}
	connection_end_multistream(connection);
	connection->state = CONNECTION_HANDSHAKE;
	if (!connection->config.is_dialer)
		connection_start_noise(connection);
	return used;
}

static size_t
connection_take_handshake(struct connection *connection, struct bytes bytes)
{
	struct noise *noise = connection->noise;
	size_t used = noise_receive(noise, bytes);

	connection_collect(connection, noise_output(noise));
	if (noise_state(noise) == NOISE_FAILED)
		connection_fail(connection, noise_reason(noise));
	else if (noise_state(noise) == NOISE_ESTABLISHED &&
		 noise_muxer(noise) != NULL)
		connection_enter_open(connection);
	else if (noise_state(noise) == NOISE_ESTABLISHED)
		connection_enter_muxer(connection);
	return used;
}

static void
connection_receive_yamux(struct connection *connection, struct bytes plain)
{
	if (yamux_receive(connection->yamux, plain, connection->now) < 0)
		connection_fail(connection, yamux_reason(connection->yamux));
}

static void
connection_receive_muxer(struct connection *connection, struct bytes plain)
{
	struct multistream *multistream = connection->multistream;

	if (buffer_append(&connection->plain, plain) < 0) {
		connection_fail(connection, "too much before a muxer");
		return;
	}
	buffer_consume(&connection->plain,
	    multistream_receive(multistream, buffer_bytes(&connection->plain)));
	connection_collect(connection, &multistream->output);
	if (multistream->state == MULTISTREAM_NEGOTIATING)
		return;
	if (multistream->state != MULTISTREAM_AGREED) {
		connection_fail(connection, "no agreement on a muxer");
		return;
	}
	connection_end_multistream(connection);
	connection_enter_open(connection);
	connection_receive_yamux(connection, buffer_bytes(&connection->plain));
	buffer_fini(&connection->plain);
}

static size_t
connection_take_record(struct connection *connection, struct bytes bytes)
{
	uint8_t *plain = plain_in[connection->config.is_nested];
	size_t len = 0;
	ssize_t used = noise_open(connection->noise, bytes, plain, &len);

	if (used < 0) {
		connection_fail(connection, "a forged record");
		return bytes.len;
	}
	if (len == 0)
		return (size_t)used;
	if (connection->state == CONNECTION_MUXER)
		connection_receive_muxer(
		    connection, (struct bytes){ plain, len });
	else
		connection_receive_yamux(
		    connection, (struct bytes){ plain, len });
	return (size_t)used;
}

/* Consume all complete frames and records. */
static size_t
connection_take(struct connection *connection, struct bytes bytes)
{
	size_t used = 0, last;
	enum connection_state state;

	do {
		struct bytes rest = { bytes.data + used, bytes.len - used };

		state = connection->state;
		last = 0;
		if (state == CONNECTION_SECURITY)
			last = connection_take_security(connection, rest);
		else if (state == CONNECTION_HANDSHAKE)
			last = connection_take_handshake(connection, rest);
		else if (state != CONNECTION_OVER)
			last = connection_take_record(connection, rest);
		used += last;
	} while ((last > 0 || state != connection->state) && used < bytes.len &&
		 !connection_is_congested(connection));
	return connection->state == CONNECTION_OVER ? bytes.len : used;
}

/* How many bytes to append to an unfinished frame or record: up to its end, if
 * that is known. */
static size_t
connection_missing(const struct connection *connection)
{
	struct bytes partial = partial_record_bytes(&connection->partial);
	struct cursor cursor = cursor_over(partial);
	size_t len;

	if (connection->state < CONNECTION_MUXER)
		return MULTISTREAM_FRAME_MAX;
	len = cursor_be16(&cursor);
	if (cursor.failed)
		return 2 - partial.len;
	return 2 + len > partial.len ? 2 + len - partial.len : 0;
}

static size_t
connection_receive_partial(struct connection *connection, struct bytes bytes)
{
	size_t len = connection_missing(connection);

	if (len > bytes.len)
		len = bytes.len;
	if (partial_record_append(
		&connection->partial, (struct bytes){ bytes.data, len }) < 0) {
		connection_fail(connection, "an oversized handshake");
		return bytes.len;
	}
	partial_record_consume(&connection->partial,
	    connection_take(
		connection, partial_record_bytes(&connection->partial)));
	return len;
}

size_t
connection_receive(
    struct connection *connection, struct bytes bytes, struct monotime now)
{
	size_t used = 0, last;

	connection->now = now;
	while (used < bytes.len && connection->state != CONNECTION_OVER &&
	       !connection_is_congested(connection)) {
		struct bytes rest = { bytes.data + used, bytes.len - used };

		last = 0;
		if (connection->partial.len == 0)
			last = connection_take(connection, rest);
		if (last == 0)
			last = connection_receive_partial(connection, rest);
		used += last;
	}
	return connection->state == CONNECTION_OVER ? bytes.len : used;
}

/* --- sending --- */

bool
connection_is_congested(const struct connection *connection)
{
	return connection->state == CONNECTION_OPEN &&
	       yamux_is_congested(connection->yamux);
}

void
connection_run(struct connection *connection, struct monotime now)
{
	connection->now = now;
	if (connection->state == CONNECTION_OPEN)
		yamux_run(connection->yamux, now);
}

static size_t
connection_fill_raw(struct connection *connection, uint8_t *out, size_t size)
{
	size_t len = connection->output.len;

	if (len > size)
		len = size;
	if (len > 0)
		memcpy(out, buffer_bytes(&connection->output).data, len);
	buffer_consume(&connection->output, len);
	return len;
}

size_t
connection_fill(struct connection *connection, uint8_t *out, size_t size,
    struct monotime now)
{
	size_t len = connection_fill_raw(connection, out, size), room, filled;
	size_t least = connection->config.is_nested ? CONNECTION_NESTED_MIN
						    : CONNECTION_RECORD_MAX;
	uint8_t *plain = plain_out[connection->config.is_nested];
	ssize_t sealed;

	connection->now = now;
	if (connection->yamux == NULL || connection->output.len > 0)
		return len;
	while (size - len >= least) {
		room = size - len - NOISE_OVERHEAD;
		if (room > NOISE_PLAINTEXT_MAX)
			room = NOISE_PLAINTEXT_MAX;
		filled = yamux_fill(connection->yamux, plain, room, now);
		if (filled == 0)
			break;
		sealed = noise_seal(connection->noise,
		    (struct bytes){ plain, filled }, out + len);
		if (sealed < 0) {
			connection_fail(connection, "the cipher failed");
			break;
		}
		len += (size_t)sealed;
	}
	return len;
}

/* --- time --- */

void
connection_tick(struct connection *connection, struct monotime now)
{
	struct negotiation *negotiation;

	connection->now = now;
	if (connection->state == CONNECTION_OVER)
		return;
	if (connection->state != CONNECTION_OPEN) {
		if (monotime_reached(now, connection->upgrade_deadline))
			connection_fail(
			    connection, "the handshake took too long");
		return;
	}
	while ((negotiation = TAILQ_FIRST(&connection->negotiations)) != NULL &&
	       monotime_reached(now, negotiation->deadline))
		negotiation_fail(negotiation, -ETIMEDOUT);
	if (yamux_tick(connection->yamux, now) < 0)
		connection_fail(connection, "no answer to pings");
}

struct monotime
connection_deadline(const struct connection *connection)
{
	const struct negotiation *first =
	    TAILQ_FIRST(&connection->negotiations);
	struct monotime deadline;

	if (connection->state == CONNECTION_OVER)
		return MONOTIME_NEVER;
	if (connection->state != CONNECTION_OPEN)
		return connection->upgrade_deadline;
	deadline = yamux_deadline(connection->yamux);
	return first == NULL ? deadline
			     : monotime_min(deadline, first->deadline);
}

bool
connection_is_foreign(const struct connection *connection)
{
	return connection->multistream != NULL &&
	       connection->multistream->state == MULTISTREAM_REFUSED;
}

const char *
connection_reason(const struct connection *connection)
{
	if (connection->reason == NULL && connection->yamux != NULL)
		return yamux_reason(connection->yamux);
	return connection->reason;
}

void
connection_doubt(struct connection *connection, struct monotime now)
{
	if (connection->state == CONNECTION_OPEN)
		yamux_doubt(connection->yamux, now);
}

bool
connection_is_doubted(const struct connection *connection)
{
	return connection->state == CONNECTION_OPEN &&
	       yamux_is_doubted(connection->yamux);
}

int64_t
connection_silent_ms(const struct connection *connection, struct monotime now)
{
	return connection->state == CONNECTION_OPEN
		   ? yamux_silent_ms(connection->yamux, now)
		   : 0;
}

bool
connection_is_willing(const struct connection *connection)
{
	return connection->state == CONNECTION_OPEN &&
	       !yamux_is_gone_away(connection->yamux);
}

const struct peer_id *
connection_remote(const struct connection *connection)
{
	return noise_remote(connection->noise);
}

int64_t
connection_rtt_us(const struct connection *connection)
{
	return connection->yamux == NULL ? -1 : yamux_rtt_us(connection->yamux);
}

size_t
connection_stream_count(const struct connection *connection)
{
	return connection->yamux == NULL
		   ? 0
		   : yamux_stream_count(connection->yamux);
}

bool
connection_carries(
    const struct connection *connection, const struct stream *stream)
{
	return connection->yamux != NULL &&
	       yamux_of_stream(stream) == connection->yamux;
}

size_t
connection_count_inbound(
    const struct connection *connection, const char *protocol)
{
	return connection->yamux == NULL
		   ? 0
		   : yamux_count_inbound(connection->yamux, protocol);
}
