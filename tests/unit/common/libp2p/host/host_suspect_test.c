/* Connections that died unnoticed, over loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/libp2p/host/host_connection.h"
#include "common/libp2p/yamux/yamux.h"
#include "common/libp2p/yamux/yamux_frame.h"
#include "tests/unit/support/raw_peer.h"

#define ECHO "/test/echo/1.0.0"

static const char *const echo_protocols[] = { ECHO };

/* The friend is elsewhere; dead connections carry its name. */
struct field {
	struct event_base *base;
	struct test_host host, friend;
	struct raw_peer dead[2];
	bool is_served;
};

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)stream;
	(void)arg;
	return bytes.len;
}

static void
on_echo(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_data = on_data };
	struct field *field = arg;

	(void)host;
	field->is_served = true;
	stream_set_handler(stream, &handler, NULL);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = { .on_data = on_data };

	(void)host;
	(void)arg;
	assert_int_equal(error, 0);
	if (stream != NULL)
		stream_set_handler(stream, &handler, NULL);
}

static bool
is_served(void *arg)
{
	return ((struct field *)arg)->is_served;
}

static bool
is_disconnected(void *arg)
{
	return ((struct field *)arg)->host.disconnected > 0;
}

static bool
first_is_over(void *arg)
{
	struct field *field = arg;
	struct host_peer_row row;

	raw_peer_listen(&field->dead[0], 20);
	return host_peers(field->host.host, &row, 1) == 0 ||
	       row.connections == 1;
}

static int
setup(void **state)
{
	struct field *field = calloc(1, sizeof(*field));

	field->base = event_base_new();
	test_host_open(&field->host, field->base, NULL);
	test_host_open(&field->friend, field->base, NULL);
	host_serve(field->friend.host, ECHO, on_echo, field);
	raw_peer_open(&field->dead[0], &field->host, &field->friend.identity);
	raw_peer_listen(&field->dead[0], 20);
	assert_int_equal(field->host.connected, 1);
	*state = field;
	return 0;
}

static int
teardown(void **state)
{
	struct field *field = *state;

	raw_peer_close(&field->dead[0]);
	test_host_close(&field->host);
	test_host_close(&field->friend);
	event_base_free(field->base);
	free(field);
	return 0;
}

/* The silent one goes soon, the new one stays. */
static void
test_a_newer_connection_tests_the_older(void **state)
{
	struct field *field = *state;

	raw_peer_open(&field->dead[1], &field->host, &field->friend.identity);
	test_loop_until(field->base, first_is_over, field);
	raw_peer_listen(&field->dead[0], 50);
	assert_true(field->dead[0].is_over);
	assert_false(field->dead[1].is_over);
	assert_int_equal(field->host.disconnected, 0);
	raw_peer_close(&field->dead[1]);
}

static void
test_a_new_address_tests_the_connection(void **state)
{
	struct field *field = *state;
	struct multiaddr address;

	assert_int_equal(
	    multiaddr_parse("/ip4/127.0.0.2/tcp/4001", &address), 0);
	host_learn(field->host.host, &field->friend.id, &address, 60000);
	test_loop_until(field->base, is_disconnected, field);
}

/* In doubt, the peer is dialled where it is now. */
static void
test_a_suspect_is_not_waited_for(void **state)
{
	struct field *field = *state;

	test_host_introduce(&field->host, &field->friend);
	host_suspect_all(field->host.host);
	host_connect(
	    field->host.host, &field->friend.id, 10000, on_opened, NULL);
	host_open(field->host.host, &field->friend.id, echo_protocols, 1, 10000,
	    on_opened, NULL);
	test_loop_until(field->base, is_served, field);
	assert_int_equal(field->host.connected, 1);
}

/* They answer: nothing changes, nobody is dialled. */
static void
test_the_living_prove_it(void **state)
{
	struct field *field = *state;
	struct host_peer_row rows[2];

	host_disconnect(field->host.host, &field->friend.id);
	test_loop_until(field->base, is_disconnected, field);
	test_host_introduce(&field->host, &field->friend);
	host_open(field->host.host, &field->friend.id, echo_protocols, 1, 10000,
	    on_opened, NULL);
	test_loop_until(field->base, is_served, field);
	field->is_served = false;
	host_suspect_all(field->host.host);
	host_open(field->host.host, &field->friend.id, echo_protocols, 1, 10000,
	    on_opened, NULL);
	test_loop_until(field->base, is_served, field);
	test_loop_for(field->base, 4000);
	assert_int_equal(host_peers(field->host.host, rows, 2), 1);
	assert_int_equal(field->friend.disconnected, 0);
}

/* It wants no more streams: there may be another way to the peer. */
static void
test_one_that_goes_away_is_no_choice(void **state)
{
	static const struct yamux_frame go_away = { .type = YAMUX_GO_AWAY };
	struct field *field = *state;
	uint8_t header[YAMUX_HEADER_SIZE];

	yamux_frame_encode(&go_away, header);
	raw_peer_say(&field->dead[0], (struct bytes){ header, sizeof(header) });
	raw_peer_listen(&field->dead[0], 20);
	test_host_introduce(&field->host, &field->friend);
	host_open(field->host.host, &field->friend.id, echo_protocols, 1, 10000,
	    on_opened, NULL);
	test_loop_until(field->base, is_served, field);
}

static void
test_two_connections_end_at_once(void **state)
{
	struct field *field = *state;

	raw_peer_open(&field->dead[1], &field->host, &field->friend.identity);
	raw_peer_listen(&field->dead[1], 20);
	host_disconnect(field->host.host, &field->friend.id);
	test_loop_until(field->base, is_disconnected, field);
	raw_peer_listen(&field->dead[1], 50);
	assert_true(field->dead[1].is_over);
	assert_int_equal(field->host.disconnected, 1);
	raw_peer_close(&field->dead[1]);
}

int
main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	static const struct CMUnitTest tests[] = {
		CASE(test_a_newer_connection_tests_the_older),
		CASE(test_a_new_address_tests_the_connection),
		CASE(test_a_suspect_is_not_waited_for),
		CASE(test_the_living_prove_it),
		CASE(test_one_that_goes_away_is_no_choice),
		CASE(test_two_connections_end_at_once),
	};

	return cmocka_run_group_tests_name("host_suspect", tests, NULL, NULL);
}
