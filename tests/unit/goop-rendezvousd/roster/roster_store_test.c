/* roster_store: what a restart or a kill leaves of the roster */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "tests/unit/support/store_stage.h"

static bool
covers(struct stage *stage, uint32_t epoch, uint64_t version)
{
	struct roster_cursor cursor = { epoch, version };

	return roster_covers(stage->play->roster, &cursor);
}

/* --- restarts */

static void
a_restart_keeps_everything(void **state)
{
	struct stage *stage = *state;
	struct roster_cursor before;
	const struct roster_row *row;
	char text[512];

	stage_load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a one");
	play_prove(stage->play, ROSTER_ACCEPTED, "online b two", 1000);
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	play_hear(stage->play, ROSTER_ACCEPTED, "offline c -");
	snprintf(text, sizeof(text), "%s",
	    roster_find(stage->play->roster, "b")->text->data);
	before = roster_now(stage->play->roster);
	stage_restart(stage, 5000);

	assert_int_equal(roster_count(stage->play->roster), 2);
	row = roster_find(stage->play->roster, "b");
	assert_string_equal(row->text->data, text);
	assert_true(row->is_proven);
	assert_int_equal(row->proven_ts_ms, 1000);
	assert_int_equal(row->version, 2);
	assert_true(roster_find(stage->play->roster, "a")->is_online);
	assert_true(roster_now(stage->play->roster).version == before.version);
	assert_true(roster_now(stage->play->roster).epoch == before.epoch);
	assert_true(covers(stage, before.epoch, 0));
	assert_true(covers(stage, before.epoch, before.version));
	play_told(stage->play, "");

	/* They go on as if nothing had been. */
	play_hear(stage->play, ROSTER_ACCEPTED, "update a one");
	play_hear(stage->play, ROSTER_NEEDS_PROOF, "update b two");
	play_prove(stage->play, ROSTER_REPLAYED, "update b two", 1000);
	play_prove(stage->play, ROSTER_ACCEPTED, "update b two", 1001);
	play_told(stage->play, "");
	play_wait(stage->play, ROSTER_STALE_MS);
	play_told(stage->play, "left offline a -; left offline b -");
}

static void
another_address_may_speak_after_a_restart(void **state)
{
	struct stage *stage = *state;

	stage_load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	stage_restart(stage, 1);
	play_from(stage->play, "198.51.100.9");
	play_hear(stage->play, ROSTER_ACCEPTED, "update a -");
	play_from(stage->play, "192.0.2.1");
	play_hear(stage->play, ROSTER_TAKEN, "update a -");
}

static void
after_a_long_stop_all_have_left(void **state)
{
	struct stage *stage = *state;
	struct roster_cursor before;

	stage_load(stage);
	play_prove(stage->play, ROSTER_ACCEPTED, "online a -", 1000);
	before = roster_now(stage->play->roster);
	stage_restart(stage, ROSTER_STORE_KEEP_MS + 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(covers(stage, before.epoch, before.version));
	assert_true(roster_now(stage->play->roster).version == 2);
	play_prove(stage->play, ROSTER_REPLAYED, "online a -", 1000);
	stage_restart(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(roster_now(stage->play->roster).version == 2);
}

static void
a_kill_keeps_what_was_saved(void **state)
{
	struct stage *stage = *state;
	struct roster_cursor saved, lost;

	stage_load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a one");
	play_hear(stage->play, ROSTER_ACCEPTED, "online b -");
	stage_save(stage);
	saved = roster_now(stage->play->roster);
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	play_hear(stage->play, ROSTER_ACCEPTED, "offline a -");
	lost = roster_now(stage->play->roster);
	stage_kill_and_restart(stage);

	assert_non_null(roster_find(stage->play->roster, "a"));
	assert_null(roster_find(stage->play->roster, "c"));
	assert_true(covers(stage, saved.epoch, 0));
	assert_true(covers(stage, saved.epoch, saved.version));
	/* Who knows that a left would not be told that it did not. */
	assert_false(covers(stage, saved.epoch, lost.version - 1));
	assert_false(covers(stage, saved.epoch, lost.version));
	/* Newcomers share a snapshot from the start, and may come back. */
	assert_true(covers(
	    stage, saved.epoch, roster_now(stage->play->roster).version));
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	assert_true(covers(
	    stage, saved.epoch, roster_now(stage->play->roster).version));
	assert_true(roster_now(stage->play->roster).version > lost.version + 1);

	/* Killed again: those of the first run are told all. */
	stage_save(stage);
	stage_kill_and_restart(stage);
	assert_false(covers(stage, saved.epoch, lost.version));
	assert_int_equal(roster_count(stage->play->roster), 3);
}

static void
departures_are_kept_too(void **state)
{
	struct stage *stage = *state;
	uint32_t epoch;

	stage_load(stage);
	epoch = roster_now(stage->play->roster).epoch;
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -"); /* 1 */
	stage_save(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "offline a -"); /* 2 */
	stage_save(stage);
	stage_kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(covers(stage, epoch, 1));
	assert_false(covers(stage, epoch + 1, 1));
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	stage_save(stage);
	stage_kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 1);
}

static void
many_changes_take_their_time(void **state)
{
	struct stage *stage = *state;
	char said[48];
	int i;

	stage_load(stage);
	for (i = 0; i < ROSTER_STORE_BATCH_MAX + 10; i++) {
		snprintf(said, sizeof(said), "online p%d -", i);
		play_hear(stage->play, ROSTER_ACCEPTED, said);
		snprintf(said, sizeof(said), "offline p%d -", i);
		play_hear(stage->play, ROSTER_ACCEPTED, said);
		play_forget(stage->play);
	}
	play_hear(stage->play, ROSTER_ACCEPTED, "online last -");
	stage_save(stage);
	stage_kill_and_restart(stage);
	assert_null(roster_find(stage->play->roster, "last"));
	play_hear(stage->play, ROSTER_ACCEPTED, "online last -");
	stage_save(stage);
	stage_kill_and_restart(stage);
	assert_non_null(roster_find(stage->play->roster, "last"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_begin, stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_restart_keeps_everything),
		TEST(another_address_may_speak_after_a_restart),
		TEST(after_a_long_stop_all_have_left),
		TEST(a_kill_keeps_what_was_saved),
		TEST(departures_are_kept_too),
		TEST(many_changes_take_their_time),
	};

	log_open("roster_store_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
