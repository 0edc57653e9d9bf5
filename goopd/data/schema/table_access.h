/*
 * table_access: who may do what with a table. Four levels for each of four
 * rights; the schema of a typed table may also give rights to the roles of a
 * group. Pure: the caller says who asks.
 *
 * Differs from the original: with `owner`, the author of a row may change and
 * delete it, as its documentation says (there only the owner of the site may).
 */
#ifndef GOOPD_DATA_SCHEMA_TABLE_ACCESS_H
#define GOOPD_DATA_SCHEMA_TABLE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

enum table_right { RIGHT_READ, RIGHT_INSERT, RIGHT_UPDATE, RIGHT_DELETE };
enum { RIGHTS = 4 };

enum table_level { LEVEL_LOCAL, LEVEL_OWNER, LEVEL_GROUP, LEVEL_OPEN };

struct table_access {
	enum table_level level[RIGHTS]; /* by enum table_right */
};

enum { ROLE_NAME_MAX = 64, ROLES_MAX = 32 };

struct table_role { /* what a role of the group may do */
	char name[ROLE_NAME_MAX + 1];
	bool may[RIGHTS];
};

/* Who asks. */
struct table_caller {
	bool is_owner; /* of the site, through the own viewer: all is allowed */
	bool has_group;   /* the site has a template group */
	const char *role; /* the caller's in it; NULL: not a member */
};

enum table_scope {
	SCOPE_NONE,
	SCOPE_OWN_ROWS, /* those whose _owner is the caller */
	SCOPE_ALL_ROWS,
};

enum { TABLE_REFUSAL_MAX = 160 };

/*
 * What the caller may reach with this right. roles may be NULL with count 0.
 * With SCOPE_NONE, refusal is the original's sentence, e.g. "query not allowed:
 * table is local-only", "insert not allowed: this table only accepts data from
 * the site owner", "update not allowed: insufficient role (viewer)".
 */
enum table_scope table_access_decide(const struct table_access *,
    enum table_right, const struct table_caller *,
    const struct table_role *roles, size_t role_count,
    char refusal[TABLE_REFUSAL_MAX]);

/* The words "local", "owner", "group", "open"; false if it is none of them. */
bool table_level_parse(const char *word, enum table_level *ret);
const char *table_level_name(enum table_level);
const char *table_right_name(enum table_right); /* "read", "insert", ... */

/* What an old insert policy means (reference: "Access and roles"): open and
 * public: read open, insert open, else owner; group: read open, insert group,
 * else owner; local: all local; anything else: read open, else owner. */
struct table_access table_access_of_policy(const char *policy);

#endif
