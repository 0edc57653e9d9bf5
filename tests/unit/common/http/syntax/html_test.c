#include "common/http/syntax/html.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"

static const struct {
	const char *name, *text, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "words", "two words", "two words" },
	{ "markup", "<img src=x onerror=alert(1)>",
	    "&lt;img src=x onerror=alert(1)&gt;" },
	{ "out of an attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;" },
	{ "entities", "&lt;&", "&amp;lt;&amp;" },
	{ "other letters", "Zo\xc3\xab", "Zo\xc3\xab" },
};

static void
text_stays_text(void **state)
{
	struct buffer buffer;
	struct bytes got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		buffer_init(&buffer, 128);
		assert_int_equal(html_append_text(&buffer, cases[i].text), 0);
		got = buffer_bytes(&buffer);
		if (!bytes_equal(got, bytes_of(cases[i].want)))
			fail_msg("%s: got %.*s", cases[i].name, (int)got.len,
			    (const char *)got.data);
		buffer_fini(&buffer);
	}
}

static void
stops_where_the_buffer_is_full(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 8);
	assert_int_equal(html_append_text(&buffer, "abcdefgh"), 0);
	assert_int_equal(html_append_text(&buffer, "<"), -ENOBUFS);
	buffer_fini(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_text),
		cmocka_unit_test(stops_where_the_buffer_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
