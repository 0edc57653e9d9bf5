#include "tests/unit/support/server_scene.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/rendezvous/server_plan.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"

static void
say_script(struct scripted_connection *connection, const char *text, size_t len,
    void *arg)
{
	struct server_scene *scene = arg;

	(void)text;
	(void)len;
	scripted_say(connection, scene->events_headers);
	scripted_close(connection);
}

/* An address for an alias of loopback, or none. */
static void
set_address(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq request = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, "lo:1");
	if (address != NULL) {
		inet_pton(AF_INET, address, &in.sin_addr);
		memcpy(&request.ifr_addr, &in, sizeof(in));
		assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
	} else {
		assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	}
	close(fd);
}

static void
test_refused(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 403;
	scene.refuse_events = 429;
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.refusals == 1);
	assert_int_equal(scene.refused_status, 429);
	assert_string_equal(scene.refusal,
	    "the server has too many requests from this address "
	    "(429: not today)");
	assert_string_equal(
	    server_scene_state(&scene).last_error, scene.refusal);
	assert_int_equal(
	    server_scene_state(&scene).transport, SERVER_TRANSPORT_NONE);
	/* asked again, but not soon */
	assert_true(monotime_since_ms(server_scene_state(&scene).next_try,
			monotime_now()) > 1500);
	/* a server that answers may be published to nevertheless */
	rendezvous_server_publish(scene.client, bytes_of("{}"));
	RUN_UNTIL(&scene, scene.posts == 1);
	server_scene_fini(&scene);
}

static void
test_publish_refused(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	scene.refuse_publish = 400;
	scene.publishes = "{}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.refusals == 1);
	assert_int_equal(scene.refused_status, 400);
	assert_string_equal(scene.refusal,
	    "the server does not accept what we say (400: not today)");
	assert_string_equal(
	    server_scene_state(&scene).last_error, scene.refusal);
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_int_equal(scene.refusals, 1); /* once is enough */
	scene.refuse_publish = 0;
	rendezvous_server_publish(scene.client, bytes_of("{}"));
	RUN_UNTIL(&scene, scene.posts == 3 &&
			      server_scene_state(&scene).last_error[0] == '\0');
	server_scene_fini(&scene);
}

static void
test_redirect(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.moved_to = "/new/ws";
	server_scene_join(&scene, "/old");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(strncmp(scene.path, "GET /new/ws?", 12) == 0);
	assert_int_equal(scene.downs, 0);
	server_scene_fini(&scene);
}

static void
test_bad_redirects(void **state)
{
	/* clang-format off */
	static const struct { const char *to, *want; } cases[] = {
		{ "/old/ws", "the server has moved (308)" },
		{ "/login", "the server has moved (308)" },
		{ "", "the server has moved (308)" },
		{ "http://127.0.0.2/ws", "the server has moved to http://127.0.0.2/ws: put that into presence.rendezvous_wan" },
		{ "https://elsewhere/ws", "the server has moved to https://elsewhere/ws: put that into presence.rendezvous_wan" },
		{ "https://x\033[31m/", "the server has moved to https://x?[31m/: put that into presence.rendezvous_wan" },
	};
	/* clang-format on */
	struct server_scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		server_scene_init(&scene, server_scene_script);
		scene.moved_to = cases[i].to;
		server_scene_join(&scene, "/old");
		RUN_UNTIL(&scene, scene.refusals == 1);
		assert_string_equal(scene.refusal, cases[i].want);
		assert_true(scene.server.accepted < 9);
		server_scene_fini(&scene);
	}
}

static void
test_no_rendezvous(void **state)
{
	/* clang-format off */
	static const struct { const char *name, *says, *want; } cases[] = {
		{ "closes",     "", "the server ended the connection without an answer" },
		{ "garbage",    "SSH-2.0-x\r\n\r\n", "the server does not speak HTTP" },
		{ "half a head", "HTTP/1.1 200 OK\r\nA: b\r\n", "the server ended the connection without an answer" },
		{ "a page",     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
		    "this is no rendezvous server: it answers with something else (200)" },
		{ "false switch", "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
		    "the server does not speak WebSocket as it should (101)" },
		{ "half a stream", EVENTS "\r\n5\r\nda", "the server ended the connection without an answer" },
	};
	/* clang-format on */
	struct server_scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		server_scene_init(&scene, say_script);
		scene.events_headers = cases[i].says;
		server_scene_join(&scene, "");
		RUN_UNTIL(&scene, scene.downs == 1);
		if (strcmp(scene.down, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].name, scene.down);
		/* and it becomes one */
		scene.server.script = server_scene_script;
		scene.events_headers = NULL;
		rendezvous_server_set_patience(scene.client, 1);
		rendezvous_server_network_changed(scene.client);
		RUN_UNTIL(&scene, server_scene_state(&scene).transport !=
				      SERVER_TRANSPORT_NONE);
		server_scene_fini(&scene);
	}
}

static void
test_huge_head(void **state)
{
	/* many lines, and one that has no end */
	static const struct {
		size_t len, line;
	} cases[] = { { 20000, 100 }, { 20000, 18000 }, { 150000, 200000 } };
	CLEANUP_FREE char *head = xzalloc(150001);
	struct server_scene scene;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(head, 'a', cases[i].len);
		for (k = 40; k + 4 < cases[i].len; k += cases[i].line)
			memcpy(head + k, "\r\nX:", 4);
		memcpy(head, "HTTP/1.1 200 OK\r\nX: ", 20);
		head[cases[i].len] = '\0';
		server_scene_init(&scene, say_script);
		scene.events_headers = head;
		server_scene_join(&scene, "");
		RUN_UNTIL(&scene, scene.downs == 1);
		assert_string_equal(
		    scene.down, "the server's answer is too long");
		server_scene_fini(&scene);
	}
}

/* Accepts, and says nothing; then half of what it should, and nothing more. */
static void
test_slow(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.server.is_mute = true;
	server_scene_join(&scene, "");
	rendezvous_server_set_patience(scene.client, PATIENCE_PERCENT);
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the server takes too long to answer");
	scene.server.is_mute = false;
	RUN_UNTIL(&scene, scene.ups == 1);
	RUN_UNTIL(&scene, scene.downs == 2);
	assert_string_equal(
	    scene.down, "the server has been silent for 15 seconds");
	RUN_UNTIL(&scene, scene.ups == 2);
	server_scene_fini(&scene);
}

/* A proxy that buffers: what has an end passes, a stream's head does not. */
static void
hold_script(struct scripted_connection *connection, const char *text,
    size_t len, void *scene)
{
	if (strncmp(text, "POST ", 5) == 0)
		server_scene_script(connection, text, len, scene);
}

static void
test_held_back(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, hold_script);
	scene.publishes = "{}";
	server_scene_join(&scene, "");
	rendezvous_server_set_patience(scene.client, PATIENCE_PERCENT);
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the server takes too long to answer");
	RUN_UNTIL(&scene, scene.posts > 0); /* others shall see us */
	RUN_UNTIL(&scene, scene.downs == 2);
	assert_string_equal(scene.down, SERVER_REFUSAL_HELD);
	scene.server.script = server_scene_script;
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_string_equal(server_scene_state(&scene).last_error, "");
	server_scene_fini(&scene);
}

/* WebSockets open, and nothing ever comes through: events may do better. */
static void
test_deaf_websocket(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	server_scene_join(&scene, "");
	rendezvous_server_set_patience(scene.client, 1);
	RUN_UNTIL(&scene, scene.event_streams == 1);
	assert_int_equal(scene.web_sockets, SERVER_PLAN_DEAF_MAX);
	server_scene_fini(&scene);
}

static void
test_nobody_there(void **state)
{
	struct server_scene scene;
	uint16_t port;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	port = scene.server.port;
	scripted_server_fini(&scene.server);
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "Connection refused"));
	/* nothing is sent to who is not there */
	rendezvous_server_publish(scene.client, bytes_of("{}"));
	scripted_server_init(
	    &scene.server, scene.base, NULL, port, server_scene_script, &scene);
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_int_equal(scene.downs, 1);
	assert_int_equal(scene.posts, 0);
	server_scene_fini(&scene);
}

static void
test_unknown_name(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	server_scene_join(&scene, "http://nobody.invalid");
	rendezvous_server_set_patience(scene.client, PATIENCE_PERCENT);
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "the name nobody.invalid "));
	server_scene_fini(&scene);
}

static void
test_address_gone(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	set_address("10.9.9.9");
	scripted_server_fini(&scene.server);
	scripted_server_init(&scene.server, scene.base, "10.9.9.9", 0,
	    server_scene_script, &scene);
	server_scene_join(&scene, "http://10.9.9.9");
	RUN_UNTIL(&scene, scene.ups == 1);
	rendezvous_server_network_changed(scene.client); /* but not ours */
	event_base_loop(scene.base, EVLOOP_NONBLOCK);
	assert_int_equal(scene.downs, 0);
	set_address(NULL);
	rendezvous_server_network_changed(scene.client);
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the network of this machine changed");
	set_address("10.9.9.9");
	rendezvous_server_network_changed(scene.client);
	RUN_UNTIL(&scene, scene.ups == 2);
	set_address(NULL);
	server_scene_fini(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_publish_refused),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_bad_redirects),
		cmocka_unit_test(test_no_rendezvous),
		cmocka_unit_test(test_huge_head),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_held_back),
		cmocka_unit_test(test_deaf_websocket),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_address_gone),
	};

	return cmocka_run_group_tests(tests, server_scene_set_up, NULL);
}
