/* Two connections back to back, under an invented clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/libp2p/connection/connection.h"
#include "tests/unit/support/test_host.h"

#define ECHO "/test/echo/1.0.0"

enum { WIRE_MAX = 1 << 20 };

static const char *const echo_protocols[] = { ECHO };
static const char *const later_protocols[] = { "/test/none/1.0.0", ECHO };
static const char *const unknown_protocols[] = { "/test/none/1.0.0" };

struct side {
	struct noise_identity identity;
	struct peer_id id;
	struct connection *connection;
	struct buffer wire; /* what it said and the other has not heard */
	bool is_ready;
	unsigned int streams;
};

struct pair {
	struct side dialer, listener;
	struct monotime now;
	size_t piece_max; /* bytes are carried in pieces of at most this */
};

struct asker {
	char text[64];
	size_t len;
	bool is_done, is_ended, is_closed;
	int error;
	enum stream_end end;
};

static size_t
echo_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)arg;
	stream_write(stream, bytes);
	return bytes.len;
}

static void
echo_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static const struct stream_handler echo_handler = {
	.on_data = echo_on_data,
	.on_end = echo_on_end,
};

static size_t
asker_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct asker *asker = arg;

	(void)stream;
	assert_true(asker->len + bytes.len < sizeof(asker->text));
	memcpy(asker->text + asker->len, bytes.data, bytes.len);
	asker->len += bytes.len;
	return bytes.len;
}

static void
asker_on_end(struct stream *stream, void *arg)
{
	struct asker *asker = arg;

	(void)stream;
	asker->is_ended = true;
}

static void
asker_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct asker *asker = arg;

	(void)stream;
	asker->is_closed = true;
	asker->end = end;
}

static const struct stream_handler asker_handler = {
	.on_data = asker_on_data,
	.on_end = asker_on_end,
	.on_close = asker_on_close,
};

static void
on_ready(struct connection *connection, void *arg)
{
	struct side *side = arg;

	(void)connection;
	assert_false(side->is_ready);
	side->is_ready = true;
}

static bool
speaks(const char *protocol, void *arg)
{
	(void)arg;
	return !strcmp(protocol, ECHO);
}

static void
on_stream(struct connection *connection, struct stream *stream, void *arg)
{
	struct side *side = arg;

	(void)connection;
	assert_string_equal(stream_protocol(stream), ECHO);
	side->streams++;
	stream_set_handler(stream, &echo_handler, NULL);
}

static void
on_output(struct connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
}

static void
side_open(struct pair *pair, struct side *side, bool is_dialer,
    const struct peer_id *expected, bool offers_muxer)
{
	static const struct connection_handler handler = {
		.on_ready = on_ready,
		.speaks = speaks,
		.on_stream = on_stream,
		.on_output = on_output,
	};
	struct connection_config config = {
		.is_dialer = is_dialer,
		.identity = &side->identity,
		.expected = expected,
		.offers_muxer = offers_muxer,
		.upgrade_ms = 10000,
		.negotiate_ms = 10000,
		.handler = &handler,
		.arg = side,
	};

	buffer_init(&side->wire, WIRE_MAX);
	side->connection = connection_new(&config, pair->now);
}

static struct pair *
pair_open(bool dialer_offers, bool listener_offers, size_t piece_max)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	srandom(4711);
	pair->now.us = 1000000;
	pair->piece_max = piece_max;
	test_identity(&pair->dialer.identity, &pair->dialer.id);
	test_identity(&pair->listener.identity, &pair->listener.id);
	side_open(pair, &pair->dialer, true, &pair->listener.id, dialer_offers);
	side_open(pair, &pair->listener, false, NULL, listener_offers);
	return pair;
}

static void
pair_close(struct pair *pair)
{
	connection_free(pair->dialer.connection);
	connection_free(pair->listener.connection);
	buffer_fini(&pair->dialer.wire);
	buffer_fini(&pair->listener.wire);
	free(pair);
}

static void
side_fill(struct pair *pair, struct side *side)
{
	uint8_t *room = buffer_reserve(&side->wire, 2 * CONNECTION_RECORD_MAX);

	connection_run(side->connection, pair->now);
	assert_non_null(room);
	buffer_commit(&side->wire, connection_fill(side->connection, room,
				       2 * CONNECTION_RECORD_MAX, pair->now));
}

/* All that one side has to say, in pieces; false: it is quiet. */
static bool
carry(struct pair *pair, struct side *from, struct side *to)
{
	struct bytes wire;
	size_t len;

	side_fill(pair, from);
	wire = buffer_bytes(&from->wire);
	if (wire.len == 0)
		return false;
	while (wire.len > 0) {
		len = (size_t)random() % pair->piece_max + 1;
		if (len > wire.len)
			len = wire.len;
		assert_int_equal(
		    connection_receive(to->connection,
			(struct bytes){ wire.data, len }, pair->now),
		    len);
		wire.data += len;
		wire.len -= len;
	}
	buffer_fini(&from->wire);
	return true;
}

static void
pump(struct pair *pair)
{
	bool more;

	do {
		more = carry(pair, &pair->dialer, &pair->listener);
		more |= carry(pair, &pair->listener, &pair->dialer);
	} while (more);
}

static void
on_opened(struct stream *stream, int error, void *arg)
{
	struct asker *asker = arg;

	assert_false(asker->is_done);
	asker->is_done = true;
	asker->error = error;
	if (error == 0)
		stream_set_handler(stream, &asker_handler, asker);
}

static void
on_opened_eagerly(struct stream *stream, int error, void *arg)
{
	struct asker *asker = arg;

	(void)stream;
	asker->is_done = true;
	asker->error = error;
}

static struct stream *
ask_eagerly(struct pair *pair, struct side *side, const char *const *protocols,
    struct asker *asker)
{
	struct stream *stream = connection_open(side->connection, protocols, 1,
	    true, on_opened_eagerly, asker, pair->now);

	assert_non_null(stream);
	stream_set_handler(stream, &asker_handler, asker);
	stream_write(stream, bytes_of("question"));
	stream_finish(stream);
	return stream;
}

static const struct {
	const char *name;
	bool dialer_offers, listener_offers;
	size_t piece_max;
} upgrades[] = {
	{ "muxer in the handshake", true, true, 1 << 20 },
	{ "dialer offers none", false, true, 1 << 20 },
	{ "listener offers none", true, false, 1 << 20 },
	{ "neither offers one", false, false, 1 << 20 },
	{ "byte by byte", true, true, 1 },
	{ "byte by byte, multistream for the muxer", false, false, 1 },
	{ "in pieces", true, true, 50 },
	{ "in pieces, multistream for the muxer", false, true, 50 },
};

static void
test_upgrades(void **state)
{
	struct asker there, back;
	struct pair *pair;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(upgrades); i++) {
		print_message("  %s\n", upgrades[i].name);
		memset(&there, 0, sizeof(there));
		memset(&back, 0, sizeof(back));
		pair = pair_open(upgrades[i].dialer_offers,
		    upgrades[i].listener_offers, upgrades[i].piece_max);
		pump(pair);
		assert_true(pair->dialer.is_ready && pair->listener.is_ready);
		assert_true(peer_id_equal(&pair->dialer.id,
		    connection_remote(pair->listener.connection)));
		ask_eagerly(pair, &pair->dialer, echo_protocols, &there);
		ask_eagerly(pair, &pair->listener, echo_protocols, &back);
		pump(pair);
		assert_string_equal(there.text, "question");
		assert_string_equal(back.text, "question");
		assert_true(there.is_ended && there.is_closed);
		assert_int_equal(back.end, STREAM_FINISHED);
		assert_int_equal(
		    connection_stream_count(pair->dialer.connection), 0);
		pair_close(pair);
	}
}

/* What the dialer says in its nth turn reaches the other side at once: after
 * TCP's own round trip two more bring the first byte of an answer. */
static void
test_three_round_trips(void **state)
{
	struct pair *pair = pair_open(true, true, 1 << 20);
	struct asker asker = { .len = 0 };

	(void)state;
	carry(pair, &pair->dialer, &pair->listener);
	carry(pair, &pair->listener, &pair->dialer);
	assert_true(pair->dialer.is_ready);
	ask_eagerly(pair, &pair->dialer, echo_protocols, &asker);
	carry(pair, &pair->dialer, &pair->listener);
	carry(pair, &pair->listener, &pair->dialer);
	assert_string_equal(asker.text, "question");
	pair_close(pair);
}

static void
test_second_protocol(void **state)
{
	struct pair *pair = pair_open(true, true, 100);
	struct asker asker = { .len = 0 }, none = { .len = 0 },
		     eager = { .len = 0 };

	(void)state;
	pump(pair);
	connection_open(pair->dialer.connection, later_protocols, 2, false,
	    on_opened, &asker, pair->now);
	connection_open(pair->dialer.connection, unknown_protocols, 1, false,
	    on_opened, &none, pair->now);
	ask_eagerly(pair, &pair->dialer, unknown_protocols, &eager);
	pump(pair);
	assert_true(asker.is_done && none.is_done && eager.is_done);
	assert_int_equal(asker.error, 0);
	assert_int_equal(none.error, -EPROTONOSUPPORT);
	assert_int_equal(eager.error, -EPROTONOSUPPORT);
	assert_true(eager.is_closed);
	assert_int_equal(eager.end, STREAM_REFUSED);
	pair_close(pair);
	assert_int_equal(asker.end, STREAM_LOST);
}

static void
test_wrong_peer(void **state)
{
	struct pair *pair = pair_open(true, true, 1 << 20);
	struct side *dialer = &pair->dialer;

	(void)state;
	connection_free(dialer->connection);
	side_open(pair, dialer, true, &dialer->id, true);
	pump(pair);
	assert_false(dialer->is_ready);
	assert_non_null(connection_reason(dialer->connection));
	assert_false(pair->listener.is_ready);
	pair_close(pair);
}

static void
test_slow_upgrade(void **state)
{
	struct pair *pair = pair_open(true, true, 1 << 20);
	struct connection *listener = pair->listener.connection;

	(void)state;
	carry(pair, &pair->dialer, &pair->listener);
	pair->now = monotime_add_ms(pair->now, 9999);
	connection_tick(listener, pair->now);
	assert_null(connection_reason(listener));
	pair->now = connection_deadline(listener);
	connection_tick(listener, pair->now);
	assert_non_null(connection_reason(listener));
	pair_close(pair);
}

/* The other side never answers a proposal. */
static void
test_slow_negotiation(void **state)
{
	struct pair *pair = pair_open(true, true, 1 << 20);
	struct asker asker = { .len = 0 };

	(void)state;
	pump(pair);
	connection_open(pair->dialer.connection, echo_protocols, 1, false,
	    on_opened, &asker, pair->now);
	assert_false(asker.is_done);
	pair->now = connection_deadline(pair->dialer.connection);
	connection_tick(pair->dialer.connection, pair->now);
	assert_true(asker.is_done);
	assert_int_equal(asker.error, -ETIMEDOUT);
	assert_null(connection_reason(pair->dialer.connection));
	pair_close(pair);
}

static void
test_forged_record(void **state)
{
	struct pair *pair = pair_open(true, true, 1 << 20);
	struct asker asker = { .len = 0 };
	uint8_t *wire;

	(void)state;
	pump(pair);
	ask_eagerly(pair, &pair->dialer, echo_protocols, &asker);
	side_fill(pair, &pair->dialer);
	wire = pair->dialer.wire.memory + pair->dialer.wire.start;
	wire[10] ^= 1;
	connection_receive(pair->listener.connection,
	    buffer_bytes(&pair->dialer.wire), pair->now);
	assert_non_null(connection_reason(pair->listener.connection));
	assert_int_equal(pair->listener.streams, 0);
	pair_close(pair);
}

static void
test_garbage(void **state)
{
	static const char *const garbage[] = { "GET / HTTP/1.1\r\n\r\n",
		"\x13/multistream/1.0.0\n\x07/noise\n\xff\xff zzzzzzzzzzzzzz",
		"\x13/multistream/1.0.0\n\x0b/plaintext\n\x16\x03\x01\x02",
		"\x7f" };
	struct pair *pair;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(garbage); i++) {
		pair = pair_open(true, true, 1 << 20);
		for (k = 0; k < 2000; k++)
			connection_receive(pair->listener.connection,
			    bytes_of(garbage[i]), pair->now);
		assert_non_null(connection_reason(pair->listener.connection));
		pair_close(pair);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upgrades),
		cmocka_unit_test(test_three_round_trips),
		cmocka_unit_test(test_second_protocol),
		cmocka_unit_test(test_wrong_peer),
		cmocka_unit_test(test_slow_upgrade),
		cmocka_unit_test(test_slow_negotiation),
		cmocka_unit_test(test_forged_record),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
