/* Tables that a peer directory brings along in schemas/. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support/data_stage.h"

#define GUESTBOOK \
	"{\"name\":\"guestbook\",\"system_key\":true,\"columns\":[" \
	"{\"name\":\"message\",\"type\":\"text\",\"required\":true}]," \
	"\"access\":{\"read\":\"open\",\"insert\":\"open\"," \
	"\"update\":\"owner\",\"delete\":\"owner\"}}"

static void
put(struct data_stage *stage, const char *name, const char *text)
{
	char path[DATA_STAGE_PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/schemas", stage->directory);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/schemas/%s", stage->directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
says(
    struct data_stage *stage, int caller, const char *request, const char *want)
{
	const struct data_line line = { caller, request, want };

	data_play(stage, &line, 1);
}

static void
a_schema_becomes_a_table(void **state)
{
	struct data_stage *stage = *state;

	put(stage, "guestbook.json", GUESTBOOK);
	data_stage_open(stage);
	says(stage, 1,
	    "{\"op\":\"insert\",\"table\":\"guestbook\","
	    "\"data\":{\"message\":\"hi\"}}",
	    "{\"status\":\"inserted\",\"id\":1}");
	says(stage, 2, "{\"op\":\"delete\",\"table\":\"guestbook\",\"id\":1}",
	    "not_found: row not found or not owned by caller");
	data_stage_restart(stage);
	says(stage, 0, "{\"op\":\"count\",\"table\":\"guestbook\"}",
	    "{\"count\":1}");
}

static void
what_the_owner_deleted_stays_gone(void **state)
{
	struct data_stage *stage = *state;

	put(stage, "guestbook.json", GUESTBOOK);
	data_stage_open(stage);
	says(
	    stage, 0, "{\"op\":\"delete-table\",\"table\":\"guestbook\"}", "*");
	data_stage_restart(stage);
	says(stage, 0, "{\"op\":\"count\",\"table\":\"guestbook\"}",
	    "not_found: *");
}

static void
a_table_that_is_there_is_left(void **state)
{
	struct data_stage *stage = *state;

	data_stage_open(stage);
	says(stage, 0,
	    "{\"op\":\"create-table\",\"name\":\"guestbook\","
	    "\"column_defs\":[{\"name\":\"old\",\"type\":\"TEXT\","
	    "\"not_null\":false,\"default\":\"\"}]}",
	    "*");
	put(stage, "guestbook.json", GUESTBOOK);
	data_stage_restart(stage);
	says(stage, 0,
	    "{\"op\":\"insert\",\"table\":\"guestbook\","
	    "\"data\":{\"old\":\"x\"}}",
	    "{\"status\":\"inserted\",\"id\":1}");
}

/* None of these keeps the good one from being made. */
static void
what_is_no_schema_is_passed_over(void **state)
{
	struct data_stage *stage = *state;
	char link[DATA_STAGE_PATH_MAX], fifo[DATA_STAGE_PATH_MAX];

	put(stage, "a.json", "{");
	put(stage, "b.json", "{\"name\":\"_meta\",\"columns\":[]}");
	put(stage, "c.json", "[1,2]");
	put(stage, "d.txt", GUESTBOOK);
	snprintf(link, sizeof(link), "%s/schemas/e.json", stage->directory);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	snprintf(fifo, sizeof(fifo), "%s/schemas/f.json", stage->directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	put(stage, "z.json", GUESTBOOK);
	data_stage_open(stage);
	assert_null(store_trouble(stage->store));
	says(stage, 0, "{\"op\":\"tables\"}", "[{\"name\":\"guestbook\",*");
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, data_stage_prepare, data_stage_end)
	const struct CMUnitTest tests[] = {
		TEST(a_schema_becomes_a_table),
		TEST(what_the_owner_deleted_stays_gone),
		TEST(a_table_that_is_there_is_left),
		TEST(what_is_no_schema_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
