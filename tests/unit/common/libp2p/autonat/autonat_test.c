/* A server and a client: hosts of one process that talk over loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat_budget.h"
#include "common/libp2p/autonat/autonat_client.h"
#include "common/libp2p/autonat/autonat_message.h"
#include "common/libp2p/autonat/autonat_server.h"
#include "tests/unit/support/test_host.h"

struct scene {
	struct event_base *base;
	struct test_host serving, asking;
	struct autonat_server *server;
	struct autonat_client *client;
};

static bool
is_identified(void *arg)
{
	return ((struct test_host *)arg)->identified > 0;
}

static void
on_connected(struct host *host, struct stream *stream, int error, void *arg)
{
	(void)host;
	(void)stream;
	(void)arg;
	assert_int_equal(error, 0);
}

static void
scene_open(struct scene *scene, bool dials_private)
{
	const struct autonat_server_config config = {
		.dials_private = dials_private,
	};

	memset(scene, 0, sizeof(*scene));
	scene->base = event_base_new();
	test_host_open(&scene->serving, scene->base, NULL);
	test_host_open(&scene->asking, scene->base, NULL);
	scene->server = autonat_server_new(scene->serving.host, &config);
	assert_non_null(scene->server);
	autonat_server_set_open(scene->server, true);
	scene->client = autonat_client_new(scene->asking.host);
}

static void
scene_connect(struct scene *scene)
{
	test_host_introduce(&scene->asking, &scene->serving);
	host_connect(
	    scene->asking.host, &scene->serving.id, 5000, on_connected, NULL);
	test_loop_until(scene->base, is_identified, &scene->asking);
}

static void
scene_close(struct scene *scene)
{
	test_host_close(&scene->asking);
	test_host_close(&scene->serving);
	autonat_client_free(scene->client);
	autonat_server_free(scene->server);
	event_base_free(scene->base);
}

/* /ip4/127.0.0.LAST/tcp/PORT; port 0: that of the client. */
static struct multiaddr
address(const struct scene *scene, int last, unsigned int port)
{
	struct multiaddr ret;
	char text[64];

	snprintf(text, sizeof(text), "/ip4/127.0.0.%d/tcp/%u", last,
	    port != 0 ? port : (unsigned int)host_port(scene->asking.host));
	assert_int_equal(multiaddr_parse(text, &ret), 0);
	return ret;
}

enum { CLOSED_PORT = 1 };

struct heard {
	bool is_done;
	struct autonat_answer answer;
};

static void
on_answer(const struct autonat_answer *answer, void *arg)
{
	struct heard *heard = arg;

	assert_false(heard->is_done);
	heard->is_done = true;
	heard->answer = *answer;
}

static bool
has_heard(void *arg)
{
	return ((struct heard *)arg)->is_done;
}

static struct autonat_answer
ask(struct scene *scene, const struct multiaddr *addresses, size_t count)
{
	struct heard heard = { 0 };

	assert_int_equal(autonat_ask(scene->client, &scene->serving.id,
			     addresses, count, on_answer, &heard),
	    0);
	assert_false(heard.is_done);
	test_loop_until(scene->base, has_heard, &heard);
	return heard.answer;
}

static void
assert_answer(struct scene *scene, int version, const struct multiaddr *asked,
    enum autonat_outcome outcome)
{
	struct autonat_answer answer = ask(scene, asked, 1);

	assert_int_equal(answer.version, version);
	assert_int_equal(answer.outcome, outcome);
	if (outcome != AUTONAT_NOT_DIALLED)
		assert_true(multiaddr_equal(&answer.address, asked));
}

static void
test_version_2(void **state)
{
	struct scene scene;
	struct multiaddr good, closed, elsewhere;

	(void)state;
	scene_open(&scene, true);
	scene_connect(&scene);
	good = address(&scene, 1, 0);
	closed = address(&scene, 1, CLOSED_PORT);
	elsewhere = address(&scene, 2, 0); /* another IP: it is paid for */
	assert_answer(&scene, 2, &good, AUTONAT_REACHABLE);
	assert_answer(&scene, 2, &closed, AUTONAT_UNREACHABLE);
	assert_answer(&scene, 2, &elsewhere, AUTONAT_REACHABLE);
	scene_close(&scene);
}

static void
test_only_the_first_address_counts(void **state)
{
	struct scene scene;
	struct multiaddr asked[2];
	struct autonat_answer answer;

	(void)state;
	scene_open(&scene, true);
	scene_connect(&scene);
	asked[0] = address(&scene, 1, CLOSED_PORT);
	asked[1] = address(&scene, 1, 0);
	answer = ask(&scene, asked, 2);
	assert_int_equal(answer.outcome, AUTONAT_UNREACHABLE);
	assert_true(multiaddr_equal(&answer.address, &asked[0]));
	scene_close(&scene);
}

static void
test_private_addresses_are_not_dialled(void **state)
{
	struct scene scene;
	struct multiaddr good;

	(void)state;
	scene_open(&scene, false);
	scene_connect(&scene);
	good = address(&scene, 1, 0);
	assert_answer(&scene, 2, &good, AUTONAT_NOT_DIALLED);
	scene_close(&scene);
}

static void
test_version_1(void **state)
{
	struct scene scene;
	struct multiaddr good, closed;

	(void)state;
	scene_open(&scene, true);
	host_unserve(scene.serving.host, AUTONAT_PROTOCOL_DIAL);
	scene_connect(&scene);
	good = address(&scene, 1, 0);
	closed = address(&scene, 1, CLOSED_PORT);
	assert_answer(&scene, 1, &good, AUTONAT_REACHABLE);
	assert_answer(&scene, 1, &closed, AUTONAT_UNREACHABLE);
	scene_close(&scene);
}

/* --- servers that lie --- */

struct lie {
	struct autonat_message message;
};

static void
on_lied_to(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_data = NULL };
	struct lie *lie = arg;
	struct buffer wire;

	(void)host;
	stream_set_handler(stream, &handler, NULL);
	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	autonat_message_encode(&lie->message, &wire);
	stream_write(stream, buffer_bytes(&wire));
	buffer_fini(&wire);
}

static const struct {
	const char *name;
	struct autonat_message message;
	enum autonat_outcome want;
} lies[] = {
	{ "reached, but no number came",
	    { .type = AUTONAT_DIAL_RESPONSE,
		.status = AUTONAT_OK,
		.dial_status = AUTONAT_DIALLED },
	    AUTONAT_NO_ANSWER },
	{ "an address that was not asked about",
	    { .type = AUTONAT_DIAL_RESPONSE,
		.status = AUTONAT_OK,
		.dial_status = AUTONAT_DIAL_FAILED,
		.index = 1 },
	    AUTONAT_NO_ANSWER },
	{ "data for it",
	    { .type = AUTONAT_DATA_REQUEST, .data_wanted = 30000, .index = 7 },
	    AUTONAT_NO_ANSWER },
	{ "too much data",
	    { .type = AUTONAT_DATA_REQUEST,
		.data_wanted = AUTONAT_DATA_MAX + 1 },
	    AUTONAT_NO_ANSWER },
	{ "a question", { .type = AUTONAT_DIAL_REQUEST }, AUTONAT_NO_ANSWER },
	{ "busy",
	    { .type = AUTONAT_DIAL_RESPONSE,
		.status = AUTONAT_REQUEST_REJECTED },
	    AUTONAT_NO_ANSWER },
	{ "not dialled",
	    { .type = AUTONAT_DIAL_RESPONSE, .status = AUTONAT_DIAL_REFUSED },
	    AUTONAT_NOT_DIALLED },
	{ "not reached",
	    { .type = AUTONAT_DIAL_RESPONSE,
		.status = AUTONAT_OK,
		.dial_status = AUTONAT_DIAL_FAILED },
	    AUTONAT_UNREACHABLE },
};

static void
test_servers_that_lie(void **state)
{
	struct scene scene;
	struct multiaddr good;
	struct lie lie;
	size_t i;

	(void)state;
	scene_open(&scene, true);
	autonat_server_set_open(scene.server, false);
	host_serve(scene.serving.host, AUTONAT_PROTOCOL_DIAL, on_lied_to, &lie);
	scene_connect(&scene);
	good = address(&scene, 1, 0);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		lie.message = lies[i].message;
		if (ask(&scene, &good, 1).outcome != lies[i].want)
			fail_msg("%s: %d", lies[i].name, lies[i].want);
	}
	scene_close(&scene);
}

/* --- clients that cheat --- */

struct cheat {
	struct autonat_message asked, answer;
	bool is_answered, is_closed;
};

static size_t
cheat_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct cheat *cheat = arg;
	size_t len;

	if (autonat_message_decode(bytes, &cheat->answer, &len) != 0) {
		stream_resume(stream);
		return 0;
	}
	cheat->is_answered = true;
	return len;
}

static void
cheat_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	(void)stream;
	(void)end;
	((struct cheat *)arg)->is_closed = true;
}

static bool
is_closed(void *arg)
{
	return ((struct cheat *)arg)->is_closed;
}

static bool
is_answered(void *arg)
{
	return ((struct cheat *)arg)->is_answered || is_closed(arg);
}

static void
cheat_write(struct stream *stream, const struct autonat_message *message)
{
	struct buffer wire;

	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	autonat_message_encode(message, &wire);
	stream_write(stream, buffer_bytes(&wire));
	buffer_fini(&wire);
}

static struct stream *the_stream; /* of the cheat */

static void
cheat_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = cheat_on_data,
		.on_close = cheat_on_close,
	};
	struct cheat *cheat = arg;

	(void)host;
	assert_int_equal(error, 0);
	the_stream = stream;
	stream_set_handler(stream, &handler, cheat);
	cheat_write(stream, &cheat->asked);
}

static void
cheat_ask(struct scene *scene, struct cheat *cheat)
{
	static const char *const protocol[] = { AUTONAT_PROTOCOL_DIAL };

	host_open(scene->asking.host, &scene->serving.id, protocol, 1, 5000,
	    cheat_on_opened, cheat);
	test_loop_until(scene->base, is_answered, cheat);
}

/* To be dialled at the address of another costs data, in honest pieces. */
static void
test_crumbs_of_data(void **state)
{
	struct cheat cheat = { .asked = { .type = AUTONAT_DIAL_REQUEST,
				   .address_count = 1 } };
	struct autonat_message crumb = { .type = AUTONAT_DATA_RESPONSE,
		.data_len = 99 };
	struct scene scene;

	(void)state;
	scene_open(&scene, true);
	scene_connect(&scene);
	cheat.asked.addresses[0] = address(&scene, 2, 0);
	cheat_ask(&scene, &cheat);
	assert_int_equal(cheat.answer.type, AUTONAT_DATA_REQUEST);
	assert_in_range(
	    cheat.answer.data_wanted, AUTONAT_DATA_MIN, AUTONAT_DATA_MAX);
	cheat_write(the_stream, &crumb);
	test_loop_until(scene.base, is_closed, &cheat);
	assert_int_equal(scene.asking.connected, 1); /* nobody dialled */
	scene_close(&scene);
}

static void
test_too_many_requests(void **state)
{
	struct scene scene;
	struct cheat cheat;
	int i;

	(void)state;
	scene_open(&scene, true);
	scene_connect(&scene);
	for (i = 0; i <= AUTONAT_BUDGET_PER_PEER; i++) {
		cheat = (struct cheat){ .asked = { .type = AUTONAT_DIAL_REQUEST,
					    .address_count = 1 } };
		cheat.asked.addresses[0] = address(&scene, 1, CLOSED_PORT);
		cheat_ask(&scene, &cheat);
		assert_int_equal(cheat.answer.type, AUTONAT_DIAL_RESPONSE);
		assert_int_equal(cheat.answer.status,
		    i < AUTONAT_BUDGET_PER_PEER ? AUTONAT_OK
						: AUTONAT_REQUEST_REJECTED);
		stream_finish(the_stream);
		test_loop_until(scene.base, is_closed, &cheat);
	}
	scene_close(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_2),
		cmocka_unit_test(test_only_the_first_address_counts),
		cmocka_unit_test(test_private_addresses_are_not_dialled),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_servers_that_lie),
		cmocka_unit_test(test_crumbs_of_data),
		cmocka_unit_test(test_too_many_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
