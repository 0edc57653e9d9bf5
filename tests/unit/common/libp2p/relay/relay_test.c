/* A relay, a peer with a place at it, and visitors: hosts of one process that
 * talk over loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/libp2p/host/host_circuit.h"
#include "common/libp2p/relay/relay_client.h"
#include "common/libp2p/relay/relay_server.h"
#include "tests/unit/support/black_hole.h"
#include "tests/unit/support/test_host.h"

#define SOURCE "/test/source/1.0.0" /* says SOURCE_SIZE bytes, and ends */
#define DIRECT \
	"/test/direct/1.0.0" /* the same, not over limited connections \
			      */

static const char *const source_protocols[] = { SOURCE };
static const char *const direct_protocols[] = { DIRECT };

enum { SOURCE_SIZE = 3 * 1024 * 1024 };

struct scene {
	struct event_base *base;
	struct test_host relay, owner, visitor;
	struct relay_server *server;
	struct relay_client *owners, *visitors;
	bool is_owner_known;
};
static struct scene *the_scene; /* for callbacks of hosts */

/* --- what runs over circuits --- */

struct source {
	size_t said;
};

static uint8_t
byte_at(size_t at)
{
	return (uint8_t)(at * 31 + (at >> 12));
}

static size_t
source_on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	struct source *source = arg;
	size_t i;

	for (i = 0; i < size && source->said < SOURCE_SIZE; i++)
		buffer[i] = byte_at(source->said++);
	if (source->said == SOURCE_SIZE)
		stream_finish(stream);
	return i;
}

static void
source_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	(void)stream;
	(void)end;
	free(arg);
}

static void
on_source(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_fill = source_on_fill,
		.on_close = source_on_close,
	};

	(void)host;
	(void)arg;
	stream_set_handler(stream, &handler, calloc(1, sizeof(struct source)));
}

struct reader {
	struct stream *stream;
	size_t heard;
	int error;
	bool is_done, is_wrong, is_ended, is_closed;
	struct host_path path;
};

static size_t
reader_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct reader *reader = arg;
	size_t i;

	(void)stream;
	for (i = 0; i < bytes.len; i++)
		reader->is_wrong |= bytes.data[i] != byte_at(reader->heard++);
	return bytes.len;
}

static void
reader_on_end(struct stream *stream, void *arg)
{
	struct reader *reader = arg;

	reader->is_ended = true;
	stream_finish(stream);
}

static void
reader_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct reader *reader = arg;

	(void)stream;
	(void)end;
	reader->stream = NULL;
	reader->is_closed = true;
}

static void
reader_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = reader_on_data,
		.on_end = reader_on_end,
		.on_close = reader_on_close,
	};
	struct reader *reader = arg;

	reader->is_done = true;
	reader->error = error;
	reader->stream = stream;
	if (stream == NULL)
		return;
	host_stream_path(host, stream, &reader->path);
	stream_set_handler(stream, &handler, reader);
}

static bool
reader_is_over(void *arg)
{
	const struct reader *reader = arg;

	return reader->is_done && (reader->stream == NULL || reader->is_closed);
}

/* The visitor reads from the owner till the end. */
static struct reader
read_all(struct scene *scene, const char *const *protocols, int timeout_ms)
{
	struct reader reader = { 0 };

	host_open(scene->visitor.host, &scene->owner.id, protocols, 1,
	    timeout_ms, reader_on_opened, &reader);
	test_loop_until(scene->base, reader_is_over, &reader);
	return reader;
}

/* --- the scene --- */

static bool
is_known(const struct peer_id *peer, void *arg)
{
	struct scene *scene = arg;

	return scene->is_owner_known || !peer_id_equal(peer, &scene->owner.id);
}

static void
on_change(struct relay_client *client, void *arg)
{
	struct multiaddr circuits[8];
	size_t count = relay_client_addresses(client, circuits, 8);

	host_announce(((struct test_host *)arg)->host, circuits, count);
}

static void
on_relay_disconnected(struct test_host *test, const struct peer_id *peer)
{
	(void)test;
	if (the_scene->server != NULL)
		relay_server_on_disconnected(the_scene->server, peer);
}

static void
on_owner_disconnected(struct test_host *test, const struct peer_id *peer)
{
	(void)test;
	if (the_scene->owners != NULL)
		relay_client_on_disconnected(the_scene->owners, peer);
}

static void
start_relay(struct scene *scene, const struct relay_limits *limits)
{
	const struct relay_server_config config = {
		.limits = *limits,
		.is_known = is_known,
		.arg = scene,
	};

	scene->server = relay_server_new(scene->relay.host, &config);
	scene->relay.on_disconnected = on_relay_disconnected;
}

static void
scene_open(struct scene *scene, const struct relay_limits *limits)
{
	memset(scene, 0, sizeof(*scene));
	the_scene = scene;
	scene->base = event_base_new();
	scene->is_owner_known = true;
	test_host_open(&scene->relay, scene->base, NULL);
	test_host_open(&scene->owner, scene->base, NULL);
	test_host_open(&scene->visitor, scene->base, NULL);
	start_relay(scene, limits);
	scene->owners =
	    relay_client_new(scene->owner.host, on_change, &scene->owner);
	scene->owner.on_disconnected = on_owner_disconnected;
	scene->visitors =
	    relay_client_new(scene->visitor.host, on_change, &scene->visitor);
	host_allow_limited(scene->owner.host, SOURCE);
	host_allow_limited(scene->visitor.host, SOURCE);
	host_serve(scene->owner.host, SOURCE, on_source, NULL);
	host_serve(scene->owner.host, DIRECT, on_source, NULL);
}

static void
scene_close(struct scene *scene)
{
	test_host_close(&scene->visitor);
	test_host_close(&scene->owner);
	test_host_close(&scene->relay);
	relay_client_free(scene->visitors);
	relay_client_free(scene->owners);
	relay_server_free(scene->server);
	event_base_free(scene->base);
}

static struct multiaddr
address_of(const struct test_host *test)
{
	struct multiaddr address;
	char text[64];

	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    (unsigned int)host_port(test->host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	return address;
}

static void
ask_for_place(struct scene *scene)
{
	struct multiaddr address = address_of(&scene->relay);

	assert_int_equal(
	    relay_client_add(scene->owners, &scene->relay.id, &address, 1), 0);
}

static bool
has_place(void *arg)
{
	struct multiaddr circuit;

	return relay_client_addresses(
		   ((struct scene *)arg)->owners, &circuit, 1) == 1;
}

static bool
has_no_place(void *arg)
{
	return !has_place(arg);
}

/* The owner has a place at the relay, and the visitor knows it. */
static void
introduce(struct scene *scene)
{
	struct multiaddr circuit;

	ask_for_place(scene);
	test_loop_until(scene->base, has_place, scene);
	relay_client_addresses(scene->owners, &circuit, 1);
	host_learn(scene->visitor.host, &scene->owner.id, &circuit, 60000);
}

/* --- tests --- */

static void
test_read_through_relay(void **state)
{
	struct relay_server_figures figures;
	struct scene scene;
	struct reader reader;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	reader = read_all(&scene, source_protocols, 20000);
	assert_int_equal(reader.error, 0);
	assert_true(reader.path.is_relayed && reader.path.is_limited);
	assert_true(multiaddr_is_circuit(&reader.path.address));
	assert_true(reader.is_ended);
	assert_int_equal(reader.heard, SOURCE_SIZE);
	assert_false(reader.is_wrong);
	figures = relay_server_figures(scene.server);
	assert_int_equal(figures.reservations, 1);
	assert_int_equal(figures.circuits, 1);
	assert_int_equal(figures.circuits_total, 1);
	host_disconnect(scene.visitor.host, &scene.owner.id);
	test_loop_for(scene.base, 50);
	figures = relay_server_figures(scene.server);
	assert_int_equal(figures.circuits, 0);
	assert_true(figures.bytes_total > SOURCE_SIZE);
	scene_close(&scene);
}

/* A circuit does not wait for direct addresses that never answer. */
static void
test_beside_dead_addresses(void **state)
{
	struct black_hole hole;
	struct scene scene;
	struct reader reader;
	int i;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	black_hole_open(&hole);
	for (i = 2; i < 30; i++)
		black_hole_tell(&hole, i, scene.visitor.host, &scene.owner.id);
	introduce(&scene);
	reader = read_all(&scene, source_protocols, 20000);
	assert_int_equal(reader.error, 0);
	assert_true(reader.path.is_relayed);
	scene_close(&scene);
	black_hole_close(&hole);
}

/* A protocol that the owner has not marked is refused on a limited connection,
 * and a visitor that has not marked it does not try: it dials what identify has
 * told. */
static void
test_only_marked_protocols(void **state)
{
	struct scene scene;
	struct reader reader;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	host_allow_limited(scene.visitor.host, DIRECT);
	reader = read_all(&scene, direct_protocols, 20000);
	assert_true(reader.path.is_relayed);
	assert_true(reader.is_closed);
	assert_int_equal(reader.heard, 0);
	assert_false(host_is_unlimited(scene.visitor.host, &scene.owner.id));
	scene_close(&scene);
}

static void
test_direct_is_preferred(void **state)
{
	struct scene scene;
	struct reader reader;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	reader = read_all(&scene, source_protocols, 20000);
	assert_true(reader.path.is_relayed);
	test_host_introduce(&scene.visitor, &scene.owner);
	reader = read_all(&scene, direct_protocols, 20000);
	assert_int_equal(reader.error, 0);
	assert_false(reader.path.is_relayed);
	assert_int_equal(reader.heard, SOURCE_SIZE);
	assert_true(host_is_unlimited(scene.visitor.host, &scene.owner.id));
	reader = read_all(&scene, source_protocols, 20000);
	assert_false(reader.path.is_relayed);
	scene_close(&scene);
}

static void
test_bytes_are_limited(void **state)
{
	struct relay_limits limits = relay_default_limits;
	struct scene scene;
	struct reader reader;

	(void)state;
	limits.circuit_bytes = 1024 * 1024;
	scene_open(&scene, &limits);
	introduce(&scene);
	reader = read_all(&scene, source_protocols, 20000);
	assert_false(reader.is_ended);
	assert_true(reader.heard > 0 && reader.heard <= 1024 * 1024);
	/* The next one has a circuit of its own. */
	reader = read_all(&scene, source_protocols, 20000);
	assert_int_equal(reader.error, 0);
	assert_true(reader.heard > 0);
	scene_close(&scene);
}

static void
test_time_is_limited(void **state)
{
	struct relay_limits limits = relay_default_limits;
	struct scene scene;
	struct reader reader = { 0 };

	(void)state;
	limits.circuit_s = 1;
	scene_open(&scene, &limits);
	introduce(&scene);
	host_connect(scene.visitor.host, &scene.owner.id, 20000,
	    reader_on_opened, &reader);
	test_loop_until(scene.base, reader_is_over, &reader);
	assert_int_equal(reader.error, 0);
	test_loop_for(scene.base, 1500);
	assert_false(host_is_connected(scene.visitor.host, &scene.owner.id));
	scene_close(&scene);
}

static void
test_no_place(void **state)
{
	struct multiaddr relay, circuit;
	struct scene scene;
	struct reader reader;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	relay = address_of(&scene.relay);
	assert_int_equal(
	    multiaddr_make_circuit(&relay, &scene.relay.id, &circuit), 0);
	host_learn(scene.visitor.host, &scene.owner.id, &circuit, 60000);
	reader = read_all(&scene, source_protocols, 20000);
	assert_int_equal(reader.error, -EHOSTUNREACH);
	scene_close(&scene);
}

/* The other end of a circuit must be who we dialled. */
static void
test_relay_lies_about_the_peer(void **state)
{
	struct scene scene;
	struct reader reader;
	struct multiaddr circuit;
	struct test_host other;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	test_host_open(&other, scene.base, NULL);
	relay_client_addresses(scene.owners, &circuit, 1);
	/* The relay has no reservation of that peer: it says so. */
	host_learn(scene.visitor.host, &other.id, &circuit, 60000);
	memset(&reader, 0, sizeof(reader));
	host_open(scene.visitor.host, &other.id, source_protocols, 1, 20000,
	    reader_on_opened, &reader);
	test_loop_until(scene.base, reader_is_over, &reader);
	assert_int_equal(reader.error, -EHOSTUNREACH);
	test_host_close(&other);
	scene_close(&scene);
}

static bool
is_refused(void *arg)
{
	struct relay_row row;

	return relay_client_relays(((struct scene *)arg)->owners, &row, 1) ==
		   1 &&
	       !row.is_reserved && row.error != NULL;
}

static void
test_stranger_loses_its_place(void **state)
{
	struct relay_limits limits = relay_default_limits;
	struct scene scene;
	struct relay_row row;

	(void)state;
	limits.grace_s = 0;
	scene_open(&scene, &limits);
	scene.is_owner_known = false;
	ask_for_place(&scene);
	test_loop_until(scene.base, is_refused, &scene);
	relay_client_relays(scene.owners, &row, 1);
	assert_string_equal(row.error, "the relay does not serve this peer");
	assert_int_equal(relay_server_figures(scene.server).reservations, 0);
	assert_int_equal(relay_server_figures(scene.server).refused_total, 1);
	scene_close(&scene);
}

static void
test_place_comes_back(void **state)
{
	struct scene scene;
	struct reader reader;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	host_disconnect(scene.relay.host, &scene.owner.id);
	test_loop_until(scene.base, has_no_place, &scene);
	test_loop_until(scene.base, has_place, &scene);
	reader = read_all(&scene, source_protocols, 20000);
	assert_int_equal(reader.error, 0);
	assert_int_equal(reader.heard, SOURCE_SIZE);
	scene_close(&scene);
}

static void
test_removed(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	relay_client_remove(scene.owners, &scene.relay.id);
	assert_true(has_no_place(&scene));
	assert_int_equal(
	    read_all(&scene, source_protocols, 20000).error, -EHOSTUNREACH);
	scene_close(&scene);
}

/* Closing while circuits are in use leaves nothing behind. */
static void
test_close_in_the_middle(void **state)
{
	struct reader reader = { 0 };
	struct scene scene;

	(void)state;
	scene_open(&scene, &relay_default_limits);
	introduce(&scene);
	host_open(scene.visitor.host, &scene.owner.id, source_protocols, 1,
	    20000, reader_on_opened, &reader);
	while (reader.heard == 0)
		test_loop_for(scene.base, 1);
	test_host_close(&scene.relay);
	relay_server_free(scene.server);
	scene.server = NULL;
	test_loop_until(scene.base, reader_is_over, &reader);
	assert_true(reader.is_closed);
	test_host_open(&scene.relay, scene.base, NULL);
	start_relay(&scene, &relay_default_limits);
	scene_close(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_through_relay),
		cmocka_unit_test(test_beside_dead_addresses),
		cmocka_unit_test(test_only_marked_protocols),
		cmocka_unit_test(test_direct_is_preferred),
		cmocka_unit_test(test_bytes_are_limited),
		cmocka_unit_test(test_time_is_limited),
		cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_relay_lies_about_the_peer),
		cmocka_unit_test(test_stranger_loses_its_place),
		cmocka_unit_test(test_place_comes_back),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_close_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
