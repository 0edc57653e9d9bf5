#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "goop-viewerd/feeds/log_ring.h"
#include "goop-viewerd/feeds/peer_list.h"
#include "goop-viewerd/feeds/server_list.h"

static struct peer_row
row_of(const char *id, const char *label)
{
	return (struct peer_row){ .peer_id = (char *)(uintptr_t)id,
		.label = (char *)(uintptr_t)label };
}

static void
put(struct peer_list *list, const char *id, const char *label)
{
	struct peer_row row = row_of(id, label);

	assert_true(peer_list_put(list, &row));
}

/* Does the row's JSON have this member? */
static bool
says(const struct peer_list *list, size_t place, const char *member)
{
	return strstr(list->peers[place].json, member) != NULL;
}

static void
test_peers_sorted_once_each(void **state)
{
	struct peer_list list = { 0 };

	(void)state;
	put(&list, "b", "Bob");
	put(&list, "c", "Carol");
	put(&list, "a", "Alice");
	put(&list, "b", "Bobby");
	assert_int_equal(list.count, 3);
	assert_true(says(&list, 0, "\"Content\":\"Alice\""));
	assert_true(says(&list, 1, "\"Content\":\"Bobby\""));
	assert_true(says(&list, 2, "\"Content\":\"Carol\""));
	assert_true(peer_list_remove(&list, "b"));
	assert_false(peer_list_remove(&list, "b"));
	assert_true(says(&list, 1, "\"Content\":\"Carol\""));
	peer_list_fini(&list);
}

static void
test_peers_full(void **state)
{
	struct peer_list list = { 0 };
	struct peer_row row = row_of("z", "one too many");
	char id[16];
	int i;

	(void)state;
	for (i = 0; i < GOOP_PEERS_MAX; i++) {
		snprintf(id, sizeof(id), "%05d", i);
		put(&list, id, "x");
	}
	assert_false(peer_list_put(&list, &row));
	put(&list, "00007", "changed"); /* who is there may change */
	peer_list_fini(&list);
}

static const char two_peers[] =
    "[{\"ID\":\"c\",\"Content\":\"Carol\",\"Email\":\"\",\"AvatarHash\":\"\","
    "\"VideoDisabled\":false,\"ActiveTemplate\":\"\",\"Verified\":false,"
    "\"Reachable\":false,\"Offline\":false,"
    "\"LastSeen\":\"0001-01-01T00:00:00Z\",\"Favorite\":false},"
    "{\"ID\":\"d\",\"Content\":\"Dave\",\"Email\":\"\",\"AvatarHash\":\"\","
    "\"VideoDisabled\":false,\"ActiveTemplate\":\"\",\"Verified\":false,"
    "\"Reachable\":false,\"Offline\":false,"
    "\"LastSeen\":\"0001-01-01T00:00:00Z\",\"Favorite\":false}]";

static void
test_peers_replaced(void **state)
{
	struct peer_list list = { 0 };
	struct peer_row rows[2] = { row_of("d", "Dave"), row_of("c", "Carol") };
	struct peers_reply reply = { { rows, 2 } };
	struct buffer json;

	(void)state;
	put(&list, "a", "Alice");
	peer_list_replace(&list, &reply);
	buffer_init(&json, JSON_MAX);
	peer_list_print(&list, &json);
	assert_true(bytes_equal(buffer_bytes(&json), bytes_of(two_peers)));
	buffer_fini(&json);
	peer_list_fini(&list);
}

/* A peer that announces as much as the tables allow, in letters that JSON has
 * to escape. */
static struct peer_row *
loud_row(const char *id, char letter)
{
	struct peer_row *row = xzalloc(sizeof(*row));
	char text[GOOP_ADDRESS_TEXT_MAX + 1] = { 0 };
	int i;

	memset(text, letter, sizeof(text) - 1);
	row->peer_id = xstrdup(id);
	for (i = 0; i < GOOP_ADDRESSES_MAX; i++)
		strings_add(&row->addresses, text);
	row->label = xstrndup(text, 256);
	row->email = xstrndup(text, 320);
	row->avatar_hash = xstrndup(text, 64);
	row->active_template = xstrndup(text, 128);
	return row;
}

static void
put_loud(struct peer_list *list, int number, char letter, bool is_taken)
{
	struct peer_row *row;
	char id[GOOP_PEER_TEXT_MAX];

	snprintf(id, sizeof(id), "%052d", number);
	row = loud_row(id, letter);
	assert_int_equal(peer_list_put(list, row) != NULL, is_taken);
	message_fini(&peer_row_message, row);
	free(row);
}

/* The length of the first row's text under key, which is all letter. */
static size_t
length_of(const struct peer_list *list, const char *key, char letter)
{
	const char *at = strstr(list->peers[0].json, key);
	size_t count = 0;

	assert_non_null(at);
	for (at += strlen(key) + 3; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		assert_int_equal(*at, letter);
		count++;
	}
	return count;
}

static void
test_peers_shown_at_once(void **state)
{
	struct peer_list list = { 0 };
	struct buffer json;
	int i;

	(void)state;
	for (i = 0; i < GOOP_PEERS_MAX; i++)
		put_loud(&list, i, '"', true);
	assert_int_equal(length_of(&list, "Content", '"'), 256);
	buffer_init(&json, JSON_MAX);
	peer_list_print(&list, &json);
	assert_in_range(buffer_bytes(&json).len, 1, JSON_MAX);
	assert_in_range(JSON_MAX, 1, SSE_QUEUE_MAX - 4096);
	buffer_fini(&json);
	peer_list_fini(&list);
}

static void
test_peers_cut_to_size(void **state)
{
	struct peer_list list = { 0 };

	(void)state;
	put_loud(&list, 1, 'x', true);
	assert_false(says(&list, 0, "Addresses"));
	assert_int_equal(length_of(&list, "Email", 'x'), 320);
	put_loud(&list, 1, '\1', false); /* keeps what it had */
	assert_int_equal(list.count, 1);
	assert_int_equal(length_of(&list, "Email", 'x'), 320);
	peer_list_fini(&list);
}

/* Marked are peers that only a server announces, without a signature. */
static const struct {
	const char *name, *source;
	bool is_proven, is_unproven;
} marks[] = {
	{ "on the LAN", "lan", true, false },
	{ "on both", "lan and wan", true, false },
	{ "on a server, signed", "wan", true, false },
	{ "on a server of the original", "wan", false, true },
	{ "of an earlier run", "cache", false, false },
	{ "nobody knows", NULL, false, false },
};

static void
test_unproven_is_marked(void **state)
{
	struct peer_row row = row_of("a", "Alice");
	struct viewer_peer peer;
	size_t i;

	(void)state;
	row.is_verified = true;
	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		print_message("case: %s\n", marks[i].name);
		row.source = (char *)(uintptr_t)marks[i].source;
		row.is_proven = marks[i].is_proven;
		peer = viewer_peer_of(&row);
		assert_int_equal(peer.is_unproven, marks[i].is_unproven);
		assert_true(peer.row.is_verified);
		text_free(peer.last_seen);
	}
}

static bool
server_put(struct server_list *list, bool is_own, int64_t peers)
{
	char url[] = "http://127.0.0.1:8787", state[] = "connected";
	struct server_row row = {
		.url = url, .state = state, .is_own = is_own, .peers = peers
	};

	return server_list_put(list, &row);
}

static void
test_servers_one_of_each_kind(void **state)
{
	struct server_list list = { 0 }, copy = { 0 };
	const struct server_row *rows;

	(void)state;
	assert_true(server_put(&list, false, 1));
	assert_true(server_put(&list, true, 2));
	assert_true(server_put(&list, false, 3));
	rows = list.reply.servers.items;
	assert_int_equal(list.reply.servers.count, 2);
	assert_int_equal(rows[0].peers, 3);
	assert_int_equal(rows[1].peers, 2);
	server_list_replace(&copy, &list.reply);
	server_list_replace(&copy, &list.reply);
	assert_true(
	    message_equal(&servers_reply_message, &copy.reply, &list.reply));
	server_list_fini(&list);
	server_list_fini(&copy);
}

static void
test_time(void **state)
{
	char *text = viewer_time(1775729472500);

	(void)state;
	assert_string_equal(text, "2026-04-09T10:11:12.500Z");
	free(text);
}

/* --- log lines */

static char program[] = "goopd", other[] = "goop-discoveryd";

static bool
log_put(struct log_ring *ring, char *from, int64_t number, int64_t ts_ms)
{
	static char level[] = "info", text[] = "event";
	struct log_entry entry = { number, ts_ms, level, from, text };

	return log_ring_put(ring, &entry);
}

static void
test_lines_shown_at_once(void **state)
{
	struct log_ring *ring = xzalloc(sizeof(*ring));
	char text[LOG_LINE_MAX], name[65] = { 0 };
	struct log_entry entry = { 0, 0, name, name, text };
	struct viewer_lines view;
	struct buffer json;
	int i;

	(void)state;
	text[sizeof(text) - 1] = '\0';
	memset(name, '"', 64);
	for (i = 1; i <= VIEWER_LOG_LINES; i++) {
		entry.number = entry.ts_ms = i;
		memset(text, i % 2 ? '"' : '\1', sizeof(text) - 1);
		assert_true(log_ring_put(ring, &entry));
	}
	view = log_ring_view(ring);
	json_of(&viewer_lines_message, &view, &json);
	assert_in_range(buffer_bytes(&json).len, 1, JSON_MAX);
	buffer_fini(&json);
	log_ring_view_free(&view);
	log_ring_fini(ring);
	free(ring);
}

static void
test_lines_in_order(void **state)
{
	struct log_ring *ring = xzalloc(sizeof(*ring));

	(void)state;
	assert_true(log_put(ring, program, 1, 1000));
	assert_true(log_put(ring, program, 2, 3000));
	assert_true(log_put(ring, other, 1, 2000)); /* came late */
	assert_true(log_put(ring, other, 2, 3000)); /* the same moment */
	assert_int_equal(ring->count, 4);
	assert_string_equal(ring->entries[1].program, other);
	assert_false(log_put(ring, program, 2, 3000)); /* told again */
	assert_false(log_put(ring, program, 1, 1000));
	assert_true(log_put(ring, program, 1, 9000)); /* it restarted */
	log_ring_fini(ring);
	free(ring);
}

static void
test_lines_bounded(void **state)
{
	struct log_ring *ring = xzalloc(sizeof(*ring));
	int i;

	(void)state;
	for (i = 1; i <= VIEWER_LOG_LINES + 5; i++)
		assert_true(log_put(ring, program, i, i * 10));
	assert_int_equal(ring->count, VIEWER_LOG_LINES);
	assert_int_equal(ring->entries[0].number, 6);
	assert_false(log_put(ring, other, 1, 5)); /* older than all */
	assert_true(log_put(ring, other, 2, 65)); /* between */
	assert_string_equal(ring->entries[0].program, other);
	assert_int_equal(ring->count, VIEWER_LOG_LINES);
	log_ring_fini(ring);
	free(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers_sorted_once_each),
		cmocka_unit_test(test_peers_full),
		cmocka_unit_test(test_peers_replaced),
		cmocka_unit_test(test_peers_shown_at_once),
		cmocka_unit_test(test_peers_cut_to_size),
		cmocka_unit_test(test_unproven_is_marked),
		cmocka_unit_test(test_servers_one_of_each_kind),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_lines_in_order),
		cmocka_unit_test(test_lines_shown_at_once),
		cmocka_unit_test(test_lines_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
