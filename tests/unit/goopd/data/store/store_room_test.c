/* A table that is open to all does not fill the owner's disk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN, BOB, FILLS_MAX = 1000, MOST = 1024 * 1024 };

static const char full[] =
    "too_large: this site takes no more: its database is as large as its "
    "owner lets visitors make it";

static void
says(
    struct data_stage *stage, int caller, const char *request, const char *want)
{
	const struct data_line line = { caller, request, want };

	data_play(stage, &line, 1);
}

static const char *
fill(struct data_stage *stage, int caller)
{
	return data_ask_as(stage, caller,
	    "{\"op\":\"insert\",\"table\":\"posts\","
	    "\"data\":{\"t\":\"%0*d\"}}",
	    16 * 1024, 7);
}

static void
visitors_stop_where_the_owner_says(void **state)
{
	struct data_stage *stage = *state;
	int i;

	stage->visitors_max_bytes = MOST;
	data_stage_open(stage);
	says(stage, OWNER,
	    "{\"op\":\"create-table\",\"name\":\"posts\",\"policy\":\"open\","
	    "\"column_defs\":[{\"name\":\"t\",\"type\":\"TEXT\"}]}",
	    "*");
	for (i = 0; i < FILLS_MAX && strcmp(fill(stage, ANN), full) != 0; i++)
		;
	assert_in_range(i, MOST / 2 / (16 * 1024), MOST / (16 * 1024));

	/* Nor any other way, nor for others; what is there is read. */
	assert_string_equal(fill(stage, BOB), full);
	says(stage, ANN,
	    "{\"op\":\"update\",\"table\":\"posts\",\"id\":1,"
	    "\"data\":{\"t\":\"x\"}}",
	    full);
	says(stage, ANN,
	    "{\"op\":\"update-where\",\"table\":\"posts\",\"where\":\"1\","
	    "\"data\":{\"t\":\"x\"}}",
	    full);
	says(stage, ANN,
	    "{\"op\":\"upsert\",\"table\":\"posts\",\"key_col\":\"t\","
	    "\"data\":{\"t\":\"x\"}}",
	    full);
	says(stage, ANN, "{\"op\":\"exists\",\"table\":\"posts\"}",
	    "{\"exists\":true}");

	/* The owner goes on. */
	says(stage, OWNER,
	    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":{\"t\":\"x\"}}",
	    "{\"status\":\"inserted\",*");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    visitors_stop_where_the_owner_says, data_stage_prepare,
		    data_stage_end),
	};

	log_open("store_room_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
