#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "goop-viewerd/settings/settings_change.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	const char *out;
} cases[] = {
	{ "label",          "{\"label\":\"A\"}",            0, "{\"profile.label\":\"A\"}" },
	{ "several",        "{\"email\":\"a@b\",\"label\":\"A\"}", 0, "{\"profile.label\":\"A\",\"profile.email\":\"a@b\"}" },
	{ "switch",         "{\"hide_unverified\":true}",   0, "{\"viewer.hide_unverified\":true}" },
	{ "theme",          "{\"theme\":\"dark\"}",         0, "{\"viewer.theme\":\"dark\"}" },
	{ "odd theme",      "{\"theme\":\"pink\"}",         0, "{}" },
	{ "theme number",   "{\"theme\":4}",                0, "{}" },
	{ "nothing",        "{}",                           0, "{}" },
	{ "unknown key",    "{\"use_services\":true}",      0, "{}" },
	{ "path of a key",  "{\"identity.key_file\":\"x\"}", 0, "{}" },
	{ "control",        "{\"label\":\"a\\u000ab\"}",  -EINVAL, NULL },
	{ "escape",         "{\"email\":\"\\u001b[1m\"}", -EINVAL, NULL },
	{ "array",          "[]",                           -EINVAL, NULL },
	{ "text",           "\"label\"",                    -EINVAL, NULL },
	{ "cut",            "{\"label\":",                  -EINVAL, NULL },
	{ "empty",          "",                             -EINVAL, NULL },
	{ "rest behind",    "{} {}",                        -EINVAL, NULL },
	{ "twice",          "{\"label\":\"a\",\"label\":\"b\"}", -EINVAL, NULL },
	{ "not UTF-8",      "{\"label\":\"\xff\"}",         -EINVAL, NULL },
};
/* clang-format on */

static void
test_translate(void **state)
{
	struct buffer out;
	const char *why;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		buffer_init(&out, 1000);
		got = settings_change_translate(
		    bytes_of(cases[i].in), &out, &why);
		if (got != cases[i].want ||
		    (got == 0 && !bytes_equal(buffer_bytes(&out),
				     bytes_of(cases[i].out))))
			fail_msg("%s: got %d %.*s", cases[i].name, got,
			    (int)out.len, (const char *)out.memory);
		buffer_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_translate) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
