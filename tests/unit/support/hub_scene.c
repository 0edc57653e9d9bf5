#include "tests/unit/support/hub_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct hub_scene hall;

/* --- the hub's user */

static void
on_message(struct subscriber *subscriber, void *session, struct bytes message,
    void *arg)
{
	struct session *visitor = session;

	(void)arg;
	assert_ptr_equal(visitor->subscriber, subscriber);
	strncat(visitor->heard, (const char *)message.data, message.len);
	if (bytes_equal(message, bytes_of("throw me out")))
		subscriber_close(
		    subscriber, 1008, "as you wish", monotime_now());
}

static void
on_gone(struct subscriber *subscriber, void *session, enum subscriber_end why,
    void *arg)
{
	struct session *visitor = session;

	(void)arg;
	assert_ptr_equal(visitor->subscriber, subscriber);
	visitor->gone++;
	visitor->why = why;
}

static const struct hub_user hub_user = { on_message, on_gone };

static void
on_roster(enum roster_event event, const struct roster_row *row,
    struct shared_text *text, void *arg)
{
	(void)row;
	(void)arg;
	hub_hear(hall.hub, event, text);
}

static void
on_connected(const struct roster_row *row, void *arg)
{
	(void)row;
	(void)arg;
}

static const struct roster_user roster_user = { on_roster, on_connected };

static void
handle(struct http_request *request, void *arg)
{
	const char *query = http_request_query(request);
	struct session *session = &hall.sessions[hall.session_count];
	const char *since = query != NULL ? strstr(query, "since=") : NULL;
	struct hub_guest guest = {
		.is_websocket =
		    bytes_equal(http_request_path(request), bytes_of("/ws")),
		.is_delta = query != NULL && strstr(query, "delta") != NULL,
		.since = since != NULL ? since + 6 : NULL,
		.session = session,
	};

	(void)arg;
	assert_int_equal(http_header(request, "Goop-Rendezvous", "1.1"), 0);
	if (query != NULL && strcmp(query, "probe=1") == 0) {
		hall.status = hub_join_probe(hall.hub, request);
		return;
	}
	hall.status = hub_join(hall.hub, request, &guest, &session->subscriber);
	if (hall.status == 0)
		hall.session_count++;
}

/* --- hall */

int
open_scene(void **state)
{
	int fd;

	(void)state;
	memset(&hall, 0, sizeof(hall));
	hall.base = event_base_new();
	hall.roster = roster_new(1000, &roster_user, NULL);
	hall.hub = hub_new(hall.base, hall.roster, &hub_user, NULL);
	hall.server =
	    http_server_new(hall.base, &http_limits_default, handle, NULL);
	hall.ts_ms = 1000;
	assert_int_equal(http_address_parse("127.0.0.1:0", &hall.address), 0);
	assert_int_equal(http_listen(&hall.address, &fd), 0);
	assert_int_equal(http_server_take_listener(hall.server, fd), 0);
	return 0;
}

int
close_scene(void **state)
{
	size_t i;

	(void)state;
	hub_free(hall.hub);
	for (i = 0; i < hall.session_count; i++)
		assert_int_equal(hall.sessions[i].gone, 1);
	http_server_free(hall.server);
	roster_free(hall.roster);
	for (i = 0; i < hall.client_count; i++) {
		close(hall.clients[i].fd);
		websocket_fini(&hall.clients[i].websocket);
		buffer_fini(&hall.clients[i].in);
		buffer_fini(&hall.clients[i].out);
	}
	event_base_free(hall.base);
	return 0;
}

/* --- peers */

void
say(const char *type, const char *peer, const char *label)
{
	struct presence message = {
		.type = (char *)(uintptr_t)type,
		.peer_id = (char *)(uintptr_t)peer,
		.content = (char *)(uintptr_t)label,
		.ts_ms = hall.ts_ms++,
	};
	struct client_address from = { .octets = { 0 } };
	struct roster_heard heard = {
		.message = &message,
		.from = &from,
		.now = monotime_now(),
		.clock_ms = hall.ts_ms,
	};

	assert_int_equal(roster_hear(hall.roster, &heard), ROSTER_ACCEPTED);
}

/* --- clients */

static void
note(struct client *client, const char *word, size_t len)
{
	assert_true(client->told_len + len + 2 < TOLD_MAX);
	memcpy(client->told + client->told_len, word, len);
	client->told_len += len;
	client->told[client->told_len++] = ' ';
	client->told[client->told_len] = '\0';
}

/* "value" of "key":"value" in a message, or of a bare value */
static struct bytes
value_of(struct bytes json, const char *key)
{
	const uint8_t *at = memmem(json.data, json.len, key, strlen(key));
	const uint8_t *end = json.data + json.len;
	struct bytes value = { NULL, 0 };

	if (at == NULL)
		return value;
	value.data = at + strlen(key);
	while (value.data + value.len < end &&
	       strchr("\",}", value.data[value.len]) == NULL)
		value.len++;
	return value;
}

/* "+peer=label" is online, "-peer" gone, "begin:", "changes:", "synced". */
static void
note_message(struct client *client, struct bytes json)
{
	struct bytes type = value_of(json, "\"type\":\"");
	struct bytes peer = value_of(json, "\"peerId\":\"");
	struct bytes label = value_of(json, "\"content\":\"");
	struct bytes full = value_of(json, "\"full\":");
	char word[128];

	if (bytes_equal(type, bytes_of("begin")))
		snprintf(word, sizeof(word), "%s",
		    bytes_equal(full, bytes_of("true")) ? "begin:"
							: "changes:");
	else if (bytes_equal(type, bytes_of("synced")))
		snprintf(word, sizeof(word), "synced");
	else if (bytes_equal(type, bytes_of("offline")))
		snprintf(word, sizeof(word), "-%.*s", (int)peer.len,
		    (const char *)peer.data);
	else
		snprintf(word, sizeof(word), "+%.*s=%.*s", (int)peer.len,
		    (const char *)peer.data, (int)label.len,
		    (const char *)label.data);
	note(client, word, strlen(word));
}

static void
on_frame(const struct websocket_event *event, void *arg)
{
	struct client *client = arg;
	char word[64];

	if (event->opcode == WEBSOCKET_TEXT)
		note_message(client, event->payload);
	if (event->opcode != WEBSOCKET_CLOSE)
		return;
	snprintf(word, sizeof(word), "close:%u:%.*s", event->code,
	    (int)event->payload.len, (const char *)event->payload.data);
	note(client, word, strlen(word));
}

/* A line of an event stream, without its end. */
static void
note_line(struct client *client, struct bytes line)
{
	if (bytes_skip(&line, "data: "))
		note_message(client, line);
	else if (bytes_skip(&line, "id: "))
		note(client, "id", 2);
	else if (bytes_skip(&line, ":"))
		note(client, "comment", 7);
	else if (bytes_skip(&line, "retry: "))
		note(client, "retry", 5);
	else
		assert_int_equal(line.len, 0);
}

static void
read_head(struct client *client)
{
	struct bytes in = buffer_bytes(&client->in);
	const uint8_t *end;
	size_t len;

	if (client->head[0] != '\0' || in.len == 0)
		return;
	end = memmem(in.data, in.len, "\r\n\r\n", 4);
	if (end == NULL)
		return;
	len = (size_t)(end + 4 - in.data);
	assert_true(len < sizeof(client->head));
	memcpy(client->head, in.data, len);
	buffer_consume(&client->in, len);
}

static void
read_stream(struct client *client)
{
	struct bytes in = buffer_bytes(&client->in);
	const uint8_t *end;

	if (client->is_websocket) {
		assert_int_equal(websocket_receive(&client->websocket, in,
				     on_frame, client, &client->out),
		    0);
		buffer_consume(&client->in, in.len);
		return;
	}
	while ((in = buffer_bytes(&client->in)).len > 0 &&
	       (end = memchr(in.data, '\n', in.len)) != NULL) {
		size_t len = (size_t)(end - in.data);

		note_line(client, (struct bytes){ in.data, len });
		buffer_consume(&client->in, len + 1);
	}
}

/* What is there, and the answers to it. */
void
look(struct client *client)
{
	uint8_t data[4096];
	ssize_t n;

	while ((n = recv(client->fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		assert_int_equal(buffer_append(&client->in,
				     (struct bytes){ data, (size_t)n }),
		    0);
	client->has_ended |= n == 0 || (n == -1 && errno != EAGAIN);
	read_head(client);
	if (strstr(client->head, " 200 ") != NULL ||
	    strstr(client->head, " 101 ") != NULL)
		read_stream(client);
	if (client->out.len > 0)
		(void)send(client->fd, buffer_bytes(&client->out).data,
		    client->out.len, MSG_NOSIGNAL);
	buffer_fini(&client->out);
}

void
turn(void)
{
	size_t i;

	event_base_loop(hall.base, EVLOOP_NONBLOCK);
	for (i = 0; i < hall.client_count; i++)
		look(&hall.clients[i]);
	usleep(500);
}

struct client *
come(const char *request)
{
	struct client *client = &hall.clients[hall.client_count++];

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client->is_websocket = strncmp(request, "GET /ws", 7) == 0;
	websocket_init(&client->websocket, WEBSOCKET_CLIENT, 64 * 1024);
	buffer_init(&client->in, 64 * 1024 * 1024);
	buffer_init(&client->out, 64 * 1024);
	assert_int_equal(
	    connect(client->fd, &hall.address.sa, sizeof(hall.address.v4)), 0);
	assert_int_equal(
	    send(client->fd, request, strlen(request), 0), strlen(request));
	UNTIL(client->head[0] != '\0');
	if (hall.session_count > 0)
		client->session = &hall.sessions[hall.session_count - 1];
	return client;
}

void
send_text(struct client *client, const char *text)
{
	assert_int_equal(websocket_send(&client->websocket, WEBSOCKET_TEXT,
			     bytes_of(text), &client->out),
	    0);
	look(client);
}

/* Wait for so many bytes of words, then compare them all. */
void
expect(struct client *client, const char *want)
{
	int turns = 0;

	while (client->told_len < strlen(want) && turns++ < TURNS_MAX)
		turn();
	if (strcmp(client->told, want) != 0)
		fail_msg("told '%s', want '%s'", client->told, want);
	client->told_len = 0;
	client->told[0] = '\0';
}
