/* store: each operation, by the owner and by strangers, at each level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN, BOB };

static void
make_posts(struct data_stage *stage)
{
	data_expect(stage, OWNER,
	    "{\"op\":\"create-table\",\"name\":\"posts\",\"column_defs\":"
	    "[{\"name\":\"title\",\"type\":\"TEXT\",\"not_null\":true},"
	    "{\"name\":\"n\",\"type\":\"INTEGER\"}],\"policy\":\"open\"}",
	    "{\"status\":\"created\",\"table\":\"posts\",\"mode\":"
	    "\"classic\"}");
}

static void
rows_come_and_go(void **state)
{
	struct data_stage *stage = *state;

	make_posts(stage);
	data_expect(stage, ANN,
	    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":"
	    "{\"title\":\"a\\\"b\",\"n\":5,\"_owner\":\"x\",\"_id\":77}}",
	    "{\"status\":\"inserted\",\"id\":1}");
	data_expect(stage, OWNER,
	    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":"
	    "{\"title\":\"c\",\"n\":2.5}}",
	    "{\"status\":\"inserted\",\"id\":2}");
	data_expect(stage, BOB,
	    "{\"op\":\"query\",\"table\":\"posts\","
	    "\"columns\":[\"_id\",\"title\",\"n\"]}",
	    "[{\"_id\":1,\"title\":\"a\\\"b\",\"n\":5},"
	    "{\"_id\":2,\"title\":\"c\",\"n\":2.5}]");
	data_expect(stage, BOB,
	    "{\"op\":\"query\",\"table\":\"posts\",\"where\":\"n > ?\","
	    "\"args\":[3],\"columns\":[\"_owner_email\"]}",
	    "[{\"_owner_email\":\"p1@example.org\"}]");
	data_expect(stage, OWNER,
	    "{\"op\":\"update\",\"table\":\"posts\",\"id\":1,"
	    "\"data\":{\"n\":null}}",
	    "{\"status\":\"updated\"}");
	data_expect(stage, OWNER,
	    "{\"op\":\"delete\",\"table\":\"posts\",\"id\":2}",
	    "{\"status\":\"deleted\"}");
	data_expect(stage, OWNER,
	    "{\"op\":\"delete\",\"table\":\"posts\",\"id\":2}",
	    "not_found: row not found or not owned by caller");
	data_expect(stage, BOB,
	    "{\"op\":\"pluck\",\"table\":\"posts\",\"column\":\"n\"}",
	    "[null]");
	data_expect(stage, BOB, "{\"op\":\"count\",\"table\":\"posts\"}",
	    "{\"count\":1}");
	assert_string_equal(stage->changes, "posts,posts,posts,posts,posts,");
	data_stage_restart(stage);
	data_expect(stage, BOB,
	    "{\"op\":\"query\",\"table\":\"posts\",\"where\":\"1=0\"}", "[]");
	data_expect(stage, BOB, "{\"op\":\"count\",\"table\":\"POSTS\"}",
	    "{\"count\":1}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_come_and_go),
	};

	log_open("store_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
