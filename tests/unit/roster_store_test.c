/* roster_store: what a restart, a kill or a bad disk leaves of the roster */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glob.h>
#include <sqlite3.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox.h"
#include "goop-rendezvousd/roster_store.h"
#include "tests/unit/support/roster_play.h"

/* A play, and a directory for its file. */
struct stage {
	struct roster_play *play;
	struct roster_store *store;
	char directory[64];
	char path[128];
	int errors; /* lines logged */
};

static void
on_line(const struct log_line *line, void *arg)
{
	struct stage *stage = arg;

	stage->errors += line->level == LOG_LEVEL_ERROR;
}

static void
load(struct stage *stage)
{
	struct roster_play *play = stage->play;

	assert_int_equal(roster_store_open(stage->path, play->roster, play->now,
			     play->clock_ms, &stage->store),
	    0);
}

static int
begin(void **state)
{
	struct stage *stage = xzalloc(sizeof(*stage));

	strcpy(stage->directory, "/tmp/goop-roster-XXXXXX");
	assert_non_null(mkdtemp(stage->directory));
	snprintf(stage->path, sizeof(stage->path), "%s/data/peers.db",
	    stage->directory);
	play_begin((void **)&stage->play);
	log_set_sink(on_line, stage);
	*state = stage;
	return 0;
}

static void
remove_all(const char *pattern)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
}

static int
end(void **state)
{
	struct stage *stage = *state;
	char path[160];

	log_set_sink(NULL, NULL);
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	play_end((void **)&stage->play);
	snprintf(path, sizeof(path), "%s/data/*", stage->directory);
	remove_all(path);
	snprintf(path, sizeof(path), "%s/data", stage->directory);
	rmdir(path);
	rmdir(stage->directory);
	free(stage);
	return 0;
}

static void
save(struct stage *stage)
{
	play_wait(stage->play, 1000);
	roster_store_save(
	    stage->store, stage->play->roster, stage->play->clock_ms);
}

static void
open_again(struct stage *stage, int64_t after_ms)
{
	int64_t clock_ms = stage->play->clock_ms;

	play_end((void **)&stage->play);
	play_begin((void **)&stage->play);
	stage->play->clock_ms = clock_ms + after_ms;
	load(stage);
}

/* A clean stop, and the next start so much later. */
static void
restart(struct stage *stage, int64_t after_ms)
{
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	open_again(stage, after_ms);
}

static void
copy_file(const char *from, const char *to)
{
	uint8_t *bytes;
	size_t len;

	if (file_read(AT_FDCWD, from, 1 << 24, &bytes, &len) < 0)
		return;
	assert_int_equal(
	    file_replace(AT_FDCWD, to, (struct bytes){ bytes, len }, 0600), 0);
	free(bytes);
}

/* What is on disk when a process is gone: its files as they are. */
static void
kill_and_restart(struct stage *stage)
{
	char killed[160], from[192], to[192];

	snprintf(killed, sizeof(killed), "%s/data/killed%" PRId64,
	    stage->directory, stage->play->clock_ms);
	copy_file(stage->path, killed);
	snprintf(from, sizeof(from), "%s-wal", stage->path);
	snprintf(to, sizeof(to), "%s-wal", killed);
	copy_file(from, to);
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	strcpy(stage->path, killed);
	open_again(stage, 1);
}

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

	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a one");
	play_prove(stage->play, ROSTER_ACCEPTED, "online b two", 1000);
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	play_hear(stage->play, ROSTER_ACCEPTED, "offline c -");
	snprintf(text, sizeof(text), "%s",
	    roster_find(stage->play->roster, "b")->text->data);
	before = roster_now(stage->play->roster);
	restart(stage, 5000);

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

	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	restart(stage, 1);
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

	load(stage);
	play_prove(stage->play, ROSTER_ACCEPTED, "online a -", 1000);
	before = roster_now(stage->play->roster);
	restart(stage, ROSTER_STORE_KEEP_MS + 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(covers(stage, before.epoch, before.version));
	assert_true(roster_now(stage->play->roster).version == 2);
	play_prove(stage->play, ROSTER_REPLAYED, "online a -", 1000);
	restart(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(roster_now(stage->play->roster).version == 2);
}

static void
a_kill_keeps_what_was_saved(void **state)
{
	struct stage *stage = *state;
	struct roster_cursor saved, lost;

	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a one");
	play_hear(stage->play, ROSTER_ACCEPTED, "online b -");
	save(stage);
	saved = roster_now(stage->play->roster);
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	play_hear(stage->play, ROSTER_ACCEPTED, "offline a -");
	lost = roster_now(stage->play->roster);
	kill_and_restart(stage);

	assert_non_null(roster_find(stage->play->roster, "a"));
	assert_null(roster_find(stage->play->roster, "c"));
	assert_true(covers(stage, saved.epoch, 0));
	assert_true(covers(stage, saved.epoch, saved.version));
	/* Who knows that a left would not be told that it did not. */
	assert_false(covers(stage, saved.epoch, lost.version - 1));
	assert_false(covers(stage, saved.epoch, lost.version));
	play_hear(stage->play, ROSTER_ACCEPTED, "online c -");
	assert_true(covers(
	    stage, saved.epoch, roster_now(stage->play->roster).version));
	assert_true(roster_now(stage->play->roster).version > lost.version + 1);

	/* Killed again: those of the first run are told all. */
	save(stage);
	kill_and_restart(stage);
	assert_false(covers(stage, saved.epoch, lost.version));
	assert_int_equal(roster_count(stage->play->roster), 3);
}

static void
departures_are_kept_too(void **state)
{
	struct stage *stage = *state;
	uint32_t epoch;

	load(stage);
	epoch = roster_now(stage->play->roster).epoch;
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -"); /* 1 */
	save(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "offline a -"); /* 2 */
	save(stage);
	kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 0);
	assert_true(covers(stage, epoch, 1));
	assert_false(covers(stage, epoch + 1, 1));
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	save(stage);
	kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 1);
}

static void
many_changes_take_their_time(void **state)
{
	struct stage *stage = *state;
	char said[48];
	int i;

	load(stage);
	for (i = 0; i < ROSTER_STORE_BATCH_MAX + 10; i++) {
		snprintf(said, sizeof(said), "online p%d -", i);
		play_hear(stage->play, ROSTER_ACCEPTED, said);
		snprintf(said, sizeof(said), "offline p%d -", i);
		play_hear(stage->play, ROSTER_ACCEPTED, said);
		play_forget(stage->play);
	}
	play_hear(stage->play, ROSTER_ACCEPTED, "online last -");
	save(stage);
	kill_and_restart(stage);
	assert_null(roster_find(stage->play->roster, "last"));
	play_hear(stage->play, ROSTER_ACCEPTED, "online last -");
	save(stage);
	kill_and_restart(stage);
	assert_non_null(roster_find(stage->play->roster, "last"));
}

/* --- files */

static void
run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int
count_rows(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int count;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	count = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return count;
}

static void
make_data(struct stage *stage)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/data", stage->directory);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
the_originals_table_is_left_alone(void **state)
{
	struct stage *stage = *state;

	make_data(stage);
	run_sql(stage->path,
	    "CREATE TABLE peers (peer_id TEXT PRIMARY KEY, type TEXT);"
	    "INSERT INTO peers VALUES ('x', 'online'), ('y', 'update');");
	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	restart(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 1);
	assert_int_equal(
	    count_rows(stage->path, "SELECT count(*) FROM peers"), 2);
}

static void
nobody_else_may_read_it(void **state)
{
	struct stage *stage = *state;
	struct stat file;

	load(stage);
	assert_int_equal(stat(stage->path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
}

/* What is in the way, and whether it is set aside. */
static const struct {
	const char *name, *content;
	size_t zeroes; /* behind it */
	bool is_broken;
} files[] = {
	{ "an empty file", "", 0, false },
	{ "no database",
	    "Once upon a time there was a file that held a story, and not a "
	    "single table; it was a hundred bytes long or even a few more.",
	    0, true },
	{ "zeroes", "", 8192, true },
	{ "a head without a body", "SQLite format 3", 4096, true },
};

static void
a_broken_file_is_set_aside(void **state)
{
	struct stage *stage = *state;
	char content[16384], pattern[192];
	glob_t found;
	size_t i;

	make_data(stage);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		print_message("case: %s\n", files[i].name);
		memset(content, 0, sizeof(content));
		strcpy(content, files[i].content);
		assert_int_equal(file_replace(AT_FDCWD, stage->path,
				     (struct bytes){ (uint8_t *)content,
					 strlen(content) + files[i].zeroes },
				     0600),
		    0);
		stage->errors = 0;
		load(stage);
		assert_int_equal(stage->errors, files[i].is_broken);
		assert_true(roster_store_is_sound(stage->store));
		play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
		restart(stage, 1);
		assert_int_equal(roster_count(stage->play->roster), 1);
		roster_store_close(
		    stage->store, stage->play->roster, stage->play->clock_ms);
		stage->store = NULL;
		play_end((void **)&stage->play);
		play_begin((void **)&stage->play);
		snprintf(pattern, sizeof(pattern), "%s.broken-*", stage->path);
		assert_int_equal(
		    glob(pattern, 0, NULL, &found) == 0, files[i].is_broken);
		globfree(&found);
		remove_all(pattern);
	}
}

static void
rows_that_cannot_be_are_left_out(void **state)
{
	struct stage *stage = *state;

	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	run_sql(stage->path,
	    "INSERT INTO goop2_roster VALUES"
	    " ('b', 1, 0, 0, 0, 0, 0, 'x'),"
	    " ('c', 1, 0, 0, 0, 0, 0, "
	    "  '{\"type\":\"update\",\"peerId\":\"d\",\"ts\":1}'),"
	    " ('e', 1, 0, 0, 0, 0, 0, "
	    "  '{\"type\":\"offline\",\"peerId\":\"e\",\"ts\":1}'),"
	    " ('f', -1, 0, 0, 0, 0, 0, "
	    "  '{\"type\":\"update\",\"peerId\":\"f\",\"ts\":1}'),"
	    " ('', 1, 0, 0, 0, 0, 0, "
	    "  '{\"type\":\"update\",\"peerId\":\"\",\"ts\":1}');"
	    "INSERT INTO goop2_roster_left VALUES ('a', 1, 1, 0),"
	    " ('', 1, 1, 0), ('g', -5, 1, 0);");
	open_again(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	play_hear(stage->play, ROSTER_ACCEPTED, "online h -");
	restart(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 1);
	assert_int_equal(
	    count_rows(stage->path, "SELECT count(*) FROM goop2_roster"), 1);
}

static void
no_place_no_store(void **state)
{
	struct stage *stage = *state;
	struct roster_play *play = stage->play;

	assert_int_equal(roster_store_open(stage->directory, play->roster,
			     play->now, play->clock_ms, &stage->store),
	    -EIO);
	assert_int_equal(roster_store_open("/dev/null/x/peers.db", play->roster,
			     play->now, play->clock_ms, &stage->store),
	    -EIO);
	assert_int_equal(stage->errors, 2);
}

/* --- trouble on the way */

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_is_told_once(void **state)
{
	struct stage *stage = *state;
	int n;

	load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	save(stage);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(1);
	play_hear(stage->play, ROSTER_ACCEPTED, "online b -");
	for (n = 0; n < 5; n++) {
		save(stage);
		assert_false(roster_store_is_sound(stage->store));
	}
	limit_files(RLIM_INFINITY);
	assert_int_equal(stage->errors, 1);
	save(stage);
	assert_true(roster_store_is_sound(stage->store));
	kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 2);
}

static void
anothers_lock_is_waited_for(void **state)
{
	struct stage *stage = *state;
	sqlite3 *db;

	load(stage);
	assert_int_equal(sqlite3_open(stage->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	save(stage);
	assert_false(roster_store_is_sound(stage->store));
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	save(stage);
	assert_true(roster_store_is_sound(stage->store));
}

/* Opened before, used and closed within. */
static void
works_in_a_sandbox(void **state)
{
	static const struct sandbox_path paths[] = { { "data", SANDBOX_WRITE },
		{ NULL, 0 } };
	static const struct sandbox sandbox = { SANDBOX_FILES, paths };
	struct stage *stage = *state;
	int status, dirfd, n;
	char said[48];
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		load(stage);
		dirfd = open(stage->directory, O_RDONLY | O_DIRECTORY);
		if (sandbox_enter(&sandbox, dirfd) < 0)
			_exit(2);
		for (n = 0; n < 3000; n++) { /* some checkpoints */
			snprintf(said, sizeof(said), "update a x%d", n);
			play_hear(stage->play, ROSTER_ACCEPTED, said);
			play_forget(stage->play);
			save(stage);
		}
		n = roster_store_is_sound(stage->store) ? 0 : 3;
		roster_store_close(
		    stage->store, stage->play->roster, stage->play->clock_ms);
		_exit(n);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	load(stage);
	assert_int_equal(roster_find(stage->play->roster, "a")->version, 3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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
		TEST(the_originals_table_is_left_alone),
		TEST(nobody_else_may_read_it),
		TEST(a_broken_file_is_set_aside),
		TEST(rows_that_cannot_be_are_left_out),
		TEST(no_place_no_store),
		TEST(a_full_disk_is_told_once),
		TEST(anothers_lock_is_waited_for),
		TEST(works_in_a_sandbox),
	};

	log_open("roster_store_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
