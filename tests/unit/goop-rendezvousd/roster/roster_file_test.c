/* roster_store: strange files, bad disks, the sandbox */
#include <errno.h>
#include <fcntl.h>
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

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/file.h"
#include "common/daemon/sandbox.h"
#include "tests/unit/support/store_stage.h"

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
	stage_load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	stage_restart(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 1);
	assert_int_equal(
	    count_rows(stage->path, "SELECT count(*) FROM peers"), 2);
}

static void
nobody_else_may_read_it(void **state)
{
	struct stage *stage = *state;
	struct stat file;

	stage_load(stage);
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
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		print_message("case: %s\n", files[i].name);
		memset(content, 0, sizeof(content));
		strcpy(content, files[i].content);
		assert_int_equal(file_replace(AT_FDCWD, stage->path,
				     (struct bytes){ (uint8_t *)content,
					 strlen(content) + files[i].zeroes },
				     0600),
		    0);
		stage->errors = 0;
		stage_load(stage);
		assert_int_equal(stage->errors, files[i].is_broken);
		assert_true(roster_store_is_sound(stage->store));
		play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
		stage_restart(stage, 1);
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
		stage_remove_all(pattern);
	}
}

static void
rows_that_cannot_be_are_left_out(void **state)
{
	struct stage *stage = *state;

	stage_load(stage);
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
	stage_open_again(stage, 1);
	assert_int_equal(roster_count(stage->play->roster), 0);
	play_hear(stage->play, ROSTER_ACCEPTED, "online h -");
	stage_restart(stage, 1);
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

	stage_load(stage);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	stage_save(stage);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(1);
	play_hear(stage->play, ROSTER_ACCEPTED, "online b -");
	for (n = 0; n < 5; n++) {
		stage_save(stage);
		assert_false(roster_store_is_sound(stage->store));
	}
	limit_files(RLIM_INFINITY);
	assert_int_equal(stage->errors, 1);
	stage_save(stage);
	assert_true(roster_store_is_sound(stage->store));
	stage_kill_and_restart(stage);
	assert_int_equal(roster_count(stage->play->roster), 2);
}

static void
anothers_lock_is_waited_for(void **state)
{
	struct stage *stage = *state;
	sqlite3 *db;

	stage_load(stage);
	assert_int_equal(sqlite3_open(stage->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	play_hear(stage->play, ROSTER_ACCEPTED, "online a -");
	stage_save(stage);
	assert_false(roster_store_is_sound(stage->store));
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	stage_save(stage);
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
		stage_load(stage);
		dirfd = open(stage->directory, O_RDONLY | O_DIRECTORY);
		if (sandbox_enter(&sandbox, dirfd) < 0)
			_exit(2);
		for (n = 0; n < 3000; n++) { /* some checkpoints */
			snprintf(said, sizeof(said), "update a x%d", n);
			play_hear(stage->play, ROSTER_ACCEPTED, said);
			play_forget(stage->play);
			stage_save(stage);
		}
		n = roster_store_is_sound(stage->store) ? 0 : 3;
		roster_store_close(
		    stage->store, stage->play->roster, stage->play->clock_ms);
		_exit(n);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	stage_load(stage);
	assert_int_equal(roster_find(stage->play->roster, "a")->version, 3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_begin, stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_originals_table_is_left_alone),
		TEST(nobody_else_may_read_it),
		TEST(a_broken_file_is_set_aside),
		TEST(rows_that_cannot_be_are_left_out),
		TEST(no_place_no_store),
		TEST(a_full_disk_is_told_once),
		TEST(anothers_lock_is_waited_for),
		TEST(works_in_a_sandbox),
	};

	log_open("roster_file_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
