#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/presence/presence_tag.h"

static void
test_tags(void **state)
{
	char red[PRESENCE_TAG_SIZE], same[PRESENCE_TAG_SIZE];
	char blue[PRESENCE_TAG_SIZE];

	(void)state;
	presence_tag_make("red", red);
	presence_tag_make("Red", same);
	presence_tag_make("blue", blue);
	assert_int_equal(strlen(red), PRESENCE_TAG_SIZE - 1);
	assert_int_equal(
	    strspn(red, "0123456789abcdef"), PRESENCE_TAG_SIZE - 1);
	assert_string_equal(red, same);
	assert_string_not_equal(red, blue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
