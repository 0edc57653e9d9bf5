/* store: many ask at once: fairness, limits, what nobody waits for any more. */
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
enum { HEAVY = 12, MANY = 60, LIGHT = 40, WRITES = 20 };

struct crowd {
	struct data_stage *stage;
	int heavy, light, writes; /* answered */
	int refused;
	int to_come;
	char words[DATA_ERROR_MAX + 1]; /* of the last refusal */
};

static void
heard(struct crowd *crowd, struct data_answer *answer)
{
	if (answer->code != BUS_OK) {
		crowd->refused++;
		snprintf(
		    crowd->words, sizeof(crowd->words), "%s", answer->error);
	}
	if (--crowd->to_come == 0)
		event_base_loopbreak(crowd->stage->base);
}

static uint64_t
ask(struct crowd *crowd, int number, const char *request, data_done_fn *done)
{
	struct data_caller caller = data_stage_caller(crowd->stage, number);
	struct data_body body = { .is_line = true, .json = bytes_of(request) };

	crowd->to_come++;
	return store_ask(crowd->stage->store, &caller, &body, done, crowd);
}

static void
wait_for_all(struct crowd *crowd)
{
	while (crowd->to_come > 0)
		event_base_loop(crowd->stage->base, EVLOOP_ONCE);
}

static void
make_posts(struct data_stage *stage)
{
	data_ask_as(stage, OWNER,
	    "{'op':'create-table','name':'posts','column_defs':[{'name':'t',"
	    "'type':'TEXT'}],'policy':'open'}");
	data_stage_sql(stage,
	    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c"
	    " LIMIT 20000) INSERT INTO posts (_owner, t)"
	    " SELECT 'x', 'some text of row ' || x FROM c");
}

static void
on_heavy(struct data_answer *answer, void *arg)
{
	struct crowd *crowd = arg;

	crowd->heavy++;
	heard(crowd, answer);
}

/* One after the other, as a page would. */
static void
on_light(struct data_answer *answer, void *arg)
{
	struct crowd *crowd = arg;

	if (++crowd->light < LIGHT)
		ask(crowd, ANN,
		    "{\"op\":\"query\",\"table\":\"posts\",\"where\":\"_id = "
		    "7\"}",
		    on_light);
	heard(crowd, answer);
}

static void
on_write(struct data_answer *answer, void *arg)
{
	struct crowd *crowd = arg;

	if (++crowd->writes < WRITES)
		ask(crowd, ANN,
		    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":{\"t\":"
		    "\"x\"}}",
		    on_write);
	heard(crowd, answer);
}

static void
heavy_queries_do_not_starve_others(void **state)
{
	struct crowd crowd = { .stage = *state };
	int i;

	make_posts(*state);
	for (i = 0; i < MANY; i++)
		ask(&crowd, BOB,
		    "{\"op\":\"count\",\"table\":\"posts\",\"where\":"
		    "\"t LIKE '%a%b%c%' OR t LIKE '%x%y%z%' OR t LIKE "
		    "'%e%f%g%' OR upper(lower(upper(lower(t)))) = 'x'\"}",
		    on_heavy);
	ask(&crowd, ANN, "{\"op\":\"tables\"}", on_light);
	ask(&crowd, ANN,
	    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":{\"t\":\"x\"}}",
	    on_write);
	while (crowd.light < LIGHT || crowd.writes < WRITES)
		event_base_loop(crowd.stage->base, EVLOOP_ONCE);
	print_message("%d of %d heavy ones were done\n", crowd.heavy, MANY);
	assert_true(crowd.heavy < MANY);
	assert_int_equal(crowd.refused, 0);
}

static void
heavy_writes_take_turns(void **state)
{
	struct crowd crowd = { .stage = *state };
	int i;

	make_posts(*state);
	data_ask_as(*state, OWNER,
	    "{'op':'set-access','table':'posts','access':{'update':'open'}}");
	for (i = 0; i < HEAVY; i++)
		ask(&crowd, BOB,
		    "{\"op\":\"update-where\",\"table\":\"posts\",\"where\":"
		    "\"_id < 3000\",\"data\":{\"t\":\"y\"}}",
		    on_heavy);
	for (i = 0; i < LIGHT; i++)
		ask(&crowd, ANN,
		    "{\"op\":\"update\",\"table\":\"posts\",\"id\":7,"
		    "\"data\":{\"t\":\"z\"}}",
		    on_light);
	crowd.light = LIGHT; /* none is asked again */
	wait_for_all(&crowd);
	assert_int_equal(crowd.heavy, HEAVY);
	assert_int_equal(crowd.light, 2 * LIGHT);
}

/* Nobody works yet while they ask. */
static void
ask_many(struct crowd *crowd, int number, int count)
{
	struct data_stage *stage = crowd->stage;
	int i;

	assert_int_equal(
	    store_open(stage->dirfd, &stage->self, &stage->store), 0);
	for (i = 0; i < count; i++)
		ask(crowd, number, "{\"op\":\"tables\"}", on_heavy);
	assert_int_equal(crowd->heavy, 0); /* never from inside */
	assert_int_equal(store_start(stage->store, stage->base, NULL, NULL), 0);
	wait_for_all(crowd);
	data_stage_close(stage);
}

static void
a_caller_has_so_many_at_once(void **state)
{
	struct crowd crowd = { .stage = *state };

	data_stage_close(crowd.stage);
	ask_many(&crowd, BOB, STORE_WAITING_PER_CALLER + 10);
	assert_int_equal(crowd.refused, 10);
	assert_string_equal(crowd.words, "rate limit exceeded");
	crowd.refused = crowd.heavy = 0;
	ask_many(&crowd, OWNER, STORE_WAITING_PER_CALLER + 10);
	assert_int_equal(crowd.refused, 0);
}

static void
must_not_come(struct data_answer *answer, void *arg)
{
	(void)answer;
	(void)arg;
	fail();
}

static void
what_is_cancelled_is_not_heard(void **state)
{
	struct crowd crowd = { .stage = *state };
	uint64_t numbers[HEAVY];
	int i;

	make_posts(*state);
	for (i = 0; i < HEAVY; i++)
		numbers[i] = ask(&crowd, BOB,
		    "{\"op\":\"count\",\"table\":\"posts\"}", must_not_come);
	for (i = 0; i < HEAVY; i++) {
		store_cancel(crowd.stage->store, numbers[i]);
		store_cancel(crowd.stage->store, numbers[i]);
	}
	crowd.to_come = 0;
	ask(&crowd, BOB, "{\"op\":\"count\",\"table\":\"posts\"}", on_heavy);
	wait_for_all(&crowd);
	/* and what is under way or waits when all ends */
	for (i = 0; i < HEAVY; i++)
		ask(&crowd, BOB, "{\"op\":\"count\",\"table\":\"posts\"}",
		    must_not_come);
	data_stage_close(crowd.stage);
}

/* Tables change while they are read: each answer is of one shape or the other,
 * and access that was taken away is not had. */
static void
shapes_change_under_readers(void **state)
{
	struct data_stage *stage = *state;
	const char *answer;
	int i;

	make_posts(stage);
	for (i = 0; i < 20; i++) {
		struct crowd crowd = { .stage = stage };
		int k;

		for (k = 0; k < 10; k++)
			ask(&crowd, BOB,
			    "{\"op\":\"query\",\"table\":\"posts\",\"limit\":"
			    "3}",
			    on_heavy);
		ask(&crowd, OWNER,
		    i % 2 == 0 ? "{\"op\":\"rename-table\",\"old_name\":"
				 "\"posts\",\"new_name\":\"others\"}"
			       : "{\"op\":\"rename-table\",\"old_name\":"
				 "\"others\",\"new_name\":\"posts\"}",
		    on_heavy);
		for (k = 0; k < 10; k++)
			ask(&crowd, ANN,
			    "{\"op\":\"query\",\"table\":\"posts\",\"limit\":"
			    "3}",
			    on_heavy);
		wait_for_all(&crowd);
		if (crowd.refused > 0 &&
		    strcmp(crowd.words, "no such table: posts") != 0)
			fail_msg("%s", crowd.words);
	}
	data_ask_as(stage, OWNER,
	    "{'op':'set-policy','table':'posts','policy':'local'}");
	answer = data_ask_as(stage, BOB, "{'op':'count','table':'posts'}");
	assert_string_equal(
	    answer, "forbidden: query not allowed: table is local-only");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heavy_queries_do_not_starve_others),
		TEST(heavy_writes_take_turns),
		TEST(a_caller_has_so_many_at_once),
		TEST(what_is_cancelled_is_not_heard),
		TEST(shapes_change_under_readers),
	};

	log_open("store_queue_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
