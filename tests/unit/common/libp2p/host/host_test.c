/* Hosts of one process that talk over loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/support/test_host.h"

#define ECHO "/test/echo/1.0.0"
#define MUTE "/test/mute/1.0.0"

static const char *const echo_protocols[] = { ECHO };
static const char *const ping_protocols[] = { "/ipfs/ping/1.0.0" };
static const char *const unknown_protocols[] = { "/test/unknown/1.0.0" };
static const char *const many_protocols[] = { "/test/unknown/1.0.0", ECHO };

struct pair {
	struct event_base *base;
	struct test_host a, b;
};

/* --- a server that says back what it hears --- */

static size_t
echo_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)arg;
	assert_int_equal(stream_write(stream, bytes), 0);
	return bytes.len;
}

static void
echo_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static void
on_echo(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = echo_on_data,
		.on_end = echo_on_end,
	};

	(void)host;
	(void)arg;
	stream_set_handler(stream, &handler, NULL);
}

/* --- a client that remembers --- */

struct client {
	struct stream *stream;
	char text[256];
	size_t len;
	int error;
	bool is_done, is_ended, is_closed;
	enum stream_end end;
	char protocol[64];
};

static size_t
client_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct client *client = arg;

	(void)stream;
	assert_true(client->len + bytes.len < sizeof(client->text));
	memcpy(client->text + client->len, bytes.data, bytes.len);
	client->len += bytes.len;
	return bytes.len;
}

static void
client_on_end(struct stream *stream, void *arg)
{
	struct client *client = arg;

	(void)stream;
	client->is_ended = true;
}

static void
client_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct client *client = arg;

	(void)stream;
	assert_false(client->is_closed);
	client->is_closed = true;
	client->end = end;
	client->stream = NULL;
}

static const struct stream_handler client_handler = {
	.on_data = client_on_data,
	.on_end = client_on_end,
	.on_close = client_on_close,
};

static void
client_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	struct client *client = arg;

	(void)host;
	assert_false(client->is_done);
	client->is_done = true;
	client->error = error;
	client->stream = stream;
	if (stream == NULL)
		return;
	strcpy(client->protocol, stream_protocol(stream));
	stream_set_handler(stream, &client_handler, client);
}

/* Opens, says hello, finishes. */
static void
client_on_opened_hello(
    struct host *host, struct stream *stream, int error, void *arg)
{
	client_on_opened(host, stream, error, arg);
	if (stream == NULL)
		return;
	assert_int_equal(stream_write(stream, bytes_of("hello")), 0);
	stream_finish(stream);
}

static bool
client_is_done(void *arg)
{
	return ((struct client *)arg)->is_done;
}

static bool
client_is_over(void *arg)
{
	struct client *client = arg;

	return client->is_closed || (client->is_done && client->error != 0);
}

static bool
is_identified_both(void *arg)
{
	struct pair *pair = arg;

	return pair->a.identified > 0 && pair->b.identified > 0;
}

static bool
is_disconnected_both(void *arg)
{
	struct pair *pair = arg;

	return pair->a.disconnected > 0 && pair->b.disconnected > 0;
}

/* --- tests --- */

static int
setup(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	pair->base = event_base_new();
	test_host_open(&pair->a, pair->base, NULL);
	test_host_open(&pair->b, pair->base, NULL);
	host_serve(pair->b.host, ECHO, on_echo, NULL);
	test_host_introduce(&pair->a, &pair->b);
	*state = pair;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *pair = *state;

	test_host_close(&pair->a);
	test_host_close(&pair->b);
	event_base_free(pair->base);
	free(pair);
	return 0;
}

static void
test_stream_is_dialled_and_echoed(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_open(pair->a.host, &pair->b.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &client);
	assert_false(client.is_done);
	test_loop_until(pair->base, client_is_over, &client);
	assert_int_equal(client.error, 0);
	assert_string_equal(client.protocol, ECHO);
	assert_string_equal(client.text, "hello");
	assert_true(client.is_ended);
	assert_int_equal(client.end, STREAM_FINISHED);
	assert_int_equal(pair->a.connected, 1);
	assert_int_equal(pair->b.connected, 1);
}

static void
test_both_identify(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };
	struct host_peer_row row;

	host_connect(
	    pair->a.host, &pair->b.id, 5000, client_on_opened, &client);
	test_loop_until(pair->base, is_identified_both, pair);
	assert_true(client.is_done);
	assert_int_equal(client.error, 0);
	assert_true(host_peer_speaks(pair->a.host, &pair->b.id, ECHO));
	assert_true(
	    host_peer_speaks(pair->b.host, &pair->a.id, "/ipfs/ping/1.0.0"));
	assert_false(host_peer_speaks(pair->b.host, &pair->a.id, ECHO));
	assert_string_equal(
	    host_peer_agent(pair->a.host, &pair->b.id), "test/1");
	assert_int_equal(host_peers(pair->a.host, &row, 1), 1);
	assert_true(peer_id_equal(&row.peer, &pair->b.id));
	assert_false(row.is_inbound);
	assert_int_equal(row.connections, 1);
}

/* How many TCP connections of this process are under that control. */
static int
count_controlled(const char *wanted)
{
	struct sockaddr_storage peer;
	char name[16];
	socklen_t len;
	int fd, count = 0;

	for (fd = 0; fd < 64; fd++) {
		len = sizeof(peer);
		if (getpeername(fd, (struct sockaddr *)&peer, &len) == -1)
			continue;
		len = sizeof(name);
		if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) ==
			0 &&
		    !strncmp(name, wanted, sizeof(name)))
			count++;
	}
	return count;
}

/* Both ends of a connection within the machine; whatever is the default. */
static void
test_nothing_is_paced_on_loopback(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_connect(
	    pair->a.host, &pair->b.id, 5000, client_on_opened, &client);
	test_loop_until(pair->base, is_identified_both, pair);
	assert_int_equal(count_controlled("reno"), 2);
}

static bool
speaks_mute(void *arg)
{
	struct pair *pair = arg;

	return host_peer_speaks(pair->a.host, &pair->b.id, MUTE);
}

static void
test_new_protocol_is_pushed(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_connect(
	    pair->a.host, &pair->b.id, 5000, client_on_opened, &client);
	test_loop_until(pair->base, is_identified_both, pair);
	host_serve(pair->b.host, MUTE, on_echo, NULL);
	test_loop_until(pair->base, speaks_mute, pair);
	assert_true(host_peer_speaks(pair->a.host, &pair->b.id, ECHO));
}

static void
test_ping_is_answered(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_open(pair->a.host, &pair->b.id, ping_protocols, 1, 5000,
	    client_on_opened_hello, &client);
	test_loop_until(pair->base, client_is_over, &client);
	assert_string_equal(client.text, "hello");
}

static void
test_unknown_protocol(void **state)
{
	struct pair *pair = *state;
	struct client eager = { .len = 0 }, known = { .len = 0 };

	/* Before identify: opened in good faith. */
	host_open(pair->a.host, &pair->b.id, unknown_protocols, 1, 5000,
	    client_on_opened_hello, &eager);
	test_loop_until(pair->base, client_is_over, &eager);
	assert_int_equal(eager.error, 0);
	assert_int_equal(eager.end, STREAM_REFUSED);
	/* After it: asked first. */
	test_loop_until(pair->base, is_identified_both, pair);
	host_open(pair->a.host, &pair->b.id, unknown_protocols, 1, 5000,
	    client_on_opened_hello, &known);
	test_loop_until(pair->base, client_is_over, &known);
	assert_int_equal(known.error, -EPROTONOSUPPORT);
}

static void
test_second_protocol_is_agreed(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_open(pair->a.host, &pair->b.id, many_protocols, 2, 5000,
	    client_on_opened_hello, &client);
	test_loop_until(pair->base, client_is_over, &client);
	assert_string_equal(client.protocol, ECHO);
	assert_string_equal(client.text, "hello");
}

static void
test_no_address(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_open(pair->b.host, &pair->a.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &client);
	test_loop_until(pair->base, client_is_done, &client);
	assert_int_equal(client.error, -ENOENT);
}

/* b knows no address of a: a request that waits gets one, gets a connection
 * from a, or is told that none came. */
static void
test_request_waits_for_an_address(void **state)
{
	struct pair *pair = *state;
	struct client patient = { .len = 0 }, passive = { .len = 0 };
	struct client vain = { .len = 0 }, late = { .len = 0 };
	struct monotime now = monotime_now();
	struct test_host *a = &pair->a, *b = &pair->b;

	host_serve(a->host, ECHO, on_echo, NULL);
	host_wait_for_address(host_open(b->host, &a->id, echo_protocols, 1,
				  5000, client_on_opened, &vain),
	    monotime_add_ms(now, 50));
	host_wait_for_address(host_open(b->host, &a->id, echo_protocols, 1, 60,
				  client_on_opened, &late),
	    monotime_add_ms(now, 5000));
	test_loop_until(pair->base, client_is_done, &vain);
	test_loop_until(pair->base, client_is_done, &late);
	assert_int_equal(vain.error, -ENOENT);
	assert_int_equal(late.error, -ETIMEDOUT);

	host_wait_for_address(host_open(b->host, &a->id, echo_protocols, 1,
				  5000, client_on_opened_hello, &passive),
	    monotime_add_ms(now, 5000));
	host_connect(a->host, &b->id, 5000, client_on_opened, &patient);
	test_loop_until(pair->base, client_is_over, &passive);
	assert_string_equal(passive.text, "hello");

	host_disconnect(b->host, &a->id);
	test_loop_until(pair->base, is_disconnected_both, pair);
}

static void
test_request_waits_till_told(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 }, first = { .len = 0 };
	struct test_host *a = &pair->a, *b = &pair->b;

	host_serve(a->host, ECHO, on_echo, NULL);
	host_wait_for_address(host_open(b->host, &a->id, echo_protocols, 1,
				  5000, client_on_opened_hello, &client),
	    monotime_add_ms(monotime_now(), 5000));
	/* Another request shows that the first one waits by now. */
	host_open(
	    b->host, &a->id, echo_protocols, 1, 5000, client_on_opened, &first);
	test_loop_until(pair->base, client_is_done, &first);
	assert_int_equal(first.error, -ENOENT);
	assert_false(client.is_done);
	test_host_introduce(b, a);
	test_loop_until(pair->base, client_is_over, &client);
	assert_string_equal(client.text, "hello");
}

static void
test_nobody_listens(void **state)
{
	struct pair *pair = *state;
	struct client first = { .len = 0 }, again = { .len = 0 };
	struct multiaddr address;
	struct peer_id nobody = pair->b.id;

	nobody.data[20] ^= 1;
	assert_int_equal(multiaddr_parse("/ip4/127.0.0.1/tcp/1", &address), 0);
	host_learn(pair->a.host, &nobody, &address, 60000);
	host_open(pair->a.host, &nobody, echo_protocols, 1, 5000,
	    client_on_opened_hello, &first);
	test_loop_until(pair->base, client_is_done, &first);
	assert_int_equal(first.error, -EHOSTUNREACH);
	/* Backed off: an answer at once. */
	host_open(pair->a.host, &nobody, echo_protocols, 1, 5000,
	    client_on_opened_hello, &again);
	test_loop_until(pair->base, client_is_done, &again);
	assert_int_equal(again.error, -EHOSTUNREACH);
}

/* The address answers, but it is somebody else. */
static void
test_another_peer_answers(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };
	struct test_host wrong = pair->b;

	wrong.id.data[20] ^= 1;
	test_host_introduce(&pair->a, &wrong);
	host_open(pair->a.host, &wrong.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &client);
	test_loop_until(pair->base, client_is_done, &client);
	assert_int_equal(client.error, -EHOSTUNREACH);
	assert_int_equal(pair->a.connected, 0);
}

static void
test_cancelled_request_is_silent(void **state)
{
	struct pair *pair = *state;
	struct client cancelled = { .len = 0 }, other = { .len = 0 };
	struct host_request *request;

	request = host_open(pair->a.host, &pair->b.id, many_protocols, 2, 5000,
	    client_on_opened, &cancelled);
	host_open(pair->a.host, &pair->b.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &other);
	host_cancel(request);
	test_loop_until(pair->base, client_is_over, &other);
	assert_false(cancelled.is_done);
	assert_string_equal(other.text, "hello");
}

static void
test_streams_end_with_the_connection(void **state)
{
	struct pair *pair = *state;
	struct client client = { .len = 0 };

	host_open(pair->a.host, &pair->b.id, echo_protocols, 1, 5000,
	    client_on_opened, &client);
	test_loop_until(pair->base, client_is_done, &client);
	test_loop_until(pair->base, is_identified_both, pair);
	host_disconnect(pair->b.host, &pair->a.id);
	assert_false(host_is_connected(pair->b.host, &pair->a.id));
	test_loop_until(pair->base, is_disconnected_both, pair);
	assert_true(client.is_closed);
	assert_int_equal(client.end, STREAM_LOST);
	assert_int_equal(pair->a.connected, 1);
	assert_int_equal(pair->a.disconnected, 1);
}

struct two_clients {
	struct client x, y;
};

static bool
are_both_over(void *arg)
{
	struct two_clients *clients = arg;

	return client_is_over(&clients->x) && client_is_over(&clients->y);
}

static void
test_simultaneous_dials(void **state)
{
	struct pair *pair = *state;
	struct two_clients clients = { .x = { .len = 0 } };

	host_serve(pair->a.host, ECHO, on_echo, NULL);
	test_host_introduce(&pair->b, &pair->a);
	host_open(pair->a.host, &pair->b.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &clients.x);
	host_open(pair->b.host, &pair->a.id, echo_protocols, 1, 5000,
	    client_on_opened_hello, &clients.y);
	test_loop_until(pair->base, are_both_over, &clients);
	assert_string_equal(clients.x.text, "hello");
	assert_string_equal(clients.y.text, "hello");
	assert_int_equal(pair->a.connected, 1);
	assert_int_equal(pair->b.connected, 1);
	assert_int_equal(pair->a.disconnected, 0);
}

int
main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	static const struct CMUnitTest tests[] = {
		CASE(test_stream_is_dialled_and_echoed),
		CASE(test_both_identify),
		CASE(test_nothing_is_paced_on_loopback),
		CASE(test_new_protocol_is_pushed),
		CASE(test_ping_is_answered),
		CASE(test_unknown_protocol),
		CASE(test_second_protocol_is_agreed),
		CASE(test_no_address),
		CASE(test_request_waits_for_an_address),
		CASE(test_request_waits_till_told),
		CASE(test_nobody_listens),
		CASE(test_another_peer_answers),
		CASE(test_cancelled_request_is_silent),
		CASE(test_streams_end_with_the_connection),
		CASE(test_simultaneous_dials),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
