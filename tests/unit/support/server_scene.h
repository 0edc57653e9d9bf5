/*
 * server_scene: a rendezvous_server, its owner, and a scripted rendezvous
 * server that it talks to, on one loop in a network of the test's own.
 */
#ifndef TESTS_UNIT_SUPPORT_SERVER_SCENE_H
#define TESTS_UNIT_SUPPORT_SERVER_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/http/stream/websocket.h"
#include "common/resolver/resolver.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "tests/unit/support/scripted_server.h"

#define OURS    "Goop-Rendezvous: 1.1\r\n"
#define DELTA   OURS "Goop-Rendezvous-Mode: delta\r\n"
#define NOTHING "Content-Length: 0\r\n\r\n"
#define EVENTS \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
	"Transfer-Encoding: chunked\r\n"

enum { PATIENCE_PERCENT = 3, GIVE_UP_S = 20 };

/* What was told, and what the server heard. */
struct server_scene {
	struct event_base *base;
	struct scripted_server server;
	struct resolver *resolver;
	struct rendezvous_server *client;
	struct event *give_up;
	bool is_over;
	const char *publishes; /* what is said when it is wanted */

	unsigned int ups, downs, wanted, messages, begins, synceds, alives;
	unsigned int refusals, stops;
	bool is_ours, is_full;
	int refused_status;
	char down[256], refusal[256], message[256], cursor[80];
	unsigned int relays;
	char relay[128]; /* its id; "": the server has none */

	/* the server's side */
	unsigned int web_sockets, event_streams, posts, post_connections;
	unsigned int closes, pongs, probes;
	bool is_strict;             /* knows the first keys alone */
	const char *publishes_then; /* after a refusal, or NULL */
	int refuse_ws, refuse_events, refuse_publish;
	const char *ws_headers, *events_headers, *moved_to;
	const char *relay_json; /* NULL: 404 */
	struct websocket frames;
	struct scripted_connection *web_socket, *event_stream;
	char path[256], heard[256];
};

/* Run the loop until the condition holds; ends the test if it never does. */
#define RUN_UNTIL(scene, condition) \
	do { \
		while (!(condition) && !(scene)->is_over) \
			event_base_loop((scene)->base, EVLOOP_ONCE); \
		if ((scene)->is_over) \
			fail_msg("never came: %s (down: %s, refusal: %s)", \
			    #condition, (scene)->down, (scene)->refusal); \
	} while (0)

/* The test's own network; for the set-up of a group of tests. */
int server_scene_set_up(void **state);

/* Nothing but the server, which follows the script; skips the test where there
 * is no network of its own. */
void server_scene_init(struct server_scene *, scripted_fn *script);
void server_scene_fini(struct server_scene *);

/* A client of http://127.0.0.1 with this base path; or of this URL, which the
 * port is added to. */
void server_scene_join(struct server_scene *, const char *url);
struct rendezvous_server_state server_scene_state(struct server_scene *);

/* A server as it should be, unless the scene says otherwise. */
void server_scene_script(
    struct scripted_connection *, const char *text, size_t len, void *scene);
void server_scene_refuse(struct scripted_connection *, int status);

/* What the server says over its WebSocket, or its event stream. */
void server_scene_say(
    struct server_scene *, enum websocket_opcode, const char *text);
void server_scene_say_event(struct server_scene *, const char *text);
void server_scene_send(struct scripted_connection *, struct buffer *output);

/* For rendezvous_server_stop: counts, and frees the client. */
void server_scene_on_stopped(void *scene);

#endif
