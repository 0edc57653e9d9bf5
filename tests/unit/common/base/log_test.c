/* log and counter: what is written, and that strangers cannot flood it */
#include "common/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/counter.h"

COUNTER(test_events, "events of this test");

static struct {
	size_t lines;
	enum log_level level;
	char text[LOG_LINE_MAX];
} seen;

static void
remember(const struct log_line *line, void *arg)
{
	assert_ptr_equal(arg, &seen);
	assert_string_equal(line->program, "test");
	assert_true(line->ts_ms > 0);
	seen.lines++;
	seen.level = line->level;
	snprintf(seen.text, sizeof(seen.text), "%s", line->text);
}

static int
start(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	log_open("test", LOG_LEVEL_INFO);
	log_set_sink(remember, &seen);
	return 0;
}

static void
test_levels(void **state)
{
	enum log_level level;

	(void)state;
	log_debug("unseen");
	assert_int_equal(seen.lines, 0);
	log_info("peer connected peer=%s", "12D3");
	assert_int_equal(seen.lines, 1);
	assert_int_equal(seen.level, LOG_LEVEL_INFO);
	assert_string_equal(seen.text, "peer connected peer=12D3");
	log_error("no");
	assert_int_equal(seen.level, LOG_LEVEL_ERROR);
	for (level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		enum log_level parsed;

		assert_true(log_level_parse(log_level_name(level), &parsed));
		assert_int_equal(parsed, level);
	}
	assert_false(log_level_parse("loud", &level));
	assert_false(log_level_parse("", &level));
}

/* One event is one line, whatever is in it. */
static void
test_hostile_text(void **state)
{
	char big[3 * LOG_LINE_MAX];

	(void)state;
	log_info("label=%s", "a\n<3>forged: line\x1b[2J\xff");
	assert_string_equal(seen.text, "label=a?<3>forged: line?[2J?");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("%s", big);
	assert_int_equal(strlen(seen.text), LOG_LINE_MAX - 1);
	errno = ENOENT;
	log_info("kept");
	assert_int_equal(errno, ENOENT);
}

static size_t
run_with_stderr_in_file(void (*run)(void), char *text, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t len;

	dup2(fileno(file), STDERR_FILENO);
	log_open("test", LOG_LEVEL_INFO); /* not a terminal now */
	run();
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	fclose(file);
	return len;
}

static void
log_three(void)
{
	log_error("first");
	log_warn("second");
	log_info("third\n");
}

static void
test_journald_form(void **state)
{
	char text[256];

	(void)state;
	run_with_stderr_in_file(log_three, text, sizeof(text));
	assert_string_equal(
	    text, "<3>test: first\n<4>test: second\n<6>test: third?\n");
}

/* A window that does not end by itself, so that no clock matters here. */
static void
test_limit(void **state)
{
	struct log_limit limit = { 0 };
	size_t i, passed = 0;

	(void)state;
	assert_true(log_limit_pass(&limit, "flood"));
	limit.window_start_ms = INT64_MAX / 2;
	for (i = 0; i < 1000; i++)
		passed += log_limit_pass(&limit, "flood");
	assert_int_equal(passed, LOG_STRANGER_BURST - 1);
	assert_int_equal(seen.lines, 0);
	/* The window is over: what was left out is told, once. */
	limit.window_start_ms = INT64_MIN / 2;
	assert_true(log_limit_pass(&limit, "flood"));
	assert_int_equal(seen.lines, 1);
	assert_string_equal(
	    seen.text, "flood: 996 more lines like this were left out");
	assert_true(log_limit_pass(&limit, "flood"));
	assert_int_equal(seen.lines, 1);
}

static void
test_stranger(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		log_stranger("refused number=%zu", i);
	assert_true(seen.lines >= LOG_STRANGER_BURST && seen.lines < 100);
}

static void
test_counter(void **state)
{
	const struct counter *counter;
	size_t found = 0;

	(void)state;
	counter_add(&test_events, 2);
	counter_add(&test_events, 3);
	for (counter = counter_first(); counter != NULL;
	     counter = counter->next)
		if (!strcmp(counter->name, "test_events")) {
			assert_int_equal(counter->value, 5);
			assert_string_equal(
			    counter->help, "events of this test");
			found++;
		}
	assert_int_equal(found, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, start),
		cmocka_unit_test_setup(test_hostile_text, start),
		cmocka_unit_test_setup(test_journald_form, start),
		cmocka_unit_test_setup(test_limit, start),
		cmocka_unit_test_setup(test_stranger, start),
		cmocka_unit_test_setup(test_counter, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
