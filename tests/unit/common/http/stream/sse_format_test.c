#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/stream/sse_format.h"

/* clang-format off */
static const struct {
	const char *name, *id, *data, *want;
} cases[] = {
	{ "one line",     "7",  "{}",       "id: 7\nevent: e\ndata: {}\n\n" },
	{ "no id",        NULL, "x",        "event: e\ndata: x\n\n" },
	{ "empty",        NULL, "",         "event: e\ndata: \n\n" },
	{ "two lines",    NULL, "a\nb",     "event: e\ndata: a\ndata: b\n\n" },
	{ "CR LF",        NULL, "a\r\nb",   "event: e\ndata: a\ndata: b\n\n" },
	{ "CR",           NULL, "a\rb",     "event: e\ndata: a\ndata: b\n\n" },
	{ "line at end",  NULL, "a\n",      "event: e\ndata: a\ndata: \n\n" },
	{ "forged event", NULL, "a\n\nevent: x", "event: e\ndata: a\ndata: \ndata: event: x\n\n" },
};
/* clang-format on */

static void
test_format(void **state)
{
	struct buffer text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		buffer_init(&text, 1000);
		assert_int_equal(sse_format(&text, cases[i].id, "e",
				     bytes_of(cases[i].data)),
		    0);
		if (!bytes_equal(buffer_bytes(&text), bytes_of(cases[i].want)))
			fail_msg("%s: got \"%.*s\"", cases[i].name,
			    (int)text.len, (const char *)text.memory);
		buffer_fini(&text);
	}
}

static void
test_full(void **state)
{
	struct buffer text;

	(void)state;
	buffer_init(&text, 20);
	assert_int_equal(
	    sse_format(&text, "1", "event", bytes_of("more than fits")),
	    -ENOBUFS);
	buffer_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
