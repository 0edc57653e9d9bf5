/* The hub before a roster: what each client was told is compared as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support/hub_scene.h"

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
	assert_int_equal(hall.status, 400);
	assert_non_null(
	    strstr(hall.clients[0].head, "Sec-WebSocket-Version: 13\r\n"));
	(void)come("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Version: 12\r\n\r\n");
	assert_int_equal(hall.status, 426);
	(void)come("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		   "Origin: http://evil.example\r\n\r\n");
	assert_int_equal(hall.status, 403);
	assert_int_equal(hub_count(hall.hub), 0);
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

/* What comes while the hub rests is told together after it. */
static void
test_rest(void **state)
{
	struct client *ws = come(SOCKET("?mode=delta"));

	(void)state;
	expect(ws, "begin: synced ");
	hall.hub->rest_until = monotime_add_ms(monotime_now(), 60 * 1000);
	say("online", "a", "A");
	turn();
	say("online", "b", "B");
	turn();
	assert_int_equal(ws->told_len, 0);
	assert_true(evtimer_pending(hall.hub->gather, NULL));
	event_active(hall.hub->gather, EV_TIMEOUT, 0);
	expect(ws, "+a=A +b=B synced ");
	assert_in_range(
	    monotime_since_ms(hall.hub->rest_until, monotime_now()) + 1000, 0,
	    1000 + HUB_REST_MAX_MS);
}

static void
test_formatted_once(void **state)
{
	struct client *a = come(SOCKET("")), *b = come(SOCKET(""));
	struct client *other = come(EVENTS("?mode=delta"));
	struct hub_channel *channel =
	    &hall.hub->channels[SUBSCRIBER_WEBSOCKET_CLASSIC];

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
	    hall.hub->channels[SUBSCRIBER_EVENTS_CLASSIC].feed.newest->next);
	/* Nobody is there to read that: it was not formatted. */
	assert_int_equal(
	    hall.hub->channels[SUBSCRIBER_WEBSOCKET_DELTA].feed.newest->len, 0);
}

static void
cursor_text(char text[ROSTER_CURSOR_SIZE])
{
	struct roster_cursor cursor = roster_now(hall.roster);

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
	rows = hall.hub->news[1].rows;
	assert_non_null(rows);
	say("offline", "p1", "");
	say("online", "p3", "L");
	client = come(SOCKET(""));
	expect(client, "+p0=L +p1=L +p2=L -p1 +p3=L ");
	assert_ptr_equal(hall.hub->news[1].rows, rows);
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
	hub_get_stats(hall.hub, &stats);
	assert_int_equal(stats.joined, 4);
	assert_int_equal(stats.ended[SUBSCRIBER_LEFT], 2);
	assert_int_equal(stats.messages_in, 1);
	assert_int_equal(hub_count(hall.hub), 0);
}

static void
test_probe(void **state)
{
	struct client *client = come(SOCKET("?probe=1"));

	(void)state;
	expect(client, "close:1000:probe-ok ");
	UNTIL(client->has_ended);
	UNTIL(hub_count(hall.hub) == 0);
	assert_int_equal(hall.session_count, 0);
}

/* Probes count for no limit, so few are enough: the others were told. */
static void
test_probes_that_stay(void **state)
{
	static const char request[] = SOCKET("?probe=1");
	int fds[2 * HUB_PROBES_MAX], i;
	char answer[1024] = "";

	(void)state;
	for (i = 0; i < 2 * HUB_PROBES_MAX; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(
		    connect(fds[i], &hall.address.sa, sizeof(hall.address.v4)),
		    0);
		assert_int_equal(
		    send(fds[i], request, strlen(request), 0), strlen(request));
		UNTIL(recv(fds[i], answer, 1, MSG_DONTWAIT | MSG_PEEK) == 1);
	}
	assert_int_equal(hub_count(hall.hub), HUB_PROBES_MAX);
	assert_true(recv(fds[0], answer, sizeof(answer), 0) > 0);
	assert_non_null(strstr(answer, "\r\n\r\n\x88"));
	for (i = 0; i < 2 * HUB_PROBES_MAX; i++)
		close(fds[i]);
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
	    connect(fd, &hall.address.sa, sizeof(hall.address.v4)), 0);
	assert_int_equal(
	    send(fd, request, strlen(request), 0), strlen(request));
	UNTIL(hub_count(hall.hub) == 2);
	slow = &hall.sessions[1];
	expect(quick, "begin: synced ");
	memset(label, 'x', 100);
	for (i = 0; i < 100000 && slow->gone == 0; i++) {
		memset(label, 'a' + i % 26, sizeof(label) - 1);
		snprintf(peer, sizeof(peer), "p%d", i % 100);
		/* No rest: a client notes no more than a few at once. */
		hall.hub->rest_until = monotime_now();
		say("update", peer, label);
		if (i % 8 == 0)
			UNTIL(quick->told_len > 0);
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
	hall.drained = true;
}

static void
test_drain(void **state)
{
	struct client *ws = come(SOCKET("")), *events = come(EVENTS(""));
	struct client *mute = come(SOCKET("?mode=delta"));

	(void)state;
	expect(events, "comment retry ");
	expect(mute, "begin: synced ");
	hall.client_count--; /* the last one does not look any more */
	hub_drain(hall.hub, on_drained, NULL);
	UNTIL(ws->has_ended && events->has_ended);
	assert_memory_equal(ws->told, "close:1001:retry=5", 18);
	expect(events, "retry ");
	UNTIL(hall.drained);
	assert_int_equal(hub_count(hall.hub), 0);
	hall.client_count++;
	(void)come(EVENTS(""));
	assert_int_equal(hall.status, 503);
	hall.status = 0;
	(void)come(SOCKET("?probe=1"));
	assert_int_equal(hall.status, 503);
	hall.session_count = 3;
}

static void
test_drain_of_nobody(void **state)
{
	(void)state;
	hub_drain(hall.hub, on_drained, NULL);
	assert_false(hall.drained);
	UNTIL(hall.drained);
}

/* Nobody has to be there: nothing is kept for them. */
static void
test_changes_for_nobody(void **state)
{
	(void)state;
	say("online", "a", "A");
	assert_int_equal(hall.hub->change_count, 0);
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
		TEST(test_rest),
		TEST(test_formatted_once),
		TEST(test_since),
		TEST(test_snapshot_is_shared),
		TEST(test_newcomer_amid_changes),
		TEST(test_messages_and_hints),
		TEST(test_ends),
		TEST(test_probe),
		TEST(test_probes_that_stay),
		TEST(test_slow_reader),
		TEST(test_drain),
		TEST(test_drain_of_nobody),
		TEST(test_changes_for_nobody),
	};

	return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
