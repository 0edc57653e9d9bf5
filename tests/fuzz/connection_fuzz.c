/* Raw bytes of a stranger, before anybody is who they say: both roles. */
#include "common/libp2p/connection/connection.h"

static void
on_ready(struct connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
}

static bool
speaks(const char *protocol, void *arg)
{
	(void)protocol;
	(void)arg;
	return true;
}

static void
on_stream(struct connection *connection, struct stream *stream, void *arg)
{
	(void)connection;
	(void)arg;
	stream_reset(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct connection_handler handler = { on_ready, speaks,
		on_stream, on_ready };
	static const struct noise_identity identity = { .static_secret = { 1 },
		.identity_key_len = 36,
		.signature_len = 64 };
	static uint8_t out[4 * CONNECTION_RECORD_MAX];
	struct connection_config config = { .identity = &identity,
		.upgrade_ms = 10000,
		.negotiate_ms = 10000,
		.handler = &handler };
	struct monotime now = { 1000000 };
	struct connection *connection;
	size_t len, piece;

	if (size == 0)
		return 0;
	config.is_dialer = data[0] & 1;
	config.offers_muxer = (data[0] & 2) != 0;
	piece = (size_t)(data[0] >> 2) + 1;
	data++;
	size--;
	connection = connection_new(&config, now);
	for (; size > 0 && connection_reason(connection) == NULL; size -= len) {
		len = piece < size ? piece : size;
		connection_receive(
		    connection, (struct bytes){ data, len }, now);
		connection_fill(connection, out, sizeof(out), now);
		now = monotime_add_ms(now, 10);
		connection_tick(connection, now);
		data += len;
	}
	connection_free(connection);
	return 0;
}
