#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#include "common/base/xalloc.h"
#include "common/http/websocket.h"
#include "goop-discoveryd/wan_server_private.h"
#include "tests/unit/support/own_network.h"
#include "tests/unit/support/scripted_server.h"

#define OURS    "Goop-Rendezvous: 1.1\r\n"
#define DELTA   OURS "Goop-Rendezvous-Mode: delta\r\n"
#define NOTHING "Content-Length: 0\r\n\r\n"
#define EVENTS \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
	"Transfer-Encoding: chunked\r\n"

enum { PATIENCE_PERCENT = 3, GIVE_UP_S = 20 };

static bool has_network;

/* What was told, and what the server heard. */
struct scene {
	struct event_base *base;
	struct scripted_server server;
	struct wan_server *client;
	struct event *give_up;
	bool is_over;
	const char *publishes; /* what is said when it is wanted */

	unsigned int ups, downs, wanted, messages, begins, synceds, alives;
	unsigned int refusals, stops;
	bool is_ours, is_full;
	int refused_status;
	char down[256], refusal[256], message[256], cursor[80];

	/* the server's side */
	unsigned int web_sockets, event_streams, posts, post_connections;
	unsigned int closes, pongs, probes;
	bool is_strict; /* knows the first keys alone */
	int refuse_ws, refuse_events, refuse_publish;
	const char *ws_headers, *events_headers, *moved_to;
	struct websocket frames;
	struct scripted_connection *web_socket, *event_stream;
	char path[256], heard[256];
};

/* --- the owner */

static void
on_up(bool is_ours, int64_t clock_offset_ms, void *arg)
{
	struct scene *scene = arg;

	(void)clock_offset_ms;
	scene->is_ours = is_ours;
	scene->ups++;
}

static void
on_down(const char *sentence, void *arg)
{
	struct scene *scene = arg;

	snprintf(scene->down, sizeof(scene->down), "%s", sentence);
	scene->downs++;
}

static void
on_wanted(void *arg)
{
	struct scene *scene = arg;

	scene->wanted++;
	if (scene->publishes != NULL)
		wan_server_publish(scene->client, bytes_of(scene->publishes));
}

static void
on_message(struct bytes json, void *arg)
{
	struct scene *scene = arg;

	snprintf(scene->message, sizeof(scene->message), "%.*s", (int)json.len,
	    (const char *)json.data);
	scene->messages++;
}

static void
on_begin(bool is_full, void *arg)
{
	struct scene *scene = arg;

	scene->is_full = is_full;
	scene->begins++;
}

static void
on_synced(const char *cursor, void *arg)
{
	struct scene *scene = arg;

	snprintf(scene->cursor, sizeof(scene->cursor), "%s", cursor);
	scene->synceds++;
}

static void
on_alive(void *arg)
{
	struct scene *scene = arg;

	scene->alives++;
}

static void
on_refused(int status, const char *sentence, void *arg)
{
	struct scene *scene = arg;

	scene->refused_status = status;
	snprintf(scene->refusal, sizeof(scene->refusal), "%s", sentence);
	scene->refusals++;
}

static void
on_stopped(void *arg)
{
	struct scene *scene = arg;

	scene->stops++;
	wan_server_free(scene->client);
	scene->client = NULL;
}

static const struct wan_server_user scene_user = {
	.on_up = on_up,
	.on_down = on_down,
	.on_wanted = on_wanted,
	.on_message = on_message,
	.on_begin = on_begin,
	.on_synced = on_synced,
	.on_alive = on_alive,
	.on_refused = on_refused,
};

/* --- a server as it should be, unless it refuses */

static void
refuse(struct scripted_connection *connection, int status)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 %d no\r\nContent-Length: 10\r\n\r\nnot today\n", status);
	scripted_say(connection, text);
}

static void
on_frame(const struct websocket_event *event, void *arg)
{
	struct scene *scene = arg;

	if (event->opcode == WEBSOCKET_TEXT)
		snprintf(scene->heard, sizeof(scene->heard), "%.*s",
		    (int)event->payload.len, (const char *)event->payload.data);
	else if (event->opcode == WEBSOCKET_PONG)
		scene->pongs++;
	else if (event->opcode == WEBSOCKET_CLOSE)
		scene->closes++;
}

static void
send_output(struct scripted_connection *connection, struct buffer *output)
{
	scripted_say_bytes(connection, buffer_bytes(output));
	buffer_fini(output);
}

static void
hear_frames(struct scripted_connection *connection, struct bytes bytes,
    struct scene *scene)
{
	struct buffer output;

	buffer_init(&output, 64 * 1024);
	assert_int_equal(
	    websocket_receive(&scene->frames, bytes, on_frame, scene, &output),
	    0);
	send_output(connection, &output);
	if (scene->frames.state == WEBSOCKET_CLOSED)
		scripted_close(connection);
}

static void
say_frame(struct scene *scene, enum websocket_opcode opcode, const char *text)
{
	struct buffer output;

	buffer_init(&output, 64 * 1024);
	assert_int_equal(
	    websocket_send(&scene->frames, opcode, bytes_of(text), &output), 0);
	send_output(scene->web_socket, &output);
}

static void
say_event(struct scene *scene, const char *text)
{
	char chunk[512];

	snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(text), text);
	scripted_say(scene->event_stream, chunk);
}

static void
open_web_socket(struct scripted_connection *connection, const char *request,
    struct scene *scene)
{
	websocket_fini(&scene->frames);
	websocket_init(&scene->frames, WEBSOCKET_SERVER, 64 * 1024);
	scripted_upgrade(connection, request,
	    scene->ws_headers != NULL ? scene->ws_headers : "");
	scene->web_socket = connection;
	scene->web_sockets++;
}

static void
open_events(struct scripted_connection *connection, struct scene *scene)
{
	scripted_say(connection, EVENTS);
	if (scene->events_headers != NULL)
		scripted_say(connection, scene->events_headers);
	scripted_say(connection, "\r\n");
	scene->event_stream = connection;
	scene->event_streams++;
}

static void
take_post(struct scripted_connection *connection, const char *request,
    struct scene *scene)
{
	snprintf(scene->heard, sizeof(scene->heard), "%s",
	    strstr(request, "\r\n\r\n") + 4);
	scene->posts++;
	scene->post_connections += connection->requests == 1;
	if (scene->is_strict && strstr(scene->heard, "addrs") != NULL) {
		scripted_say(connection,
		    "HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\n"
		    "bad json\n");
		return;
	}
	if (scene->refuse_publish != 0)
		refuse(connection, scene->refuse_publish);
	else
		scripted_say(connection, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void
move(struct scripted_connection *connection, const char *to)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 308 Moved\r\nLocation: %s\r\n" NOTHING, to);
	scripted_say(connection, text);
}

static void
rendezvous(struct scripted_connection *connection, const char *text, size_t len,
    void *arg)
{
	struct scene *scene = arg;

	if (connection->is_raw) {
		hear_frames(connection,
		    (struct bytes){ (const uint8_t *)text, len }, scene);
		return;
	}
	snprintf(scene->path, sizeof(scene->path), "%.*s",
	    (int)strcspn(text, "\r"), text);
	if (scene->moved_to != NULL && strncmp(text, "GET /old/", 9) == 0) {
		move(connection, scene->moved_to);
	} else if (strstr(scene->path, "/ws?") != NULL) {
		scene->probes++;
		if (scene->refuse_ws != 0)
			refuse(connection, scene->refuse_ws);
		else
			open_web_socket(connection, text, scene);
	} else if (strstr(scene->path, "/events?") != NULL) {
		if (scene->refuse_events != 0)
			refuse(connection, scene->refuse_events);
		else
			open_events(connection, scene);
	} else {
		assert_non_null(strstr(scene->path, "/publish"));
		take_post(connection, text, scene);
	}
}

/* --- the scene */

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
	struct scene *scene = arg;

	(void)fd;
	(void)what;
	scene->is_over = true;
}

/* Run the loop until the condition holds; ends the test if it never does. */
#define RUN_UNTIL(scene, condition) \
	do { \
		while (!(condition) && !(scene)->is_over) \
			event_base_loop((scene)->base, EVLOOP_ONCE); \
		if ((scene)->is_over) \
			fail_msg("never came: %s (down: %s, refusal: %s)", \
			    #condition, (scene)->down, (scene)->refusal); \
	} while (0)

static void
scene_init(struct scene *scene, scripted_fn *script)
{
	static const struct timeval give_up = { GIVE_UP_S, 0 };

	if (!has_network)
		skip();
	memset(scene, 0, sizeof(*scene));
	scene->base = event_base_new();
	scene->give_up = evtimer_new(scene->base, on_give_up, scene);
	event_add(scene->give_up, &give_up);
	websocket_init(&scene->frames, WEBSOCKET_SERVER, 64 * 1024);
	scripted_server_init(
	    &scene->server, scene->base, NULL, 0, script, scene);
}

/* format has a %u for the port. */
static void
scene_join(struct scene *scene, const char *format)
{
	char url[256];
	struct wan_server_plan plan = { url, "12D3KooW/me", &scene_user,
		scene };

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s",
	    (unsigned int)scene->server.port, format);
	if (strstr(format, "://") != NULL)
		snprintf(url, sizeof(url), "%s:%u", format,
		    (unsigned int)scene->server.port);
	assert_int_equal(wan_server_new(scene->base, &plan, &scene->client), 0);
}

static void
scene_fini(struct scene *scene)
{
	wan_server_free(scene->client);
	scripted_server_fini(&scene->server);
	websocket_fini(&scene->frames);
	event_free(scene->give_up);
	event_base_free(scene->base);
}

static struct wan_server_state
state_of(struct scene *scene)
{
	struct wan_server_state state;

	wan_server_state(scene->client, &state);
	return state;
}

/* --- a WebSocket */

static void
test_websocket(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.publishes = "{\"n\":1}";
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_string_equal(
	    scene.path, "GET /ws?peer_id=12D3KooW%2Fme&mode=delta HTTP/1.1");
	assert_int_equal(state_of(&scene).transport, WAN_TRANSPORT_WEBSOCKET);
	assert_false(state_of(&scene).is_ours);
	RUN_UNTIL(&scene, strcmp(scene.heard, "{\"n\":1}") == 0);
	say_frame(&scene, WEBSOCKET_TEXT, "{\"type\":\"online\"}");
	say_frame(&scene, WEBSOCKET_PING, "are you there");
	RUN_UNTIL(&scene, scene.messages == 1 && scene.pongs == 1);
	assert_string_equal(scene.message, "{\"type\":\"online\"}");
	/* a server of the original may have forgotten us meanwhile */
	RUN_UNTIL(&scene, scene.wanted == 2);
	wan_server_stop(
	    scene.client, bytes_of("{\"bye\":1}"), on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1 && scene.closes == 1);
	assert_string_equal(scene.heard, "{\"bye\":1}");
	assert_int_equal(scene.downs, 0);
	assert_int_equal(scene.posts, 0);
	scene_fini(&scene);
}

/* Delta mode, lost and taken up again where it was. */
static void
test_delta(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.ws_headers = DELTA;
	scene_join(&scene, "/base/");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(scene.is_ours);
	assert_true(state_of(&scene).is_delta);
	assert_true(strncmp(scene.path, "GET /base/ws?", 13) == 0);
	say_frame(&scene, WEBSOCKET_TEXT,
	    "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":true}");
	say_frame(&scene, WEBSOCKET_TEXT, "{\"type\":\"update\"}");
	say_frame(&scene, WEBSOCKET_TEXT,
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
	wan_server_forget_cursor(scene.client);
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 3);
	assert_null(strstr(scene.path, "since"));
	scene_fini(&scene);
}

/* A server that goes away says when to come back. */
static void
test_going_away(void **state)
{
	struct scene scene;
	struct buffer output;

	(void)state;
	scene_init(&scene, rendezvous);
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	buffer_init(&output, 256);
	websocket_close(&scene.frames, WEBSOCKET_CLOSE_GOING_AWAY, "retry=5000",
	    monotime_now(), &output);
	send_output(scene.web_socket, &output);
	RUN_UNTIL(&scene, scene.downs == 1 && scene.closes == 1);
	assert_string_equal(scene.down, "the server is going away");
	assert_true(monotime_since_ms(
			state_of(&scene).next_try, monotime_now()) > 3000);
	scene_fini(&scene);
}

static void
test_too_early(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 425;
	scene.publishes = "{\"n\":2}";
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.posts == 1);
	assert_string_equal(scene.heard, "{\"n\":2}");
	scene.refuse_ws = 0;
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_int_equal(state_of(&scene).transport, WAN_TRANSPORT_WEBSOCKET);
	assert_int_equal(scene.refusals, 0);
	scene_fini(&scene);
}

/* --- events and POST */

static void
test_events(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 404;
	scene.publishes = "{\"n\":1}";
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1 && scene.posts == 1);
	assert_int_equal(state_of(&scene).transport, WAN_TRANSPORT_EVENTS);
	assert_string_equal(state_of(&scene).last_error, "");
	say_event(&scene, ": ok\n\nretry: 300\n\nda");
	say_event(&scene, "ta: {\"type\":\"online\"}\n\n");
	RUN_UNTIL(&scene, scene.messages == 1);
	assert_string_equal(scene.message, "{\"type\":\"online\"}");
	RUN_UNTIL(&scene, scene.posts == 2); /* once more */
	wan_server_publish(scene.client, bytes_of("{\"n\":3}"));
	RUN_UNTIL(&scene, scene.posts == 3);
	assert_int_equal(scene.post_connections, 1);
	/* the connection that was kept is closed: another is made */
	scripted_close_all(&scene.server);
	RUN_UNTIL(&scene, scene.ups == 2 && scene.posts >= 4);
	assert_int_equal(scene.refusals, 0);
	wan_server_stop(
	    scene.client, bytes_of("{\"bye\":2}"), on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	assert_string_equal(scene.heard, "{\"bye\":2}");
	scene_fini(&scene);
}

/* The first generation knows neither WebSockets nor most keys. */
static void
test_first_generation(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 404;
	scene.is_strict = true;
	scene.publishes =
	    "{\"type\":\"online\",\"peerId\":\"me\","
	    "\"content\":\"I\",\"addrs\":[\"/ip4/1.2.3.4/tcp/5\"],"
	    "\"ts\":7,\"proof\":\"x\"}";
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_string_equal(scene.heard,
	    "{\"type\":\"online\","
	    "\"peerId\":\"me\",\"content\":\"I\",\"ts\":7}");
	wan_server_stop(
	    scene.client, bytes_of(scene.publishes), on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	assert_null(strstr(scene.heard, "addrs"));
	assert_int_equal(scene.refusals, 0);
	scene_fini(&scene);
}

/* What waits is replaced by what is newer. */
static void
test_newest_wins(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 404;
	scene.events_headers = OURS; /* wanted once */
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	wan_server_publish(scene.client, bytes_of("{\"n\":1}"));
	wan_server_publish(scene.client, bytes_of("{\"n\":2}"));
	wan_server_publish(scene.client, bytes_of("{\"n\":3}"));
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_string_equal(scene.heard, "{\"n\":3}");
	scene_fini(&scene);
}

/* The WebSocket that was refused becomes possible. */
static void
test_probe(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 501;
	scene_join(&scene, "");
	scene.client->probe_ms = 50;
	RUN_UNTIL(&scene, scene.event_streams == 1 && scene.probes >= 3);
	assert_int_equal(scene.downs, 0);
	scene.refuse_ws = 0;
	RUN_UNTIL(&scene, scene.ups == 2);
	assert_int_equal(state_of(&scene).transport, WAN_TRANSPORT_WEBSOCKET);
	RUN_UNTIL(&scene, scene.event_stream->bev == NULL);
	assert_int_equal(scene.event_streams, 1);
	assert_int_equal(scene.downs, 0);
	scene_fini(&scene);
}

/* --- refusals */

static void
test_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 403;
	scene.refuse_events = 429;
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.refusals == 1);
	assert_int_equal(scene.refused_status, 429);
	assert_string_equal(scene.refusal,
	    "the server has too many requests from this address "
	    "(429: not today)");
	assert_string_equal(state_of(&scene).last_error, scene.refusal);
	assert_int_equal(state_of(&scene).transport, WAN_TRANSPORT_NONE);
	/* asked again, but not soon */
	assert_true(monotime_since_ms(
			state_of(&scene).next_try, monotime_now()) > 1500);
	/* a server that answers may be published to nevertheless */
	wan_server_publish(scene.client, bytes_of("{}"));
	RUN_UNTIL(&scene, scene.posts == 1);
	scene_fini(&scene);
}

static void
test_publish_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 404;
	scene.refuse_publish = 400;
	scene.publishes = "{}";
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.refusals == 1);
	assert_int_equal(scene.refused_status, 400);
	assert_string_equal(scene.refusal,
	    "the server does not accept what we say (400: not today)");
	assert_string_equal(state_of(&scene).last_error, scene.refusal);
	RUN_UNTIL(&scene, scene.posts == 2);
	assert_int_equal(scene.refusals, 1); /* once is enough */
	scene.refuse_publish = 0;
	wan_server_publish(scene.client, bytes_of("{}"));
	RUN_UNTIL(
	    &scene, scene.posts == 3 && state_of(&scene).last_error[0] == '\0');
	scene_fini(&scene);
}

/* --- redirects */

static void
test_redirect(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.moved_to = "/new/ws";
	scene_join(&scene, "/old");
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(strncmp(scene.path, "GET /new/ws?", 12) == 0);
	assert_int_equal(scene.downs, 0);
	scene_fini(&scene);
}

static void
test_bad_redirects(void **state)
{
	static const char *const all[] = { "/old/ws", "http://127.0.0.2/ws",
		"https://elsewhere/ws", "/login", "" };
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		scene_init(&scene, rendezvous);
		scene.moved_to = all[i];
		scene_join(&scene, "/old");
		RUN_UNTIL(&scene, scene.refusals == 1);
		assert_string_equal(
		    scene.refusal, "the server has moved (308)");
		assert_true(scene.server.accepted < 9);
		scene_fini(&scene);
	}
}

/* --- servers that are none */

static void
say_script(struct scripted_connection *connection, const char *text, size_t len,
    void *arg)
{
	struct scene *scene = arg;

	(void)text;
	(void)len;
	scripted_say(connection, scene->events_headers);
	scripted_close(connection);
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
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scene_init(&scene, say_script);
		scene.events_headers = cases[i].says;
		scene_join(&scene, "");
		RUN_UNTIL(&scene, scene.downs == 1);
		if (strcmp(scene.down, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].name, scene.down);
		/* and it becomes one */
		scene.server.script = rendezvous;
		scene.events_headers = NULL;
		scene.client->attempted = (struct monotime){ 0 };
		wan_server_network_changed(scene.client);
		RUN_UNTIL(
		    &scene, state_of(&scene).transport != WAN_TRANSPORT_NONE);
		scene_fini(&scene);
	}
}

static void
test_huge_head(void **state)
{
	CLEANUP_FREE char *head = NULL;
	struct scene scene;

	(void)state;
	head = malloc(20001);
	memset(head, 'a', 20000);
	memcpy(head, "HTTP/1.1 200 OK\r\nX: ", 20);
	head[20000] = '\0';
	scene_init(&scene, say_script);
	scene.events_headers = head;
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the server's answer is too long");
	scene_fini(&scene);
}

/* Accepts, and says nothing; then half of what it should, and nothing more. */
static void
test_slow(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.server.is_mute = true;
	scene_join(&scene, "");
	scene.client->route.patience = PATIENCE_PERCENT;
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the server takes too long to answer");
	scene.server.is_mute = false;
	RUN_UNTIL(&scene, scene.ups == 1);
	RUN_UNTIL(&scene, scene.downs == 2);
	assert_string_equal(
	    scene.down, "the server has been silent for 15 seconds");
	RUN_UNTIL(&scene, scene.ups == 2);
	scene_fini(&scene);
}

/* WebSockets open, and nothing ever comes through: events may do better. */
static void
test_deaf_websocket(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene_join(&scene, "");
	scene.client->route.patience = 1;
	RUN_UNTIL(&scene, scene.event_streams == 1);
	assert_int_equal(scene.web_sockets, WAN_SERVER_DEAF_MAX);
	scene_fini(&scene);
}

static void
test_nobody_there(void **state)
{
	struct scene scene;
	uint16_t port;

	(void)state;
	scene_init(&scene, rendezvous);
	port = scene.server.port;
	scripted_server_fini(&scene.server);
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "Connection refused"));
	/* nothing is sent to who is not there */
	wan_server_publish(scene.client, bytes_of("{}"));
	assert_false(wan_publisher_is_busy(scene.client->publisher));
	scripted_server_init(
	    &scene.server, scene.base, NULL, port, rendezvous, &scene);
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_int_equal(scene.downs, 1);
	scene_fini(&scene);
}

static void
test_unknown_name(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene_join(&scene, "http://nobody.invalid");
	scene.client->route.patience = PATIENCE_PERCENT;
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "the name nobody.invalid "));
	scene_fini(&scene);
}

/* Stop while nothing works: it ends all the same. */
static void
test_stop_early(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	scene.server.is_mute = true;
	scene_join(&scene, "");
	wan_server_stop(scene.client, bytes_of("{}"), on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	scene_fini(&scene);
	/* and when the server does not answer any more */
	scene_init(&scene, rendezvous);
	scene.refuse_ws = 404;
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	scene.server.is_mute = true;
	wan_server_stop(scene.client, bytes_of("{}"), on_stopped, &scene);
	RUN_UNTIL(&scene, scene.stops == 1);
	scene_fini(&scene);
}

static void
test_too_large(void **state)
{
	static char big[WAN_SERVER_MESSAGE_MAX + 2];
	struct scene scene;
	struct buffer output;

	(void)state;
	scene_init(&scene, rendezvous);
	scene_join(&scene, "");
	RUN_UNTIL(&scene, scene.ups == 1);
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(
	    wan_server_publish(scene.client, bytes_of(big)), -EMSGSIZE);
	/* one of the server's is dropped, and the stream goes on */
	buffer_init(&output, 2 * sizeof(big));
	websocket_send(&scene.frames, WEBSOCKET_TEXT, bytes_of(big), &output);
	send_output(scene.web_socket, &output);
	say_frame(&scene, WEBSOCKET_TEXT, "{\"small\":1}");
	RUN_UNTIL(&scene, scene.messages == 1);
	assert_string_equal(scene.message, "{\"small\":1}");
	scene_fini(&scene);
}

/* --- https */

static const char certificate_path[] = "wan_server_test.pem";

/* Trust what was made last. */
static SSL_CTX *
trusted_tls(const char *host)
{
	SSL_CTX *tls = scripted_tls(host, certificate_path);

	setenv("SSL_CERT_FILE", certificate_path, 1);
	assert_int_equal(wan_server_open(), 0);
	return tls;
}

static void
test_https(void **state)
{
	/* clang-format off */
	static const struct { const char *name, *host, *url, *want; } cases[] = {
		{ "a name",      "localhost",  "https://localhost", NULL },
		{ "an address",  "127.0.0.1",  "https://127.0.0.1", NULL },
		{ "wrong name",  "other.test", "https://localhost", "the server's certificate is not valid: hostname mismatch" },
		{ "wrong address", "localhost", "https://127.0.0.1", "the server's certificate is not valid: IP address mismatch" },
	};
	/* clang-format on */
	struct scene scene;
	SSL_CTX *tls;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tls = trusted_tls(cases[i].host);
		scene_init(&scene, rendezvous);
		scene.server.tls = tls;
		scene.publishes = "{\"n\":1}";
		scene_join(&scene, cases[i].url);
		RUN_UNTIL(&scene, scene.ups + scene.downs == 1);
		if (cases[i].want == NULL) {
			RUN_UNTIL(&scene, scene.heard[0] != '\0');
			say_frame(&scene, WEBSOCKET_TEXT, "{}");
			RUN_UNTIL(&scene, scene.messages == 1);
			wan_server_stop(scene.client, bytes_of("{\"b\":1}"),
			    on_stopped, &scene);
			RUN_UNTIL(&scene, scene.stops && scene.closes);
			assert_string_equal(scene.heard, "{\"b\":1}");
		} else if (strcmp(scene.down, cases[i].want) != 0) {
			fail_msg("%s: %s", cases[i].name, scene.down);
		}
		scene_fini(&scene);
		SSL_CTX_free(tls);
	}
}

/* Not signed by anybody whom the system trusts; or no TLS at all. */
static void
test_bad_https(void **state)
{
	struct scene scene;
	SSL_CTX *tls = scripted_tls("localhost", NULL);

	(void)state;
	scene_init(&scene, rendezvous);
	scene.server.tls = tls;
	scene_join(&scene, "https://localhost");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "certificate is not valid: self"));
	scene_fini(&scene);
	SSL_CTX_free(tls);
	scene_init(&scene, say_script);
	scene.events_headers = "";
	scene_join(&scene, "https://localhost");
	scene.client->route.patience = PATIENCE_PERCENT;
	RUN_UNTIL(&scene, scene.downs == 1);
	scene_fini(&scene);
}

/* --- a proxy: it tunnels to the server of the scene, whatever is asked for */

struct proxy {
	struct scripted_server server;
	struct event_base *base;
	uint16_t to;
	int status;
	char request[256];
	struct bufferevent *out;
};

static void
proxy_on_back(struct bufferevent *bev, void *arg)
{
	struct scripted_connection *connection = arg;

	if (connection->bev != NULL)
		bufferevent_write_buffer(
		    connection->bev, bufferevent_get_input(bev));
}

static void
proxy_script(struct scripted_connection *connection, const char *text,
    size_t len, void *arg)
{
	struct proxy *proxy = arg;
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(proxy->to),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (connection->is_raw) {
		bufferevent_write(proxy->out, text, len);
		return;
	}
	snprintf(proxy->request, sizeof(proxy->request), "%s", text);
	if (proxy->status != 200) {
		refuse(connection, proxy->status);
		return;
	}
	connection->is_raw = true;
	proxy->out =
	    bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(proxy->out, proxy_on_back, NULL, NULL, connection);
	bufferevent_enable(proxy->out, EV_READ | EV_WRITE);
	bufferevent_socket_connect(
	    proxy->out, (struct sockaddr *)&to, sizeof(to));
	scripted_say(connection, "HTTP/1.1 200 Go\r\n\r\n");
}

static void
test_proxy(void **state)
{
	SSL_CTX *tls = trusted_tls("rendezvous.test");
	struct proxy proxy = { .status = 407 };
	struct scene scene;
	char url[64];

	(void)state;
	scene_init(&scene, rendezvous);
	scene.server.tls = tls;
	proxy.base = scene.base;
	proxy.to = scene.server.port;
	scripted_server_init(
	    &proxy.server, scene.base, NULL, 0, proxy_script, &proxy);
	snprintf(url, sizeof(url), "http://me:secret@127.0.0.1:%u",
	    (unsigned int)proxy.server.port);
	setenv("https_proxy", url, 1);
	scene_join(&scene, "https://rendezvous.test");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the proxy 127.0.0.1 refuses (407)");
	proxy.status = 200;
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(
	    strncmp(proxy.request, "CONNECT rendezvous.test:", 24) == 0);
	assert_non_null(strstr(
	    proxy.request, "\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
	unsetenv("https_proxy");
	bufferevent_free(proxy.out);
	scripted_server_fini(&proxy.server);
	scene_fini(&scene);
	SSL_CTX_free(tls);
}

/* --- addresses that come and go */

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
test_address_gone(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, rendezvous);
	set_address("10.9.9.9");
	scripted_server_fini(&scene.server);
	scripted_server_init(
	    &scene.server, scene.base, "10.9.9.9", 0, rendezvous, &scene);
	scene_join(&scene, "http://10.9.9.9");
	RUN_UNTIL(&scene, scene.ups == 1);
	wan_server_network_changed(scene.client); /* but not ours */
	event_base_loop(scene.base, EVLOOP_NONBLOCK);
	assert_int_equal(scene.downs, 0);
	set_address(NULL);
	wan_server_network_changed(scene.client);
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the network of this machine changed");
	set_address("10.9.9.9");
	wan_server_network_changed(scene.client);
	RUN_UNTIL(&scene, scene.ups == 2);
	set_address(NULL);
	scene_fini(&scene);
}

static void
test_url(void **state)
{
	static const struct wan_server_user user;
	struct wan_server_plan plan = { "http://me@host", "x", &user, NULL };
	struct wan_server *server = NULL;
	struct event_base *base = event_base_new();

	(void)state;
	assert_int_equal(wan_server_new(base, &plan, &server), -EINVAL);
	event_base_free(base);
}

static int
set_up(void **state)
{
	(void)state;
	has_network = own_network_enter();
	if (has_network)
		scripted_loopback_up();
	return wan_server_open();
}

static int
tear_down(void **state)
{
	(void)state;
	remove(certificate_path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_websocket),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_going_away),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_first_generation),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_publish_refused),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_bad_redirects),
		cmocka_unit_test(test_no_rendezvous),
		cmocka_unit_test(test_huge_head),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_deaf_websocket),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_stop_early),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_https),
		cmocka_unit_test(test_bad_https),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_address_gone),
		cmocka_unit_test(test_url),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
