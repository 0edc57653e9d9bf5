#include "tests/unit/support/server_scene.h"

#include <stdio.h>
#include <string.h>

#include "common/http_client/http_client.h"
#include "tests/unit/support/own_network.h"

static bool has_network;

/* --- the owner */

static void
on_up(bool is_ours, int64_t clock_offset_ms, void *arg)
{
	struct server_scene *scene = arg;

	(void)clock_offset_ms;
	scene->is_ours = is_ours;
	scene->ups++;
}

static void
on_down(const char *sentence, void *arg)
{
	struct server_scene *scene = arg;

	snprintf(scene->down, sizeof(scene->down), "%s", sentence);
	scene->downs++;
}

static void
on_wanted(void *arg)
{
	struct server_scene *scene = arg;

	scene->wanted++;
	if (scene->publishes != NULL)
		rendezvous_server_publish(
		    scene->client, bytes_of(scene->publishes));
}

static void
on_message(struct bytes json, void *arg)
{
	struct server_scene *scene = arg;

	snprintf(scene->message, sizeof(scene->message), "%.*s", (int)json.len,
	    (const char *)json.data);
	scene->messages++;
}

static void
on_begin(bool is_full, void *arg)
{
	struct server_scene *scene = arg;

	scene->is_full = is_full;
	scene->begins++;
}

static void
on_synced(const char *cursor, void *arg)
{
	struct server_scene *scene = arg;

	snprintf(scene->cursor, sizeof(scene->cursor), "%s", cursor);
	scene->synceds++;
}

static void
on_alive(void *arg)
{
	struct server_scene *scene = arg;

	scene->alives++;
}

static bool
on_refused(int status, const char *sentence, void *arg)
{
	struct server_scene *scene = arg;

	scene->refused_status = status;
	snprintf(scene->refusal, sizeof(scene->refusal), "%s", sentence);
	scene->refusals++;
	if (scene->publishes_then == NULL)
		return false;
	scene->publishes = scene->publishes_then;
	scene->publishes_then = NULL;
	rendezvous_server_publish(scene->client, bytes_of(scene->publishes));
	return true;
}

void
server_scene_on_stopped(void *arg)
{
	struct server_scene *scene = arg;

	scene->stops++;
	rendezvous_server_free(scene->client);
	scene->client = NULL;
}

static void
on_relay(const struct relay_info *relay, void *arg)
{
	struct server_scene *scene = arg;

	scene->relays++;
	snprintf(scene->relay, sizeof(scene->relay), "%s %s",
	    relay->peer_id != NULL ? relay->peer_id : "none",
	    relay->addresses.count > 0 ? relay->addresses.items[0] : "");
}

static const struct rendezvous_server_user scene_user = {
	.on_up = on_up,
	.on_down = on_down,
	.on_wanted = on_wanted,
	.on_message = on_message,
	.on_begin = on_begin,
	.on_synced = on_synced,
	.on_alive = on_alive,
	.on_relay = on_relay,
	.on_refused = on_refused,
};

/* --- a server as it should be, unless it refuses */

void
server_scene_refuse(struct scripted_connection *connection, int status)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 %d no\r\nContent-Length: 10\r\n\r\nnot today\n", status);
	scripted_say(connection, text);
}

static void
on_frame(const struct websocket_event *event, void *arg)
{
	struct server_scene *scene = arg;

	if (event->opcode == WEBSOCKET_TEXT)
		snprintf(scene->heard, sizeof(scene->heard), "%.*s",
		    (int)event->payload.len, (const char *)event->payload.data);
	else if (event->opcode == WEBSOCKET_PONG)
		scene->pongs++;
	else if (event->opcode == WEBSOCKET_CLOSE)
		scene->closes++;
}

void
server_scene_send(struct scripted_connection *connection, struct buffer *output)
{
	scripted_say_bytes(connection, buffer_bytes(output));
	buffer_fini(output);
}

static void
hear_frames(struct scripted_connection *connection, struct bytes bytes,
    struct server_scene *scene)
{
	struct buffer output;

	buffer_init(&output, 64 * 1024);
	assert_int_equal(
	    websocket_receive(&scene->frames, bytes, on_frame, scene, &output),
	    0);
	server_scene_send(connection, &output);
	if (scene->frames.state == WEBSOCKET_CLOSED)
		scripted_close(connection);
}

void
server_scene_say(
    struct server_scene *scene, enum websocket_opcode opcode, const char *text)
{
	struct buffer output;

	buffer_init(&output, 64 * 1024);
	assert_int_equal(
	    websocket_send(&scene->frames, opcode, bytes_of(text), &output), 0);
	server_scene_send(scene->web_socket, &output);
}

void
server_scene_say_event(struct server_scene *scene, const char *text)
{
	char chunk[512];

	snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(text), text);
	scripted_say(scene->event_stream, chunk);
}

static void
open_web_socket(struct scripted_connection *connection, const char *request,
    struct server_scene *scene)
{
	websocket_fini(&scene->frames);
	websocket_init(&scene->frames, WEBSOCKET_SERVER, 64 * 1024);
	scripted_upgrade(connection, request,
	    scene->ws_headers != NULL ? scene->ws_headers : "");
	scene->web_socket = connection;
	scene->web_sockets++;
}

static void
open_events(struct scripted_connection *connection, struct server_scene *scene)
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
    struct server_scene *scene)
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
		server_scene_refuse(connection, scene->refuse_publish);
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
answer_relay(struct scripted_connection *connection, struct server_scene *scene)
{
	char text[1024];

	if (scene->relay_json == NULL) {
		server_scene_refuse(connection, 404);
		return;
	}
	snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(scene->relay_json), scene->relay_json);
	scripted_say(connection, text);
}

void
server_scene_script(struct scripted_connection *connection, const char *text,
    size_t len, void *arg)
{
	struct server_scene *scene = arg;

	if (connection->is_raw) {
		hear_frames(connection,
		    (struct bytes){ (const uint8_t *)text, len }, scene);
		return;
	}
	if (strstr(text, "/relay HTTP/1.1\r\n") != NULL) {
		answer_relay(connection, scene);
		return;
	}
	snprintf(scene->path, sizeof(scene->path), "%.*s",
	    (int)strcspn(text, "\r"), text);
	if (scene->moved_to != NULL && strncmp(text, "GET /old/", 9) == 0) {
		move(connection, scene->moved_to);
	} else if (strstr(scene->path, "/ws?") != NULL) {
		scene->probes++;
		if (scene->refuse_ws != 0)
			server_scene_refuse(connection, scene->refuse_ws);
		else
			open_web_socket(connection, text, scene);
	} else if (strstr(scene->path, "/events?") != NULL) {
		if (scene->refuse_events != 0)
			server_scene_refuse(connection, scene->refuse_events);
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
	struct server_scene *scene = arg;

	(void)fd;
	(void)what;
	scene->is_over = true;
}

static void
on_resolver_lost(void *arg)
{
	(void)arg;
	fail_msg("the resolver died");
}

void
server_scene_init(struct server_scene *scene, scripted_fn *script)
{
	static const struct timeval give_up = { GIVE_UP_S, 0 };

	if (!has_network)
		skip();
	memset(scene, 0, sizeof(*scene));
	scene->base = event_base_new();
	assert_int_equal(resolver_new(scene->base, on_resolver_lost, scene,
			     &scene->resolver),
	    0);
	scene->give_up = evtimer_new(scene->base, on_give_up, scene);
	event_add(scene->give_up, &give_up);
	websocket_init(&scene->frames, WEBSOCKET_SERVER, 64 * 1024);
	scripted_server_init(
	    &scene->server, scene->base, NULL, 0, script, scene);
}

/* format has a %u for the port. */
void
server_scene_join(struct server_scene *scene, const char *format)
{
	char url[256];
	struct rendezvous_server_plan plan = { .url = url,
		.peer_id = "12D3KooW/me",
		.resolver = scene->resolver,
		.user = &scene_user,
		.arg = scene };

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s",
	    (unsigned int)scene->server.port, format);
	if (strstr(format, "://") != NULL)
		snprintf(url, sizeof(url), "%s:%u", format,
		    (unsigned int)scene->server.port);
	assert_int_equal(
	    rendezvous_server_new(scene->base, &plan, &scene->client), 0);
}

void
server_scene_fini(struct server_scene *scene)
{
	rendezvous_server_free(scene->client);
	resolver_free(scene->resolver);
	scripted_server_fini(&scene->server);
	websocket_fini(&scene->frames);
	event_free(scene->give_up);
	event_base_free(scene->base);
}

struct rendezvous_server_state
server_scene_state(struct server_scene *scene)
{
	struct rendezvous_server_state state;

	rendezvous_server_state(scene->client, &state);
	return state;
}

int
server_scene_set_up(void **state)
{
	(void)state;
	has_network = own_network_enter();
	if (has_network)
		scripted_loopback_up();
	return http_client_open();
}
