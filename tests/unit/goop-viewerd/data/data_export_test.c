#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goop-viewerd/data/data_export.h"

/* clang-format off */
static const struct {
	const char *query;
	const char *table; /* NULL: refused */
	bool is_csv;
} exports[] = {
	{ "table=notes&format=csv",       "notes", true },
	{ "format=json&table=_n2",        "_n2", false },
	{ "a=b&&table=t&format=csv&c",    "t", true },
	{ NULL,                           NULL, false },
	{ "",                             NULL, false },
	{ "table=&format=csv",            NULL, false },
	{ "table=t",                      NULL, false },
	{ "table=t&format=xml",           NULL, false },
	{ "table=t&format=csvx",          NULL, false },
	{ "tables=t&format=csv",          NULL, false },
	{ "table=2t&format=csv",          NULL, false },
	{ "table=a%22b&format=csv",       NULL, false },
	{ "table=a\"b&format=csv",        NULL, false },
	{ "table=../x&format=csv",        NULL, false },
	{ "table=a.b&format=csv",         NULL, false },
	{ "table=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx&format=csv", NULL, false },
};
/* clang-format on */

static void
test_exports(void **state)
{
	struct data_export_query query;
	const char *why;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(exports); i++) {
		rc = data_export_parse(exports[i].query, &query, &why);
		if ((rc == 0) != (exports[i].table != NULL))
			fail_msg("%s: got %d", exports[i].query, rc);
		if (rc == 0 && (strcmp(query.table, exports[i].table) != 0 ||
				   query.is_csv != exports[i].is_csv))
			fail_msg("%s: %s", exports[i].query, query.table);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
