#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goopd/data/schema/table_access.h"

static const struct table_caller owner = { .is_owner = true };
static const struct table_caller nobody = { .has_group = false };
static const struct table_caller stranger = { .has_group = true };
static const struct table_caller viewer = { .has_group = true,
	.role = "viewer" };
static const struct table_caller author = { .has_group = true,
	.role = "author" };
static const struct table_caller chief = { .has_group = true, .role = "owner" };

static const struct table_role roles[] = {
	{ "viewer", { true, false, false, false } },
	{ "author", { true, true, true, true } },
};

/* clang-format off */
static const struct {
	const char *name;
	enum table_level level;
	enum table_right right;
	const struct table_caller *caller;
	size_t roles;
	enum table_scope want;
	const char *refusal;
} cases[] = {
	{ "owner may all",       LEVEL_LOCAL, RIGHT_DELETE, &owner,    0, SCOPE_ALL_ROWS, "" },
	{ "local, read",         LEVEL_LOCAL, RIGHT_READ,   &chief,    2, SCOPE_NONE, "query not allowed: table is local-only" },
	{ "local, insert",       LEVEL_LOCAL, RIGHT_INSERT, &nobody,   0, SCOPE_NONE, "insert not allowed: table is local-only" },
	{ "local, update",       LEVEL_LOCAL, RIGHT_UPDATE, &nobody,   0, SCOPE_NONE, "update not allowed: table is local-only" },
	{ "owner, read",         LEVEL_OWNER, RIGHT_READ,   &nobody,   0, SCOPE_OWN_ROWS, "" },
	{ "owner, insert",       LEVEL_OWNER, RIGHT_INSERT, &nobody,   0, SCOPE_NONE, "insert not allowed: this table only accepts data from the site owner" },
	{ "owner, update",       LEVEL_OWNER, RIGHT_UPDATE, &nobody,   0, SCOPE_OWN_ROWS, "" },
	{ "owner, delete",       LEVEL_OWNER, RIGHT_DELETE, &nobody,   0, SCOPE_OWN_ROWS, "" },
	{ "open, read",          LEVEL_OPEN,  RIGHT_READ,   &nobody,   0, SCOPE_ALL_ROWS, "" },
	{ "open, insert",        LEVEL_OPEN,  RIGHT_INSERT, &nobody,   0, SCOPE_ALL_ROWS, "" },
	{ "open, delete",        LEVEL_OPEN,  RIGHT_DELETE, &nobody,   0, SCOPE_ALL_ROWS, "" },
	{ "no group",            LEVEL_GROUP, RIGHT_READ,   &nobody,   2, SCOPE_NONE, "read not allowed: no group system" },
	{ "not a member",        LEVEL_GROUP, RIGHT_READ,   &stranger, 2, SCOPE_NONE, "read not allowed: not a group member" },
	{ "no roles",            LEVEL_GROUP, RIGHT_INSERT, &viewer,   0, SCOPE_NONE, "insert not allowed: no role mapping for table" },
	{ "role unknown",        LEVEL_GROUP, RIGHT_INSERT, &author,   1, SCOPE_NONE, "insert not allowed: insufficient role (author)" },
	{ "role may read",       LEVEL_GROUP, RIGHT_READ,   &viewer,   2, SCOPE_ALL_ROWS, "" },
	{ "role may not update", LEVEL_GROUP, RIGHT_UPDATE, &viewer,   2, SCOPE_NONE, "update not allowed: insufficient role (viewer)" },
	{ "role may insert",     LEVEL_GROUP, RIGHT_INSERT, &author,   2, SCOPE_ALL_ROWS, "" },
	{ "role: own rows",      LEVEL_GROUP, RIGHT_UPDATE, &author,   2, SCOPE_OWN_ROWS, "" },
	{ "role: own rows gone", LEVEL_GROUP, RIGHT_DELETE, &author,   2, SCOPE_OWN_ROWS, "" },
	{ "owner of the group",  LEVEL_GROUP, RIGHT_INSERT, &chief,    0, SCOPE_ALL_ROWS, "" },
	{ "owner: own rows",     LEVEL_GROUP, RIGHT_DELETE, &chief,    0, SCOPE_OWN_ROWS, "" },
};

static const struct { const char *policy, *want[RIGHTS]; } policies[] = {
	{ "open",   { "open",  "open",  "owner", "owner" } },
	{ "public", { "open",  "open",  "owner", "owner" } },
	{ "group",  { "open",  "group", "owner", "owner" } },
	{ "local",  { "local", "local", "local", "local" } },
	{ "owner",  { "open",  "owner", "owner", "owner" } },
	{ "",       { "open",  "owner", "owner", "owner" } },
	{ "Open",   { "open",  "owner", "owner", "owner" } },
	{ NULL,     { "open",  "owner", "owner", "owner" } },
};
/* clang-format on */

static void
test_decide(void **state)
{
	struct table_access access;
	char refusal[TABLE_REFUSAL_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		access = (struct table_access){ 0 };
		access.level[cases[i].right] = cases[i].level;
		refusal[0] = '\0';
		assert_int_equal(
		    table_access_decide(&access, cases[i].right,
			cases[i].caller, roles, cases[i].roles, refusal),
		    cases[i].want);
		assert_string_equal(refusal, cases[i].refusal);
	}
}

static void
test_policies(void **state)
{
	struct table_access access;
	size_t i, right;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		access = table_access_of_policy(policies[i].policy);
		for (right = 0; right < RIGHTS; right++)
			assert_string_equal(
			    table_level_name(access.level[right]),
			    policies[i].want[right]);
	}
}

static void
test_levels(void **state)
{
	static const char *const words[] = { "local", "owner", "group",
		"open" };
	enum table_level level;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		assert_true(table_level_parse(words[i], &level));
		assert_string_equal(table_level_name(level), words[i]);
	}
	assert_false(table_level_parse("", &level));
	assert_false(table_level_parse("public", &level));
	assert_false(table_level_parse("OPEN", &level));
	assert_string_equal(table_right_name(RIGHT_READ), "read");
	assert_string_equal(table_right_name(RIGHT_DELETE), "delete");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
