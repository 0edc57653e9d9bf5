#include "goopd/data/schema/table_access.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"

static const char *const level_names[] = {
	[LEVEL_LOCAL] = "local",
	[LEVEL_OWNER] = "owner",
	[LEVEL_GROUP] = "group",
	[LEVEL_OPEN] = "open",
};
#define LEVELS ARRAY_SIZE(level_names)

static const char *const right_names[RIGHTS] = {
	[RIGHT_READ] = "read",
	[RIGHT_INSERT] = "insert",
	[RIGHT_UPDATE] = "update",
	[RIGHT_DELETE] = "delete",
};

bool
table_level_parse(const char *word, enum table_level *ret)
{
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		if (strcmp(word, level_names[i]) == 0) {
			*ret = (enum table_level)i;
			return true;
		}
	}
	return false;
}

const char *
table_level_name(enum table_level level)
{
	return level_names[level];
}

const char *
table_right_name(enum table_right right)
{
	return right_names[right];
}

struct table_access
table_access_of_policy(const char *policy)
{
	struct table_access access = { { LEVEL_OPEN, LEVEL_OWNER, LEVEL_OWNER,
	    LEVEL_OWNER } };

	if (policy == NULL)
		return access;
	if (strcmp(policy, "local") == 0)
		return (struct table_access){ { LEVEL_LOCAL, LEVEL_LOCAL,
		    LEVEL_LOCAL, LEVEL_LOCAL } };
	if (strcmp(policy, "open") == 0 || strcmp(policy, "public") == 0)
		access.level[RIGHT_INSERT] = LEVEL_OPEN;
	if (strcmp(policy, "group") == 0)
		access.level[RIGHT_INSERT] = LEVEL_GROUP;
	return access;
}

/* The original names the operation where the level refuses, and the right where
 * the group does. */
static enum table_scope
refuse(char refusal[TABLE_REFUSAL_MAX], const char *what, const char *why)
{
	snprintf(refusal, TABLE_REFUSAL_MAX, "%s not allowed: %s", what, why);
	return SCOPE_NONE;
}

static bool
role_may(const char *role, enum table_right right,
    const struct table_role *roles, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(roles[i].name, role) == 0)
			return roles[i].may[right];
	}
	return false;
}

static enum table_scope
decide_by_group(enum table_right right, const struct table_caller *caller,
    const struct table_role *roles, size_t role_count,
    char refusal[TABLE_REFUSAL_MAX])
{
	const char *name = right_names[right];
	char why[sizeof("insufficient role ()") + ROLE_NAME_MAX];

	if (!caller->has_group)
		return refuse(refusal, name, "no group system");
	if (caller->role == NULL)
		return refuse(refusal, name, "not a group member");
	if (strcmp(caller->role, "owner") != 0) {
		if (role_count == 0)
			return refuse(
			    refusal, name, "no role mapping for table");
		snprintf(why, sizeof(why), "insufficient role (%.*s)",
		    ROLE_NAME_MAX, caller->role);
		if (!role_may(caller->role, right, roles, role_count))
			return refuse(refusal, name, why);
	}
	return right == RIGHT_READ || right == RIGHT_INSERT ? SCOPE_ALL_ROWS
							    : SCOPE_OWN_ROWS;
}

enum table_scope
table_access_decide(const struct table_access *access, enum table_right right,
    const struct table_caller *caller, const struct table_role *roles,
    size_t role_count, char refusal[TABLE_REFUSAL_MAX])
{
	const char *op = right == RIGHT_READ ? "query" : right_names[right];

	if (caller->is_owner)
		return SCOPE_ALL_ROWS;
	switch (access->level[right]) {
	case LEVEL_OPEN:
		return SCOPE_ALL_ROWS;
	case LEVEL_GROUP:
		return decide_by_group(
		    right, caller, roles, role_count, refusal);
	case LEVEL_OWNER:
		if (right == RIGHT_INSERT)
			return refuse(refusal, op,
			    "this table only accepts data from the site "
			    "owner");
		return SCOPE_OWN_ROWS;
	case LEVEL_LOCAL:
		break;
	}
	return refuse(refusal, op, "table is local-only");
}
