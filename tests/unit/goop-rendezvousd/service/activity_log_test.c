/* journal: the last lines */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/text.h"
#include "goop-rendezvousd/service/activity_log.h"

static void
notes_the_time(void **state)
{
	struct activity_log *journal = activity_log_new();

	(void)state;
	setenv("TZ", "UTC-2", 1);
	tzset();
	activity_log_write(journal, 1700000000000, "%s joined", "a");
	assert_int_equal(activity_log_count(journal), 1);
	assert_string_equal(
	    activity_log_line(journal, 0), "[00:13:20] a joined");
	activity_log_write(journal, INT64_MIN, "long ago");
	activity_log_write(journal, INT64_MAX, "later");
	assert_int_equal(activity_log_count(journal), 3);
	activity_log_free(journal);
}

static void
keeps_the_last_500(void **state)
{
	struct activity_log *journal = activity_log_new();
	char want[32];
	int i;

	(void)state;
	assert_int_equal(activity_log_count(journal), 0);
	for (i = 0; i < ACTIVITY_LOG_LINES_MAX + 7; i++)
		activity_log_write(journal, 0, "line %d", i);
	assert_int_equal(activity_log_count(journal), ACTIVITY_LOG_LINES_MAX);
	assert_int_equal(
	    activity_log_written(journal), ACTIVITY_LOG_LINES_MAX + 7);
	assert_string_equal(
	    strchr(activity_log_line(journal, 0), ' '), " line 7");
	snprintf(want, sizeof(want), " line %d", ACTIVITY_LOG_LINES_MAX + 6);
	assert_string_equal(
	    strchr(activity_log_line(journal, ACTIVITY_LOG_LINES_MAX - 1), ' '),
	    want);
	activity_log_free(journal);
}

static void
lines_are_harmless(void **state)
{
	struct activity_log *journal = activity_log_new();
	char label[ACTIVITY_LOG_LINE_MAX + 2];
	size_t i;

	(void)state;
	activity_log_write(journal, 0, "%s", "a\nb\033[31m\x7f");
	assert_string_equal(
	    strchr(activity_log_line(journal, 0), ' '), " a?b?[31m?");
	/* Cut within a character, wherever that falls. */
	for (i = 0; i < 4; i++) {
		memset(label, 'x', 480 + i);
		label[480 + i] = '\0';
		while (strlen(label) + 4 < sizeof(label))
			strcat(label, "\xf0\x9f\x98\x80");
		activity_log_write(journal, 0, "%s", label);
		assert_null(strchr(activity_log_line(journal, i + 1), '?'));
		assert_in_range(strlen(activity_log_line(journal, i + 1)),
		    ACTIVITY_LOG_LINE_MAX - 5, ACTIVITY_LOG_LINE_MAX - 1);
	}
	activity_log_free(journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_the_time),
		cmocka_unit_test(keeps_the_last_500),
		cmocka_unit_test(lines_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
