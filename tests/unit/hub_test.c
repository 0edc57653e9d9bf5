/* The hub with a roster behind it and real connections in front, in one loop.
 * What each client was told is compared as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/http/http_listen.h"
#include "common/http/http_server.h"
#include "common/http/websocket.h"
#include "goop-rendezvousd/hub_internal.h"

enum { CLIENTS = 16, TOLD_MAX = 64 * 1024, TURNS_MAX = 20000 };

/* What the hub's user keeps of one. */
struct session {
	struct subscriber *subscriber;
	enum subscriber_end why;
	int gone;
	char heard[256];
};

/* One client: its socket, and what it was told, one word a message. */
struct client {
	int fd;
	bool is_websocket;
	struct websocket websocket;
	struct buffer in, out;
	char head[1024];
	char told[TOLD_MAX];
	size_t told_len;
	bool has_ended;
	struct session *session;
};

static struct scene {
	struct event_base *base;
	struct http_server *server;
	union http_address address;
	struct roster *roster;
	struct hub *hub;
	struct session sessions[CLIENTS];
	struct client clients[CLIENTS];
	size_t session_count, client_count;
	struct subscriber *last;
	int status;
	bool drained;
	int64_t ts_ms;
} scene;

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
		hub_close(subscriber, 1008, "as you wish");
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
	hub_hear(scene.hub, event, text);
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
	struct session *session = &scene.sessions[scene.session_count];
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
		scene.status = hub_join_probe(scene.hub, request);
		return;
	}
	scene.status =
	    hub_join(scene.hub, request, &guest, &session->subscriber);
	if (scene.status == 0)
		scene.session_count++;
}

/* --- scene */

static int
open_scene(void **state)
{
	int fd;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.base = event_base_new();
	scene.roster = roster_new(1000, &roster_user, NULL);
	scene.hub = hub_new(scene.base, scene.roster, &hub_user, NULL);
	scene.server =
	    http_server_new(scene.base, &http_limits_default, handle, NULL);
	scene.ts_ms = 1000;
	assert_int_equal(http_address_parse("127.0.0.1:0", &scene.address), 0);
	assert_int_equal(http_listen(&scene.address, &fd), 0);
	assert_int_equal(http_server_take_listener(scene.server, fd), 0);
	return 0;
}

static int
close_scene(void **state)
{
	size_t i;

	(void)state;
	hub_free(scene.hub);
	for (i = 0; i < scene.session_count; i++)
		assert_int_equal(scene.sessions[i].gone, 1);
	http_server_free(scene.server);
	roster_free(scene.roster);
	for (i = 0; i < scene.client_count; i++) {
		close(scene.clients[i].fd);
		websocket_fini(&scene.clients[i].websocket);
		buffer_fini(&scene.clients[i].in);
		buffer_fini(&scene.clients[i].out);
	}
	event_base_free(scene.base);
	return 0;
}

/* --- peers */

static void
say(const char *type, const char *peer, const char *label)
{
	struct rendezvous_message message = {
		.type = (char *)(uintptr_t)type,
		.peer_id = (char *)(uintptr_t)peer,
		.content = (char *)(uintptr_t)label,
		.ts_ms = scene.ts_ms++,
	};
	struct client_address from = { .octets = { 0 } };
	struct roster_heard heard = {
		.message = &message,
		.from = &from,
		.now = monotime_now(),
		.clock_ms = scene.ts_ms,
	};

	assert_int_equal(roster_hear(scene.roster, &heard), ROSTER_ACCEPTED);
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
static void
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

static void
turn(void)
{
	size_t i;

	event_base_loop(scene.base, EVLOOP_NONBLOCK);
	for (i = 0; i < scene.client_count; i++)
		look(&scene.clients[i]);
	usleep(500);
}

#define UNTIL(condition) \
	do { \
		int turns_ = 0; \
		while (!(condition)) { \
			if (turns_++ > TURNS_MAX) \
				fail_msg("in vain: %s", #condition); \
			turn(); \
		} \
	} while (0)

static struct client *
come(const char *request)
{
	struct client *client = &scene.clients[scene.client_count++];

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client->is_websocket = strncmp(request, "GET /ws", 7) == 0;
	websocket_init(&client->websocket, WEBSOCKET_CLIENT, 64 * 1024);
	buffer_init(&client->in, 64 * 1024 * 1024);
	buffer_init(&client->out, 64 * 1024);
	assert_int_equal(
	    connect(client->fd, &scene.address.sa, sizeof(scene.address.v4)),
	    0);
	assert_int_equal(
	    send(client->fd, request, strlen(request), 0), strlen(request));
	UNTIL(client->head[0] != '\0');
	if (scene.session_count > 0)
		client->session = &scene.sessions[scene.session_count - 1];
	return client;
}

#define EVENTS(query) "GET /events" query " HTTP/1.1\r\nHost: a\r\n\r\n"
#define SOCKET(query) \
	"GET /ws" query " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void
send_text(struct client *client, const char *text)
{
	assert_int_equal(websocket_send(&client->websocket, WEBSOCKET_TEXT,
			     bytes_of(text), &client->out),
	    0);
	look(client);
}

/* Wait for so many bytes of words, then compare them all. */
static void
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

/* --- tests */

static void
test_heads(void **state)
{
	struct client *events = come(EVENTS(""));
	struct client *delta = come(EVENTS("?mode=delta"));
	struct client *behind = come("GET /events HTTP/1.1\r\nHost: a\r\n"
				     "Via: 1.1 proxy\r\n\r\n");
	struct client *ws = come(SOCKET("?peer_id=a&mode=delta"));

	(void)state;
	assert_memory_equal(events->head, "HTTP/1.1 200 OK\r\nDate: ", 23);
	assert_non_null(strstr(events->head, "Goop-Rendezvous: 1.1\r\n"));
	assert_non_null(
	    strstr(events->head, "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(events->head, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(events->head, "X-Accel-Buffering: no\r\n"));
	assert_null(strstr(events->head, "Content-Encoding"));
	assert_null(strstr(events->head, "Goop-Rendezvous-Mode"));
	assert_non_null(strstr(behind->head, "Content-Encoding: identity\r\n"));
	assert_non_null(strstr(delta->head, "Goop-Rendezvous-Mode: delta\r\n"));
	assert_memory_equal(
	    ws->head, "HTTP/1.1 101 Switching Protocols\r\n", 34);
	assert_non_null(strstr(ws->head,
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	assert_non_null(strstr(ws->head, "Upgrade: websocket\r\n"));
	assert_non_null(strstr(ws->head, "Connection: Upgrade\r\n"));
	assert_non_null(strstr(ws->head, "Goop-Rendezvous-Mode: delta\r\n"));
	expect(events, "comment retry ");
	expect(delta, "comment retry begin: id synced ");
	expect(ws, "begin: synced ");
}

static void
test_refusals(void **state)
{
	(void)state;
	(void)come("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(scene.status, 400);
	assert_non_null(
	    strstr(scene.clients[0].head, "Sec-WebSocket-Version: 13\r\n"));
	(void)come("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Version: 12\r\n\r\n");
	assert_int_equal(scene.status, 426);
	(void)come("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		   "Origin: http://evil.example\r\n\r\n");
	assert_int_equal(scene.status, 403);
	assert_int_equal(hub_count(scene.hub), 0);
}

/* All four formats are told the same, each in its way. */
static void
test_snapshot_and_changes(void **state)
{
	struct client *events, *delta, *ws, *ws_delta;

	(void)state;
	say("online", "a", "A");
	say("online", "b", "B");
	say("offline", "b", "");
	events = come(EVENTS(""));
	delta = come(EVENTS("?mode=delta"));
	ws = come(SOCKET("?peer_id=x"));
	ws_delta = come(SOCKET("?peer_id=x&mode=delta"));
	expect(events, "comment retry +a=A ");
	expect(delta, "comment retry begin: +a=A id synced ");
	expect(ws, "+a=A ");
	expect(ws_delta, "begin: +a=A synced ");
	/* What happens together is told together. */
	say("online", "c", "C");
	say("update", "a", "A2");
	say("offline", "c", "");
	expect(events, "+c=C +a=A2 -c ");
	expect(delta, "+c=C +a=A2 -c id synced ");
	expect(ws, "+c=C +a=A2 -c ");
	expect(ws_delta, "+c=C +a=A2 -c synced ");
	/* An unchanged heartbeat is nothing. */
	say("update", "a", "A2");
	say("online", "d", "D");
	expect(ws_delta, "+d=D synced ");
	expect(events, "+d=D ");
}

static void
test_formatted_once(void **state)
{
	struct client *a = come(SOCKET("")), *b = come(SOCKET(""));
	struct client *other = come(EVENTS("?mode=delta"));
	struct hub_channel *channel =
	    &scene.hub->channels[SUBSCRIBER_WEBSOCKET_CLASSIC];

	(void)state;
	expect(other, "comment retry begin: id synced ");
	say("online", "a", "A");
	expect(a, "+a=A ");
	expect(b, "+a=A ");
	/* The feed's own, and one for each reader; nothing older is left. */
	assert_int_equal(channel->feed.newest->refs, 3);
	assert_int_equal(channel->feed.newest->messages, 1);
	assert_ptr_equal(a->session->subscriber->cursor.chunk,
	    b->session->subscriber->cursor.chunk);
	assert_null(
	    scene.hub->channels[SUBSCRIBER_EVENTS_CLASSIC].feed.newest->next);
	/* Nobody is there to read that: it was not formatted. */
	assert_int_equal(
	    scene.hub->channels[SUBSCRIBER_WEBSOCKET_DELTA].feed.newest->len,
	    0);
}

static void
cursor_text(char text[ROSTER_CURSOR_SIZE])
{
	struct roster_cursor cursor = roster_now(scene.roster);

	roster_cursor_print(&cursor, text);
}

static void
test_since(void **state)
{
	char cursor[ROSTER_CURSOR_SIZE], request[512];
	struct client *client;

	(void)state;
	say("online", "a", "A");
	say("online", "b", "B");
	say("online", "c", "C");
	cursor_text(cursor);
	say("offline", "a", "");
	say("update", "b", "B2");
	snprintf(request, sizeof(request),
	    "GET /events?mode=delta&since=%s HTTP/1.1\r\nHost: a\r\n\r\n",
	    cursor);
	client = come(request);
	expect(client, "comment retry changes: -a +b=B2 id synced ");
	client = come(EVENTS("?mode=delta&since=1-2"));
	expect(client, "comment retry begin: +c=C +b=B2 id synced ");
	client = come(EVENTS("?mode=delta&since=rubbish"));
	expect(client, "comment retry begin: +c=C +b=B2 id synced ");
	cursor_text(cursor);
	snprintf(request, sizeof(request),
	    "GET /events?mode=delta&since=%s HTTP/1.1\r\nHost: a\r\n\r\n",
	    cursor);
	client = come(request);
	expect(client, "comment retry changes: id synced ");
}

/* A snapshot serves several newcomers, with what came since. */
static void
test_snapshot_is_shared(void **state)
{
	struct client *client;
	struct chunk *rows;
	char peer[16];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(peer, sizeof(peer), "p%d", i);
		say("online", peer, "L");
	}
	client = come(SOCKET("?mode=delta"));
	expect(client, "begin: +p0=L +p1=L +p2=L synced ");
	rows = scene.hub->news[1].rows;
	assert_non_null(rows);
	say("offline", "p1", "");
	say("online", "p3", "L");
	client = come(SOCKET(""));
	expect(client, "+p0=L +p1=L +p2=L -p1 +p3=L ");
	assert_ptr_equal(scene.hub->news[1].rows, rows);
	/* Too much has changed: another one. */
	for (i = 0; i < HUB_SNAPSHOT_NEWER + 10; i++) {
		snprintf(peer, sizeof(peer), "q%d", i);
		say("online", peer, "L");
		say("offline", peer, "");
	}
	client = come(SOCKET("?mode=delta"));
	expect(client, "begin: +p0=L +p2=L +p3=L synced ");
}

/* Whoever comes amid changes is told each of them, once, in the end. */
static void
test_newcomer_amid_changes(void **state)
{
	struct client *old = come(SOCKET("?mode=delta")), *new;

	(void)state;
	expect(old, "begin: synced ");
	say("online", "a", "A");
	new = come(SOCKET("?mode=delta"));
	say("online", "b", "B");
	UNTIL(strstr(new->told, "+b=B") != NULL);
	UNTIL(strstr(old->told, "+b=B") != NULL);
	assert_memory_equal(new->told, "begin: +a=A ", 12);
	assert_null(strstr(new->told + 12, "+a=A"));
	assert_int_equal(new->session->gone, 0);
}

static void
test_messages_and_hints(void **state)
{
	struct client *ws = come(SOCKET(""));
	struct client *events = come(EVENTS(""));
	struct shared_text *hint = shared_text_new(
	    bytes_of("{\"type\":\"punch\",\"peerId\":\"p\",\"ts\":1}"));

	(void)state;
	/* Nothing is lost of what comes before we look. */
	send_text(ws, "one");
	send_text(ws, "two");
	UNTIL(strcmp(ws->session->heard, "onetwo") == 0);
	assert_true(hub_tell(ws->session->subscriber, hint));
	expect(ws, "+p= ");
	expect(events, "comment retry ");
	hub_tell_events(scene.hub, hint);
	expect(events, "+p= ");
	assert_int_equal(ws->told_len, 0);
	shared_text_unref(hint);
}

static void
test_ends(void **state)
{
	struct client *leaves = come(SOCKET("")), *lost = come(SOCKET(""));
	struct client *ends = come(EVENTS("")), *thrown = come(SOCKET(""));
	struct hub_stats stats;

	(void)state;
	UNTIL(thrown->session->subscriber->is_started);
	assert_int_equal(websocket_close(&leaves->websocket, 1000, "",
			     monotime_now(), &leaves->out),
	    0);
	look(leaves);
	UNTIL(leaves->session->gone == 1);
	assert_int_equal(leaves->session->why, SUBSCRIBER_LEFT);
	shutdown(lost->fd, SHUT_RDWR);
	UNTIL(lost->session->gone == 1);
	assert_int_equal(lost->session->why, SUBSCRIBER_LOST);
	shutdown(ends->fd, SHUT_WR);
	UNTIL(ends->session->gone == 1);
	assert_int_equal(ends->session->why, SUBSCRIBER_LEFT);
	send_text(thrown, "throw me out");
	expect(thrown, "close:1008:as you wish ");
	UNTIL(thrown->session->gone == 1);
	assert_int_equal(thrown->session->why, SUBSCRIBER_CLOSED);
	hub_get_stats(scene.hub, &stats);
	assert_int_equal(stats.joined, 4);
	assert_int_equal(stats.ended[SUBSCRIBER_LEFT], 2);
	assert_int_equal(stats.messages_in, 1);
	assert_int_equal(hub_count(scene.hub), 0);
}

static void
test_probe(void **state)
{
	struct client *client = come(SOCKET("?probe=1"));

	(void)state;
	expect(client, "close:1000:probe-ok ");
	UNTIL(client->has_ended);
	UNTIL(hub_count(scene.hub) == 0);
	assert_int_equal(scene.session_count, 0);
}

/* One does not read at all: the others are told as ever, it goes. */
static void
test_slow_reader(void **state)
{
	static char label[4096];
	struct client *quick = come(SOCKET("?mode=delta"));
	struct session *slow;
	char request[] = SOCKET("?mode=delta"), peer[16];
	int i, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int small = 4096;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(
	    connect(fd, &scene.address.sa, sizeof(scene.address.v4)), 0);
	assert_int_equal(
	    send(fd, request, strlen(request), 0), strlen(request));
	UNTIL(hub_count(scene.hub) == 2);
	slow = &scene.sessions[1];
	expect(quick, "begin: synced ");
	memset(label, 'x', 100);
	for (i = 0; i < 100000 && slow->gone == 0; i++) {
		memset(label, 'a' + i % 26, sizeof(label) - 1);
		snprintf(peer, sizeof(peer), "p%d", i % 100);
		say("update", peer, label);
		if (i % 16 == 0)
			turn();
		quick->told_len = 0;
	}
	assert_int_equal(slow->gone, 1);
	assert_int_equal(slow->why, SUBSCRIBER_SLOW);
	quick->told_len = 0;
	quick->told[0] = '\0';
	say("online", "end", "E");
	UNTIL(strstr(quick->told, "+end=E") != NULL);
	assert_int_equal(quick->session->gone, 0);
	close(fd);
}

static void
on_drained(void *arg)
{
	(void)arg;
	scene.drained = true;
}

static void
test_drain(void **state)
{
	struct client *ws = come(SOCKET("")), *events = come(EVENTS(""));
	struct client *mute = come(SOCKET("?mode=delta"));

	(void)state;
	expect(events, "comment retry ");
	expect(mute, "begin: synced ");
	scene.client_count--; /* the last one does not look any more */
	hub_drain(scene.hub, on_drained, NULL);
	UNTIL(ws->has_ended && events->has_ended);
	assert_memory_equal(ws->told, "close:1001:retry=5", 18);
	expect(events, "retry ");
	UNTIL(scene.drained);
	assert_int_equal(hub_count(scene.hub), 0);
	scene.client_count++;
	(void)come(EVENTS(""));
	assert_int_equal(scene.status, 503);
	scene.session_count = 3;
}

static void
test_drain_of_nobody(void **state)
{
	(void)state;
	hub_drain(scene.hub, on_drained, NULL);
	assert_false(scene.drained);
	UNTIL(scene.drained);
}

/* Nobody has to be there: nothing is kept for them. */
static void
test_changes_for_nobody(void **state)
{
	(void)state;
	say("online", "a", "A");
	assert_int_equal(scene.hub->change_count, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_heads),
		TEST(test_refusals),
		TEST(test_snapshot_and_changes),
		TEST(test_formatted_once),
		TEST(test_since),
		TEST(test_snapshot_is_shared),
		TEST(test_newcomer_amid_changes),
		TEST(test_messages_and_hints),
		TEST(test_ends),
		TEST(test_probe),
		TEST(test_slow_reader),
		TEST(test_drain),
		TEST(test_drain_of_nobody),
		TEST(test_changes_for_nobody),
	};

	return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
