/* roster: who is online, and what changed since */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "tests/unit/support/roster_play.h"

/* --- coming, changing, going */

static void
tells_what_happens(void **state)
{
	struct roster_play *play = *state;

	play_hear(play, ROSTER_ACCEPTED, "online a one");
	play_told(play, "joined online a one");
	play_hear(play, ROSTER_ACCEPTED, "update a one");
	play_told(play, "");
	play_hear(play, ROSTER_ACCEPTED, "update a two");
	play_told(play, "changed update a two");
	play_hear(play, ROSTER_ACCEPTED, "update b -");
	play_told(play, "joined update b -");
	play_hear(play, ROSTER_ACCEPTED, "offline a bye");
	play_told(play, "left offline a bye");
	play_hear(play, ROSTER_ACCEPTED, "offline a bye");
	play_told(play, "");
	assert_int_equal(roster_count(play->roster), 1);
	assert_null(roster_find(play->roster, "a"));
}

static void
refreshes_whom_others_would_forget(void **state)
{
	struct roster_play *play = *state;
	int told = 0, beats;

	play_hear(play, ROSTER_ACCEPTED, "online a one");
	play_told(play, "joined online a one");
	for (beats = 0; beats < 12; beats++) {
		play_wait(play, 5000);
		play_hear(play, ROSTER_ACCEPTED, "update a one");
		told += play_told_any(play, "refreshed update a one");
	}
	assert_int_equal(told, 6); /* every ten seconds */
	roster_tell_refreshes(play->roster, false);
	play_wait(play, 10000);
	play_hear(play, ROSTER_ACCEPTED, "update a one");
	play_told(play, "");
	roster_tell_refreshes(play->roster, true);
	play_hear(play, ROSTER_ACCEPTED, "update a one");
	play_told(play, "refreshed update a one");
}

static void
the_silent_leave(void **state)
{
	struct roster_play *play = *state;

	assert_int_equal(roster_next(play->roster).us, MONOTIME_NEVER.us);
	play_hear(play, ROSTER_ACCEPTED, "online a -");
	play_wait(play, 10000);
	play_hear(play, ROSTER_ACCEPTED, "online b -");
	play_told(play, "joined online a -; joined online b -");
	play_wait(play, ROSTER_STALE_MS - 10001);
	play_told(play, "");
	assert_int_equal(
	    monotime_since_ms(roster_next(play->roster), play->now), 1);
	play_wait(play, 1);
	play_told(play, "left offline a -");
	play_wait(play, 10000);
	play_told(play, "left offline b -");
	assert_int_equal(roster_next(play->roster).us, MONOTIME_NEVER.us);
}

/* --- what is kept of an unchanged message */

static void
the_text_has_the_newest_proof(void **state)
{
	struct roster_play *play = *state;
	const struct roster_row *row;

	play_open(play, 0, "a");
	play_prove_on(play, 0, ROSTER_ACCEPTED, "online a -", 1000);
	row = roster_find(play->roster, "a");
	play_prove_on(play, 0, ROSTER_ACCEPTED, "update a -", 2000);
	assert_non_null(strstr(row->text->data, "\"ts\":2000,"));
	assert_non_null(strstr(row->text->data, "\"proof\":"));
	play_hear_on(play, 0, ROSTER_ACCEPTED, "update a -");
	assert_int_equal(row->ts_ms, play->clock_ms);
	/* Rather an old proof than none. */
	assert_non_null(strstr(row->text->data, "\"ts\":2000,"));
	assert_int_equal(row->proven_ts_ms, 2000);
	assert_int_equal(row->text->len, strlen(row->text->data));
}

/* Heartbeats as they come over a WebSocket; want: heard the short way */
#define BEAT \
	"{\"type\":\"update\",\"peerId\":\"a\",\"content\":\"x\"," \
	"\"addrs\":[\"/ip4/10.0.0.1/tcp/1\"],"
#define P10   "AAAAAAAAAA"
#define PROOF P10 P10 P10 P10 P10 P10 P10 P10 "AAAAAA=="

static const struct {
	const char *name, *json;
	bool want;
} beats[] = {
	{ "the same", BEAT "\"ts\":1700000000001}", true },
	{ "with a proof", BEAT "\"ts\":1700000000001,\"proof\":\"" PROOF "\"}",
	    true },
	{ "with an old proof", BEAT "\"ts\":17,\"proof\":\"" PROOF "\"}",
	    false },
	{ "no time", BEAT "\"ts\":}", false },
	{ "no time at all", BEAT "}", false },
	{ "time 0", BEAT "\"ts\":0}", false },
	{ "time with a zero before it", BEAT "\"ts\":01}", false },
	{ "negative time", BEAT "\"ts\":-1}", false },
	{ "a fraction", BEAT "\"ts\":1.5}", false },
	{ "a huge time", BEAT "\"ts\":9223372036854775808}", false },
	{ "more behind it", BEAT "\"ts\":1700000000001}x", false },
	{ "cut", BEAT "\"ts\":1700000000001", false },
	{ "cut earlier", BEAT, false },
	{ "another key", BEAT "\"ts\":1,\"verified\":true}", false },
	{ "a short proof", BEAT "\"ts\":1700000000001,\"proof\":\"AAAA\"}",
	    false },
	{ "a proof that is none",
	    BEAT
	    "\"ts\":1700000000001,\"proof\":\"!" P10 P10 P10 P10 P10 P10 P10 P10
	    "AAAAA==\"}",
	    false },
	{ "another label",
	    "{\"type\":\"update\",\"peerId\":\"a\",\"content\":\"y\","
	    "\"addrs\":[\"/ip4/10.0.0.1/tcp/1\"],\"ts\":1700000000001}",
	    false },
	{ "another type",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"content\":\"x\","
	    "\"addrs\":[\"/ip4/10.0.0.1/tcp/1\"],\"ts\":1700000000001}",
	    false },
	{ "nothing", "", false },
};

static bool
hear_same(struct roster_play *play, int session, const char *json)
{
	struct roster_heard heard = { .from = &play->from,
		.session = play->sessions[session],
		.now = play->now,
		.clock_ms = play->clock_ms };

	return roster_hear_same(play->roster, bytes_of(json), &heard);
}

static void
the_short_way_is_for_the_same(void **state)
{
	struct roster_play *play = *state;
	const struct roster_row *row;
	char before[512];
	size_t i;

	play_open(play, 0, "a");
	assert_false(hear_same(play, 0, BEAT "\"ts\":1700000000001}"));
	play_prove_on(play, 0, ROSTER_ACCEPTED, "online a x", 1000);
	row = roster_find(play->roster, "a");
	for (i = 0; i < ARRAY_SIZE(beats); i++) {
		print_message("case: %s\n", beats[i].name);
		snprintf(before, sizeof(before), "%s", row->text->data);
		assert_int_equal(
		    hear_same(play, 0, beats[i].json), beats[i].want);
		if (!beats[i].want)
			assert_string_equal(row->text->data, before);
	}
	assert_non_null(strstr(row->text->data,
	    "\"ts\":1700000000001,\"verified\":true,\"proof\":\"" PROOF "\"}"));
	play_told(play, "joined online a x proof; connected a");
	play_wait(play, 8000);
	assert_true(hear_same(play, 0, BEAT "\"ts\":1700000000001}"));
	assert_true(play_told_any(play, "refreshed update a x proof"));
}

static void
the_short_way_is_for_the_owner(void **state)
{
	struct roster_play *play = *state;
	static const char beat[] = BEAT "\"ts\":1700000000001}";

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a x");
	assert_true(hear_same(play, 0, beat));
	play_from(play, "198.51.100.9");
	play_open(play, 1, "a");
	assert_false(hear_same(play, 1, beat));
	play_prove_on(play, 1, ROSTER_ACCEPTED, "update a x", 1000);
	assert_false(hear_same(play, 0, beat));
	assert_true(hear_same(play, 1, beat));
}

/* --- full */

static void
a_full_roster_takes_the_proven(void **state)
{
	struct roster_play *play = *state;
	int i;

	for (i = 0; i < PLAY_ROWS; i++) {
		char said[32];

		snprintf(said, sizeof(said), "online p%d -", i);
		play_hear(play, ROSTER_ACCEPTED, said);
	}
	play_forget(play);
	play_hear(play, ROSTER_FULL, "online more -");
	play_told(play, "");
	play_prove(play, ROSTER_ACCEPTED, "online more -", 1000);
	play_told(play, "left offline p0 -; joined online more - proof");
	assert_int_equal(roster_count(play->roster), PLAY_ROWS);
}

static char *
words_of(const char *type, const char *peer, int content_len)
{
	static char said[1024];

	snprintf(said, sizeof(said), "%s %s %0*d", type, peer, content_len, 0);
	return said;
}

/* Whatever the number of rows: their texts have a limit together. */
static void
a_roster_full_of_text(void **state)
{
	struct roster_play *play = *state;
	struct roster *roster = play->roster;
	size_t before;

	assert_true(roster_limit_texts(roster, 1000) >=
		    ROSTER_TEXTS_LEAST + PLAY_ROWS * ROSTER_TEXTS_PER_ROW);
	play_hear(play, ROSTER_ACCEPTED, words_of("online", "a", 400));
	play_hear(play, ROSTER_ACCEPTED, words_of("online", "b", 300));
	before = roster_texts(roster);
	play_hear(play, ROSTER_FULL, words_of("online", "c", 300));
	play_hear(play, ROSTER_FULL, words_of("update", "b", 600));
	assert_int_equal(roster_texts(roster), before);
	/* who says no more than before may say it */
	play_hear(play, ROSTER_ACCEPTED, words_of("update", "a", 400));
	play_hear(play, ROSTER_ACCEPTED, words_of("update", "b", 200));
	play_hear(play, ROSTER_ACCEPTED, "offline a -");
	play_hear(play, ROSTER_ACCEPTED, words_of("online", "c", 300));
	/* a proof finds room, but not in its own row */
	play_prove(play, ROSTER_ACCEPTED, words_of("update", "b", 500), 1000);
	assert_null(roster_find(roster, "c"));
	play_prove(play, ROSTER_ACCEPTED, "offline b -", 2000);
	assert_int_equal(roster_texts(roster), 0);
}

/* --- since */

static const struct {
	const char *text;
	int want;
	uint32_t epoch;
	uint64_t version;
} cursors[] = {
	{ "0000000a-5", 0, 10, 5 },
	{ "a-5", 0, 10, 5 },
	{ "ffffffff-18446744073709551615", 0, UINT32_MAX, UINT64_MAX },
	{ "", -EINVAL, 0, 0 },
	{ "a", -EINVAL, 0, 0 },
	{ "a-", -EINVAL, 0, 0 },
	{ "-5", -EINVAL, 0, 0 },
	{ "a-5-6", -EINVAL, 0, 0 },
	{ "A-5", -EINVAL, 0, 0 },
	{ "100000000-5", -EINVAL, 0, 0 },
	{ "a-18446744073709551616", -EINVAL, 0, 0 },
	{ "a--5", -EINVAL, 0, 0 },
	{ "a-5 ", -EINVAL, 0, 0 },
	{ "0x1-5", -EINVAL, 0, 0 },
};

static void
reads_cursors(void **state)
{
	struct roster_cursor cursor, again;
	char text[ROSTER_CURSOR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cursors); i++) {
		print_message("case: '%s'\n", cursors[i].text);
		assert_int_equal(roster_cursor_parse(cursors[i].text, &cursor),
		    cursors[i].want);
		if (cursors[i].want < 0)
			continue;
		assert_int_equal(cursor.epoch, cursors[i].epoch);
		assert_true(cursor.version == cursors[i].version);
		roster_cursor_print(&cursor, text);
		assert_int_equal(roster_cursor_parse(text, &again), 0);
		assert_true(again.version == cursor.version);
	}
}

static bool
note_change(const struct roster_change *change, void *arg)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 256 - len, "%s%s%s", len > 0 ? " " : "",
	    change->row == NULL ? "-" : "", change->peer_id);
	return strcmp(change->peer_id, "stop") != 0;
}

static void
assert_since(struct roster_play *play, uint64_t version, const char *want)
{
	struct roster_cursor since = roster_now(play->roster);
	char text[256] = "";

	since.version = version;
	assert_true(roster_covers(play->roster, &since));
	roster_since(play->roster, &since, note_change, text);
	assert_string_equal(text, want);
}

static void
tells_what_changed_since(void **state)
{
	struct roster_play *play = *state;
	struct roster_cursor cursor = roster_now(play->roster);

	assert_int_equal(cursor.version, 0);
	assert_since(play, 0, "");
	play_hear(play, ROSTER_ACCEPTED, "online a -");  /* 1 */
	play_hear(play, ROSTER_ACCEPTED, "online b -");  /* 2 */
	play_hear(play, ROSTER_ACCEPTED, "offline a -"); /* 3 */
	play_hear(play, ROSTER_ACCEPTED, "online c -");  /* 4 */
	play_hear(play, ROSTER_ACCEPTED, "update b x");  /* 5 */
	play_hear(play, ROSTER_ACCEPTED, "update b x");
	assert_since(play, 0, "-a c b");
	assert_since(play, 2, "-a c b");
	assert_since(play, 3, "c b");
	assert_since(play, 4, "b");
	assert_since(play, 5, "");
	play_hear(play, ROSTER_ACCEPTED, "online a -"); /* 6 */
	assert_since(play, 2, "c b a");
	play_hear(play, ROSTER_ACCEPTED, "online stop -"); /* 7 */
	play_hear(play, ROSTER_ACCEPTED, "online d -");    /* 8 */
	assert_since(play, 5, "a stop");

	cursor.version = 9;
	assert_false(roster_covers(play->roster, &cursor));
	cursor.version = 8;
	assert_true(roster_covers(play->roster, &cursor));
	cursor.epoch++;
	assert_false(roster_covers(play->roster, &cursor));
}

static void
forgets_old_departures(void **state)
{
	struct roster_play *play = *state;
	struct roster_cursor start, later;
	char said[48];
	int i;

	start = roster_now(play->roster);
	for (i = 0; i < ROSTER_LEFT_MAX + 1; i++) {
		snprintf(said, sizeof(said), "online p%d -", i);
		play_hear(play, ROSTER_ACCEPTED, said);
		snprintf(said, sizeof(said), "offline p%d -", i);
		play_hear(play, ROSTER_ACCEPTED, said);
		play_forget(play);
	}
	later = start;
	later.version += 2;
	assert_false(roster_covers(play->roster, &start));
	assert_true(roster_covers(play->roster, &later));
}

/* --- the rest */

static void
counts_bytes(void **state)
{
	struct roster_play *play = *state;
	const struct roster_row *row;
	uint64_t sent;

	play_hear(play, ROSTER_ACCEPTED, "online a -");
	row = roster_find(play->roster, "a");
	sent = row->bytes_sent;
	assert_int_equal(sent, row->text->len);
	assert_int_equal(roster_row_bytes_received(play->roster, row), sent);
	play_hear(play, ROSTER_ACCEPTED, "update a -");
	assert_int_equal(row->bytes_sent, 2 * sent);
	play_hear(play, ROSTER_ACCEPTED, "online b -");
	assert_int_equal(roster_row_bytes_received(play->roster, row),
	    sent + roster_find(play->roster, "b")->text->len);
}

static void
knows_new_addresses_from_old(void **state)
{
	struct roster_play *play = *state;
	const struct roster_row *row;

	play_hear(play, ROSTER_ACCEPTED, "online a - /1 /2");
	row = roster_find(play->roster, "a");
	assert_true(row->has_new_addresses);
	play_hear(play, ROSTER_ACCEPTED, "update a x /2 /1");
	assert_false(row->has_new_addresses);
	play_hear(play, ROSTER_ACCEPTED, "update a x /2 /3");
	assert_true(row->has_new_addresses);
	play_hear(play, ROSTER_ACCEPTED, "update a x none");
	assert_true(row->has_new_addresses);
	assert_int_equal(row->addrs_mark, 0);
	/* A label that looks like keys is a label. */
	play_hear(
	    play, ROSTER_ACCEPTED, "update a \",\"addrs\":[\"],\"ts\": none");
	assert_false(row->has_new_addresses);
	play_hear(play, ROSTER_ACCEPTED, "update a \\]\" /]\"[");
	assert_true(row->has_new_addresses);
}

static void
keeps_tokens_to_itself(void **state)
{
	struct roster_play *play = *state;

	play->token = "secret";
	play_hear(play, ROSTER_ACCEPTED, "online a -");
	assert_null(
	    strstr(roster_find(play->roster, "a")->text->data, "secret"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_begin, play_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_what_happens),
		TEST(refreshes_whom_others_would_forget),
		TEST(the_silent_leave),
		TEST(the_text_has_the_newest_proof),
		TEST(the_short_way_is_for_the_same),
		TEST(the_short_way_is_for_the_owner),
		TEST(a_full_roster_takes_the_proven),
		TEST(a_roster_full_of_text),
		TEST(reads_cursors),
		TEST(tells_what_changed_since),
		TEST(forgets_old_departures),
		TEST(counts_bytes),
		TEST(knows_new_addresses_from_old),
		TEST(keeps_tokens_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
