/*
 * store: what is acknowledged outlives SIGKILL, and what is asked again is not
 * done twice. A child writes, and tells each acknowledgement through a pipe;
 * it is killed at random moments, and the next one begins again with the first
 * write that was not acknowledged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/data_stage.h"

enum { WRITES = 10000, UNDER_WAY = 64, KILLS = 25, SEED = 7 };

/* --- the child */

struct writing {
	struct data_stage *stage;
	int pipe;
	int next;
};

struct write {
	struct writing *writing;
	int number;
};

static void write_next(struct writing *);

static void
on_written(struct data_answer *answer, void *arg)
{
	struct write *one = arg;
	struct writing *writing = one->writing;

	if (answer->code != BUS_OK) {
		fprintf(stderr, "%d: %s\n", one->number, answer->error);
		_exit(3);
	}
	if (write(writing->pipe, &one->number, sizeof(int)) != sizeof(int))
		_exit(4);
	free(one);
	write_next(writing);
}

static void
write_next(struct writing *writing)
{
	struct data_caller caller = data_stage_caller(writing->stage, 1);
	struct data_body body;
	struct write *one;
	char request[256];

	if (writing->next >= WRITES)
		return;
	one = xzalloc(sizeof(*one));
	one->writing = writing;
	one->number = writing->next++;
	snprintf(request, sizeof(request),
	    "{\"op\":\"insert\",\"table\":\"posts\",\"request_id\":\"w%d\","
	    "\"data\":{\"title\":\"x\",\"n\":%d}}",
	    one->number, one->number);
	body = (struct data_body){ .is_line = true, .json = bytes_of(request) };
	store_ask(writing->stage->store, &caller, &body, on_written, one);
}

static void
write_all(struct data_stage *stage, int pipe, int from)
{
	struct writing writing = { stage, pipe, from };
	int i;

	stage->base = event_base_new();
	data_stage_open(stage);
	for (i = 0; i < UNDER_WAY; i++)
		write_next(&writing);
	event_base_dispatch(stage->base);
	_exit(5);
}

/* --- the parent */

struct tally {
	bool is_acknowledged[WRITES];
	int first; /* that is not */
	int count;
};

static void
note(struct tally *tally, int number)
{
	assert_true(number >= 0 && number < WRITES);
	if (!tally->is_acknowledged[number])
		tally->count++;
	tally->is_acknowledged[number] = true;
	while (tally->first < WRITES && tally->is_acknowledged[tally->first])
		tally->first++;
}

/* Hear the child until it has acknowledged so many more; then kill it. */
static void
hear(struct tally *tally, pid_t child, int pipe, int until)
{
	int number, status, heard = 0;

	while (read(pipe, &number, sizeof(number)) == sizeof(number)) {
		note(tally, number);
		if (++heard == until || tally->count == WRITES)
			kill(child, SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status))
		fail_msg("the child ended with %d", WEXITSTATUS(status));
}

static void
all_that_was_acknowledged_is_there(
    struct data_stage *stage, const struct tally *tally)
{
	char sql[256];
	const char *text;

	text = data_stage_value(
	    stage, "SELECT count(*) - count(DISTINCT n) FROM posts");
	assert_string_equal(text, "0");
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM posts WHERE n < %d",
	    tally->first);
	assert_int_equal(
	    strtol(data_stage_value(stage, sql), NULL, 10), tally->first);
	text = data_stage_value(stage, "SELECT count(*) FROM posts");
	assert_true(strtol(text, NULL, 10) >= tally->count);
	assert_string_equal(
	    data_stage_value(stage, "PRAGMA integrity_check"), "ok");
}

static void
nothing_is_lost_or_done_twice(void **state)
{
	/* clang-format off */
	static const struct data_line make[] = {
		{ 0, "{'op':'create-table','name':'posts','column_defs':[{'name':'title','type':'TEXT'},{'name':'n','type':'INTEGER'}],'policy':'open'}", "{*" },
	};
	/* clang-format on */
	struct data_stage *stage = *state;
	struct tally *tally = xzalloc(sizeof(*tally));
	int ends[2], kills = 0;
	pid_t child;

	srandom(SEED);
	DATA_PLAY(stage, make);
	data_stage_close(stage);
	while (tally->count < WRITES) {
		assert_int_equal(pipe(ends), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(ends[0]);
			write_all(stage, ends[1], tally->first);
		}
		close(ends[1]);
		hear(tally, child, ends[0],
		    1 + (int)(random() % (2 * WRITES / KILLS)));
		close(ends[0]);
		kills++;
		all_that_was_acknowledged_is_there(stage, tally);
	}
	print_message("%d kills\n", kills);
	assert_true(kills > 3);
	assert_string_equal(
	    data_stage_value(stage, "SELECT count(*) FROM posts"), "10000");
	free(tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost_or_done_twice,
		    data_stage_begin, data_stage_end),
	};

	log_open("store_loss_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
