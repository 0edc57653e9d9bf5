#include "cli/data/sql_guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_among(const char *name, const char *const list[])
{
	for (; *list != NULL; list++)
		if (!strcasecmp(name, *list))
			return true;
	return false;
}

/* PRAGMAs that only read; with a value only if it names what to read. */
static bool
is_reading_pragma(const char *name, const char *value)
{
	static const char *const telling[] = { "application_id",
		"collation_list", "compile_options", "database_list",
		"encoding", "freelist_count", "function_list", "journal_mode",
		"module_list", "page_count", "page_size", "pragma_list",
		"schema_version", "user_version", NULL };
	static const char *const looking[] = { "foreign_key_check",
		"foreign_key_list", "index_info", "index_list", "index_xinfo",
		"integrity_check", "quick_check", "table_info", "table_list",
		"table_xinfo", NULL };

	return is_among(name, looking) ||
	       (value == NULL && is_among(name, telling));
}

static int
on_authorize(void *arg, int action, const char *first, const char *second,
    const char *database, const char *inside)
{
	struct sql_guard *guard = arg;
	const char *what = NULL;

	(void)database;
	(void)inside;
	if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
		what = "other databases cannot be attached";
	else if (action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT)
		what = "transactions cannot be begun or ended";
	else if (action == SQLITE_FUNCTION &&
		 !strcasecmp(second, "load_extension"))
		what = "extensions cannot be loaded";
	else if (action == SQLITE_PRAGMA && !is_reading_pragma(first, second))
		what = "this PRAGMA changes something, or shows nothing";
	if (what == NULL)
		return SQLITE_OK;
	snprintf(guard->refused, sizeof(guard->refused), "%s", what);
	return SQLITE_DENY;
}

void
sql_guard_set(sqlite3 *db, struct sql_guard *guard)
{
	guard->refused[0] = '\0';
	sqlite3_set_authorizer(db, on_authorize, guard);
}
