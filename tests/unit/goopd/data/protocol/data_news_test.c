/* Which tables changed: told at once, then gathered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/data/protocol/data_news.h"

struct told {
	char text[256];
	int count;
};

static void
tell(const char *table, void *arg)
{
	struct told *told = arg;

	snprintf(told->text + strlen(told->text),
	    sizeof(told->text) - strlen(told->text), "[%s]", table);
	told->count++;
}

static void
test_gathered(void **state)
{
	struct event_base *base = event_base_new();
	struct told told = { "", 0 };
	struct data_news *news = data_news_new(base, tell, &told);
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		data_news_note(news, i % 2 == 0 ? "even" : "odd");
	assert_string_equal(told.text, "[even]");
	event_base_dispatch(base); /* until no timer is left */
	assert_string_equal(told.text, "[even][odd][even]");
	data_news_note(news, "later");
	assert_string_equal(told.text, "[even][odd][even][later]");
	data_news_free(news);
	event_base_free(base);
}

static void
test_any(void **state)
{
	struct event_base *base = event_base_new();
	struct told told = { "", 0 };
	struct data_news *news = data_news_new(base, tell, &told);
	char name[DATA_NEWS_NAME_MAX + 2] = "";
	int i;

	(void)state;
	memset(name, 'a', DATA_NEWS_NAME_MAX + 1);
	data_news_note(news, name);
	assert_string_equal(told.text, "[]");
	for (i = 0; i < DATA_NEWS_TABLES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		data_news_note(news, name);
	}
	event_base_dispatch(base);
	assert_string_equal(told.text, "[][]");
	data_news_free(news);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gathered),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
