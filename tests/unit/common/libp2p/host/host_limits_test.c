/* Hostile peers against a host, over loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/libp2p/yamux/yamux.h"
#include "common/libp2p/yamux/yamux_frame.h"
#include "tests/unit/support/raw_peer.h"

#define ECHO "/test/echo/1.0.0"

enum { IDLE_CONNECTIONS = 1000, MANY_STREAMS = 10000, UPGRADE_MS = 1500 };

static const char *const echo_protocols[] = { ECHO };

struct field {
	struct event_base *base;
	struct test_host host;
	struct test_host friend; /* honest; must be served all the time */
};

/* --- what the host serves, and an honest visitor --- */

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

struct visit {
	bool is_over;
	size_t received;
	enum stream_end end;
};

static size_t
visit_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct visit *visit = arg;

	(void)stream;
	visit->received += bytes.len;
	return bytes.len;
}

static void
visit_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct visit *visit = arg;

	(void)stream;
	visit->is_over = true;
	visit->end = end;
}

static void
visit_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = visit_on_data,
		.on_close = visit_on_close,
	};

	(void)host;
	assert_int_equal(error, 0);
	stream_set_handler(stream, &handler, arg);
	stream_write(stream, bytes_of("hello"));
	stream_finish(stream);
}

static bool
visit_is_over(void *arg)
{
	return ((struct visit *)arg)->is_over;
}

static void
friend_visits(struct field *field)
{
	struct visit visit = { .received = 0 };

	host_open(field->friend.host, &field->host.id, echo_protocols, 1, 20000,
	    visit_on_opened, &visit);
	test_loop_until(field->base, visit_is_over, &visit);
	assert_int_equal(visit.received, 5);
	assert_int_equal(visit.end, STREAM_FINISHED);
}

static uint64_t
counted(const char *name)
{
	const struct counter *counter;

	for (counter = counter_first(); counter != NULL;
	     counter = counter->next)
		if (!strcmp(counter->name, name))
			return counter->value;
	fail_msg("no counter %s", name);
	return 0;
}

static int
setup(void **state)
{
	struct host_limits limits = host_default_limits;
	struct field *field = calloc(1, sizeof(*field));

	limits.upgrade_ms = UPGRADE_MS;
	limits.connections_per_peer = 2;
	limits.streams_per_protocol = 8;
	field->base = event_base_new();
	test_host_open(&field->host, field->base, &limits);
	test_host_open(&field->friend, field->base, NULL);
	host_serve(field->host.host, ECHO, on_echo, NULL);
	test_host_introduce(&field->friend, &field->host);
	*state = field;
	return 0;
}

static int
teardown(void **state)
{
	struct field *field = *state;

	test_host_close(&field->host);
	test_host_close(&field->friend);
	event_base_free(field->base);
	free(field);
	return 0;
}

/* --- connections that never shake hands --- */

static size_t
count_open(const int *fds, size_t count)
{
	size_t i, open = 0;
	char byte;
	ssize_t n;

	for (i = 0; i < count; i++) {
		while ((n = recv(fds[i], &byte, 1, MSG_DONTWAIT)) > 0)
			continue;
		if (n == -1 && errno == EAGAIN)
			open++;
	}
	return open;
}

static void
flood(struct field *field, bool is_loris)
{
	static int fds[IDLE_CONNECTIONS];
	const char *drip = "\x13/multistream/1.0.0\n";
	size_t i, k;

	for (i = 0; i < IDLE_CONNECTIONS; i++) {
		fds[i] = raw_connect(&field->host);
		event_base_loop(field->base, EVLOOP_NONBLOCK);
	}
	/* Displaced by each other: no more than may shake hands at once. */
	test_loop_for(field->base, 50);
	assert_true(count_open(fds, IDLE_CONNECTIONS) <=
		    host_default_limits.pending_inbound);
	friend_visits(field);
	for (k = 0; k < 20; k++) {
		for (i = 0; is_loris && i < IDLE_CONNECTIONS; i++)
			if (send(fds[i], drip + k, 1, MSG_NOSIGNAL) == -1)
				continue;
		test_loop_for(field->base, UPGRADE_MS / 10);
	}
	assert_int_equal(count_open(fds, IDLE_CONNECTIONS), 0);
	friend_visits(field);
	for (i = 0; i < IDLE_CONNECTIONS; i++)
		close(fds[i]);
}

static void
test_idle_connections(void **state)
{
	uint64_t before = counted("accepts_displaced");

	flood(*state, false);
	assert_true(counted("accepts_displaced") > before);
}

static void
test_slow_loris(void **state)
{
	flood(*state, true);
}

/* --- peers that shake hands, and then --- */

/* One frame that opens stream id. */
static void
put_syn(uint8_t *at, uint32_t id)
{
	struct yamux_frame syn = { YAMUX_WINDOW_UPDATE, YAMUX_SYN, id, 0 };

	yamux_frame_encode(&syn, at);
}

static size_t
count_resets(struct raw_peer *peer)
{
	struct bytes plain = buffer_bytes(&peer->plain);
	struct yamux_frame frame;
	size_t resets = 0, skip;

	while (plain.len >= YAMUX_HEADER_SIZE) {
		assert_int_equal(yamux_frame_decode(plain.data, &frame), 0);
		skip = YAMUX_HEADER_SIZE +
		       (frame.type == YAMUX_DATA ? frame.length : 0);
		assert_true(skip <= plain.len);
		if (frame.flags & YAMUX_RST)
			resets++;
		plain.data += skip;
		plain.len -= skip;
	}
	return resets;
}

static void
test_ten_thousand_streams(void **state)
{
	static uint8_t frames[MANY_STREAMS * YAMUX_HEADER_SIZE];
	struct field *field = *state;
	struct host_peer_row rows[2];
	struct raw_peer peer;
	uint32_t i;

	raw_peer_open(&peer, &field->host, NULL);
	for (i = 0; i < MANY_STREAMS; i++)
		put_syn(frames + i * YAMUX_HEADER_SIZE, 2 * i + 1);
	assert_true(
	    raw_peer_say(&peer, (struct bytes){ frames, sizeof(frames) }));
	raw_peer_listen(&peer, 200);
	assert_false(peer.is_over);
	assert_int_equal(
	    count_resets(&peer), MANY_STREAMS - YAMUX_UNNEGOTIATED_MAX);
	assert_int_equal(host_peers(field->host.host, rows, 2), 1);
	/* And our identify's. */
	assert_int_equal(rows[0].streams, YAMUX_UNNEGOTIATED_MAX + 1);
	friend_visits(field);
	raw_peer_close(&peer);
}

/* Opens streams for ever and reads nothing of the refusals. */
static void
test_unread_refusals(void **state)
{
	static uint8_t frames[4096 * YAMUX_HEADER_SIZE];
	struct field *field = *state;
	uint64_t before = counted("connections_congested");
	uint8_t record[sizeof(frames) + NOISE_OVERHEAD];
	struct raw_peer peer;
	uint32_t id = 1, i;
	int round, size = 4096;
	ssize_t n;

	raw_peer_open(&peer, &field->host, NULL);
	setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (round = 0; round < 3000; round++) {
		for (i = 0; i < 4096; i++, id += 2)
			put_syn(frames + i * YAMUX_HEADER_SIZE, id);
		n = noise_seal(peer.noise,
		    (struct bytes){ frames, sizeof(frames) }, record);
		if (send(peer.fd, record, (size_t)n,
			MSG_NOSIGNAL | MSG_DONTWAIT) != n)
			break;
		event_base_loop(field->base, EVLOOP_NONBLOCK);
		event_base_loop(field->base, EVLOOP_NONBLOCK);
	}
	/* It stopped taking our frames before it had taken them all. */
	assert_true(round < 3000);
	assert_true(counted("connections_congested") > before);
	friend_visits(field);
	raw_peer_close(&peer);
}

static void
test_connections_of_one_peer(void **state)
{
	struct field *field = *state;
	struct noise_identity identity;
	struct host_peer_row row;
	struct raw_peer peers[4];
	struct peer_id id;
	size_t i, over = 0;

	test_identity(&identity, &id);
	for (i = 0; i < 4; i++)
		raw_peer_open(&peers[i], &field->host, &identity);
	for (i = 0; i < 4; i++) {
		raw_peer_listen(&peers[i], 30);
		over += peers[i].is_over;
	}
	assert_int_equal(over, 2);
	assert_int_equal(host_peers(field->host.host, &row, 1), 1);
	assert_int_equal(row.connections, 2);
	assert_int_equal(field->host.connected, 1);
	for (i = 0; i < 4; i++)
		raw_peer_close(&peers[i]);
}

static void
test_streams_of_one_protocol(void **state)
{
	static const char *const both[] = { "/test/none/1.0.0", ECHO };
	struct field *field = *state;
	struct visit visits[20];
	size_t i, refused = 0;

	memset(visits, 0, sizeof(visits));
	for (i = 0; i < 20; i++)
		host_open(field->friend.host, &field->host.id, both, 2, 20000,
		    visit_on_opened, &visits[i]);
	for (i = 0; i < 20; i++)
		test_loop_until(field->base, visit_is_over, &visits[i]);
	for (i = 0; i < 20; i++)
		refused += visits[i].end == STREAM_RESET;
	assert_true(refused > 0 && refused <= 12);
	friend_visits(field);
}

static void
test_garbage_after_the_handshake(void **state)
{
	struct field *field = *state;
	struct raw_peer peer;
	uint8_t garbage[1000];
	size_t i;

	for (i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)(i * 7 + 1);
	raw_peer_open(&peer, &field->host, NULL);
	raw_peer_say(&peer, (struct bytes){ garbage, sizeof(garbage) });
	raw_peer_listen(&peer, 50);
	assert_true(peer.is_over);
	friend_visits(field);
	raw_peer_close(&peer);
}

/* --- who keeps a place when all are taken --- */

enum { PLACES = 8, IDLE_MS = 300 };

/* Like field, but with few places. */
static int
setup_small(void **state)
{
	struct host_limits limits = host_default_limits;
	struct field *field = calloc(1, sizeof(*field));

	limits.connections = PLACES;
	limits.idle_ms = IDLE_MS;
	field->base = event_base_new();
	test_host_open(&field->host, field->base, &limits);
	test_host_open(&field->friend, field->base, NULL);
	host_serve(field->host.host, ECHO, on_echo, NULL);
	test_host_introduce(&field->friend, &field->host);
	*state = field;
	return 0;
}

static size_t
count_open_peers(struct raw_peer *peers, size_t count)
{
	size_t i, open = 0;

	for (i = 0; i < count; i++) {
		raw_peer_listen(&peers[i], 0);
		open += !peers[i].is_over;
	}
	return open;
}

/* Strangers that are greeted, do nothing, and leave our identify open. */
static void
test_idle_make_room(void **state)
{
	struct field *field = *state;
	uint64_t trimmed = counted("connections_trimmed_idle");
	uint64_t refused = counted("accepts_refused_total");
	struct raw_peer peers[PLACES], late;
	size_t i;

	for (i = 0; i < PLACES; i++)
		raw_peer_open(&peers[i], &field->host, NULL);
	test_loop_for(field->base, IDLE_MS + 50);
	friend_visits(field);
	assert_int_equal(counted("connections_trimmed_idle"), trimmed + 1);
	assert_int_equal(counted("accepts_refused_total"), refused);
	raw_peer_listen(&peers[0], 50);
	assert_true(peers[0].is_over); /* the oldest */
	assert_int_equal(count_open_peers(peers, PLACES), PLACES - 1);

	/* The friend was used: it stays, the next oldest goes. */
	test_loop_for(field->base, IDLE_MS + 50);
	raw_peer_open(&late, &field->host, NULL);
	assert_int_equal(counted("connections_trimmed_idle"), trimmed + 2);
	assert_true(host_is_connected(field->host.host, &field->friend.id));
	assert_int_equal(count_open_peers(peers, PLACES), PLACES - 2);
	friend_visits(field);
	for (i = 0; i < PLACES; i++)
		raw_peer_close(&peers[i]);
	raw_peer_close(&late);
}

/* Who did use its connection keeps it, while it is that young. */
static void
test_used_keep_their_place(void **state)
{
	struct field *field = *state;
	uint64_t refused = counted("accepts_refused_total");
	struct test_host friends[PLACES];
	struct raw_peer late;
	struct visit visit;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		test_host_open(&friends[i], field->base, NULL);
		test_host_introduce(&friends[i], &field->host);
		visit = (struct visit){ .received = 0 };
		host_open(friends[i].host, &field->host.id, echo_protocols, 1,
		    20000, visit_on_opened, &visit);
		test_loop_until(field->base, visit_is_over, &visit);
	}
	test_loop_for(field->base, IDLE_MS + 50);
	raw_peer_open(&late, &field->host, NULL);
	assert_true(late.is_over);
	assert_int_equal(counted("accepts_refused_total"), refused + 1);
	for (i = 0; i < PLACES; i++)
		assert_true(
		    host_is_connected(field->host.host, &friends[i].id));
	raw_peer_close(&late);
	for (i = 0; i < PLACES; i++)
		test_host_close(&friends[i]);
}

/* No descriptor left for accept(2): it waits, without spinning. */
static void
test_out_of_descriptors(void **state)
{
	struct field *field = *state;
	struct rlimit old, none;
	uint64_t before = counted("accepts_failed");
	int fd = raw_connect(&field->host), next = dup(0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	test_loop_for(field->base, 300);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_in_range(counted("accepts_failed") - before, 1, 10);
	friend_visits(field);
	close(fd);
}

int
main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	static const struct CMUnitTest tests[] = {
		CASE(test_idle_connections),
		CASE(test_slow_loris),
		CASE(test_ten_thousand_streams),
		CASE(test_unread_refusals),
		CASE(test_connections_of_one_peer),
		CASE(test_streams_of_one_protocol),
		CASE(test_garbage_after_the_handshake),
		CASE(test_out_of_descriptors),
		cmocka_unit_test_setup_teardown(
		    test_idle_make_room, setup_small, teardown),
		cmocka_unit_test_setup_teardown(
		    test_used_keep_their_place, setup_small, teardown),
	};
	struct rlimit many;

	getrlimit(RLIMIT_NOFILE, &many);
	if (many.rlim_cur < 2 * IDLE_CONNECTIONS)
		many.rlim_cur = many.rlim_max < 4096 ? many.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &many);
	return cmocka_run_group_tests_name("host_limits", tests, NULL, NULL);
}
