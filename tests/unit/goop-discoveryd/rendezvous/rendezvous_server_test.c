#include "tests/unit/support/server_scene.h"

#include <errno.h>
#include <string.h>

static void
test_websocket(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.publishes = "{\"n\":1}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_string_equal(
	    scene.path, "GET /ws?peer_id=12D3KooW%2Fme&mode=delta HTTP/1.1");
	assert_int_equal(
	    server_scene_state(&scene).transport, SERVER_TRANSPORT_WEBSOCKET);
	assert_false(server_scene_state(&scene).is_ours);
	RUN_UNTIL(&scene, strcmp(scene.heard, "{\"n\":1}") == 0);
	server_scene_say(&scene, WEBSOCKET_TEXT, "{\"type\":\"online\"}");
	server_scene_say(&scene, WEBSOCKET_PING, "are you there");
	RUN_UNTIL(&scene, scene.messages == 1 && scene.pongs == 1);
	assert_string_equal(scene.message, "{\"type\":\"online\"}");
	/* a server of the original may have forgotten us meanwhile */
	RUN_UNTIL(&scene, scene.wanted == 2);
	rendezvous_server_stop(scene.client, bytes_of("{\"bye\":1}"),
	    server_scene_on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1 && scene.closes == 1);
	assert_string_equal(scene.heard, "{\"bye\":1}");
	assert_int_equal(scene.downs, 0);
	assert_int_equal(scene.posts, 0);
	server_scene_fini(&scene);
}

/* Delta mode, lost and taken up again where it was. */
static void
test_delta(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.ws_headers = DELTA;
	server_scene_join(&scene, "/base/");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(scene.is_ours);
	assert_true(server_scene_state(&scene).is_delta);
	assert_true(strncmp(scene.path, "GET /base/ws?", 13) == 0);
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":true}");
	server_scene_say(&scene, WEBSOCKET_TEXT, "{\"type\":\"update\"}");
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"synced\",\"peerId\":\"-\",\"cursor\":\"1a-7\"}");
	RUN_UNTIL(&scene, scene.synceds == 1);
	assert_true(scene.is_full);
	assert_int_equal(scene.messages, 1);
	assert_string_equal(scene.cursor, "1a-7");
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 2);
	assert_int_equal(scene.downs, 1);
	assert_non_null(strstr(scene.path, "&mode=delta&since=1a-7 "));
	assert_int_equal(scene.wanted, 2); /* once each */
	rendezvous_server_forget_cursor(scene.client);
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 3);
	assert_null(strstr(scene.path, "since"));
	server_scene_fini(&scene);
}

/* What the server thinks of our messages: told when it changes. */
static void
test_answers(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.ws_headers = DELTA;
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"answer\",\"peerId\":\"-\",\"content\":"
	    "\"403 it is\\u0007 elsewhere\"}");
	RUN_UNTIL(&scene, scene.refusals == 1);
	assert_int_equal(scene.refused_status, 403);
	assert_string_equal(
	    scene.refusal, "the server forbids it (403: it is? elsewhere)");
	assert_string_equal(
	    server_scene_state(&scene).last_error, scene.refusal);
	/* a server that says ever something else is shown, but told once */
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"answer\",\"peerId\":\"-\",\"content\":\"503 x\"}");
	RUN_UNTIL(&scene,
	    strstr(server_scene_state(&scene).last_error, "503") != NULL);
	/* neither an answer nor news */
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"answer\",\"peerId\":\"-\",\"content\":\"x\"}");
	server_scene_say(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"answer\",\"peerId\":\"-\",\"content\":\"204\"}");
	RUN_UNTIL(&scene, server_scene_state(&scene).last_error[0] == '\0');
	assert_int_equal(scene.refusals, 1);
	assert_int_equal(scene.messages, 0);
	server_scene_fini(&scene);
}

/* A server that goes away says when to come back. */
static void
test_going_away(void **state)
{
	struct server_scene scene;
	struct buffer output;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	buffer_init(&output, 256);
	websocket_close(&scene.frames, WEBSOCKET_CLOSE_GOING_AWAY, "retry=5000",
	    monotime_now(), &output);
	server_scene_send(scene.web_socket, &output);
	RUN_UNTIL(&scene, scene.downs == 1 && scene.closes == 1);
	assert_string_equal(scene.down, "the server is going away");
	assert_true(monotime_since_ms(server_scene_state(&scene).next_try,
			monotime_now()) > 3000);
	server_scene_fini(&scene);
}

static void
test_too_early(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 425;
	scene.publishes = "{\"n\":2}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.posts == 1);
	assert_string_equal(scene.heard, "{\"n\":2}");
	scene.refuse_ws = 0;
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_int_equal(
	    server_scene_state(&scene).transport, SERVER_TRANSPORT_WEBSOCKET);
	assert_int_equal(scene.refusals, 0);
	server_scene_fini(&scene);
}

static void
test_events(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	scene.publishes = "{\"n\":1}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1 && scene.posts == 1);
	assert_int_equal(
	    server_scene_state(&scene).transport, SERVER_TRANSPORT_EVENTS);
	assert_string_equal(server_scene_state(&scene).last_error, "");
	server_scene_say_event(&scene, ": ok\n\nretry: 300\n\nda");
	server_scene_say_event(&scene, "ta: {\"type\":\"online\"}\n\n");
	RUN_UNTIL(&scene, scene.messages == 1);
	assert_string_equal(scene.message, "{\"type\":\"online\"}");
	RUN_UNTIL(&scene, scene.posts == 2); /* once more */
	rendezvous_server_publish(scene.client, bytes_of("{\"n\":3}"));
	RUN_UNTIL(&scene, scene.posts == 3);
	assert_int_equal(scene.post_connections, 1);
	/* the connection that was kept is closed: another is made */
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 2 && scene.posts >= 4);
	assert_int_equal(scene.refusals, 0);
	rendezvous_server_stop(scene.client, bytes_of("{\"bye\":2}"),
	    server_scene_on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	assert_string_equal(scene.heard, "{\"bye\":2}");
	server_scene_fini(&scene);
}

/* The first generation knows neither WebSockets nor most keys. */
static void
test_first_generation(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	scene.is_strict = true;
	scene.publishes =
	    "{\"type\":\"online\",\"peerId\":\"me\","
	    "\"content\":\"I\",\"addrs\":[\"/ip4/1.2.3.4/tcp/5\"],"
	    "\"ts\":7,\"proof\":\"x\"}";
	scene.publishes_then = "{\"type\":\"online\",\"peerId\":\"me\","
			       "\"content\":\"I\",\"ts\":7}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_string_equal(scene.heard,
	    "{\"type\":\"online\","
	    "\"peerId\":\"me\",\"content\":\"I\",\"ts\":7}");
	assert_int_equal(scene.refusals, 1);
	assert_int_equal(scene.refused_status, 400);
	/* the owner's other message answers it: no error is shown */
	assert_string_equal(server_scene_state(&scene).last_error, "");
	rendezvous_server_stop(scene.client, bytes_of(scene.publishes),
	    server_scene_on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	assert_null(strstr(scene.heard, "addrs"));
	assert_int_equal(scene.refusals, 1);
	server_scene_fini(&scene);
}

/* What waits is replaced by what is newer. */
static void
test_newest_wins(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	scene.events_headers = OURS; /* wanted once */
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	rendezvous_server_publish(scene.client, bytes_of("{\"n\":1}"));
	rendezvous_server_publish(scene.client, bytes_of("{\"n\":2}"));
	rendezvous_server_publish(scene.client, bytes_of("{\"n\":3}"));
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_string_equal(scene.heard, "{\"n\":3}");
	server_scene_fini(&scene);
}

/* The WebSocket that was refused becomes possible. */
static void
test_probe(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 501;
	server_scene_join(&scene, "");
	rendezvous_server_set_patience(scene.client, 1);
	RUN_UNTIL(&scene, scene.event_streams == 1 && scene.probes >= 3);
	assert_int_equal(scene.downs, 0);
	scene.refuse_ws = 0;
	server_scene_say_event(&scene, ": still here\n\n");
	RUN_UNTIL(&scene, scene.ups == 2);
	assert_int_equal(
	    server_scene_state(&scene).transport, SERVER_TRANSPORT_WEBSOCKET);
	RUN_UNTIL(&scene, scene.event_stream->bev == NULL);
	assert_int_equal(scene.event_streams, 1);
	assert_int_equal(scene.downs, 0);
	server_scene_fini(&scene);
}

/* Stop while nothing works: it ends all the same. */
static void
test_stop_early(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.server.is_mute = true;
	server_scene_join(&scene, "");
	rendezvous_server_stop(
	    scene.client, bytes_of("{}"), server_scene_on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	server_scene_fini(&scene);
	/* and when the server does not answer any more */
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	scene.server.is_mute = true;
	rendezvous_server_stop(
	    scene.client, bytes_of("{}"), server_scene_on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	server_scene_fini(&scene);
}

static void
test_too_large(void **state)
{
	static char big[RENDEZVOUS_SERVER_MESSAGE_MAX + 2];
	struct server_scene scene;
	struct buffer output;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(
	    rendezvous_server_publish(scene.client, bytes_of(big)), -EMSGSIZE);
	/* one of the server's is dropped, and the stream goes on */
	buffer_init(&output, 2 * sizeof(big));
	websocket_send(&scene.frames, WEBSOCKET_TEXT, bytes_of(big), &output);
	server_scene_send(scene.web_socket, &output);
	server_scene_say(&scene, WEBSOCKET_TEXT, "{\"small\":1}");
	RUN_UNTIL(&scene, scene.messages == 1);
	assert_string_equal(scene.message, "{\"small\":1}");
	server_scene_fini(&scene);
}

static bool has_login;

static void
login_script(struct scripted_connection *connection, const char *text,
    size_t len, void *arg)
{
	static const char login[] =
	    "\r\nAuthorization: Basic bWU6cyBlY3JldA==\r\n";

	has_login |= !connection->is_raw && strstr(text, login) != NULL;
	server_scene_script(connection, text, len, arg);
}

/* The login is sent, and not shown. */
static void
test_login(void **state)
{
	struct rendezvous_server_state shown;
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, login_script);
	server_scene_join(&scene, "http://me:s%20ecret@127.0.0.1");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(has_login);
	shown = server_scene_state(&scene);
	assert_null(strstr(shown.url, "me"));
	assert_non_null(strstr(shown.url, "http://127.0.0.1:"));
	server_scene_fini(&scene);
}

static void
test_url(void **state)
{
	static const struct rendezvous_server_user user;
	struct rendezvous_server_plan plan = {
		.url = "ftp://host", .peer_id = "x", .user = &user
	};
	struct rendezvous_server *server = NULL;
	struct event_base *base = event_base_new();

	(void)state;
	assert_int_equal(rendezvous_server_new(base, &plan, &server), -EINVAL);
	event_base_free(base);
}

/* The relay beside the server is told once; what makes no sense, never. */
static void
test_relay(void **state)
{
	struct server_scene scene;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.relay_json = "{\"peer_id\":\"12D3KooWRelay\",\"addrs\":["
			   "\"/ip4/45.77.1.10/tcp/4001/p2p/12D3KooWRelay\"],"
			   "\"cleanup_delay_sec\":3}";
	server_scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.relays == 1);
	assert_string_equal(scene.relay,
	    "12D3KooWRelay /ip4/45.77.1.10/tcp/4001/p2p/12D3KooWRelay");
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 2 && scene.wanted >= 3);
	assert_int_equal(scene.relays, 1);
	scene.relay_json = "{\"peer_id\":7}";
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 3 && scene.wanted >= 5);
	assert_int_equal(scene.relays, 1);
	scene.relay_json = NULL;
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.relays == 2);
	assert_string_equal(scene.relay, "none ");
	server_scene_fini(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_websocket),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_going_away),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_first_generation),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_stop_early),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_relay),
	};

	return cmocka_run_group_tests(tests, server_scene_set_up, NULL);
}
