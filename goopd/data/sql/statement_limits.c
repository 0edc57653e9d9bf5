#include "goopd/data/sql/statement_limits.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base/array.h"

/* clang-format off */
/* What pages may call: functions whose time is bounded by the length of their
 * arguments and whose result by SQLITE_LIMIT_LENGTH, and which read no file,
 * connection or other row. Left out: printf, format, replace, zeroblob,
 * randomblob (memory); load_extension, changes, last_insert_rowid, sqlite_*. */
static const char *const functions[] = {
	/* of groups */
	"avg", "count", "group_concat", "max", "min", "sum", "total",
	/* of texts */
	"char", "glob", "hex", "instr", "length", "like", "lower", "ltrim",
	"quote", "rtrim", "substr", "substring", "trim", "typeof", "unicode",
	"upper",
	/* of numbers */
	"abs", "ceil", "ceiling", "floor", "mod", "pow", "power", "random",
	"round", "sign", "sqrt", "trunc",
	/* of NULL */
	"coalesce", "ifnull", "iif", "nullif",
	/* of time */
	"date", "datetime", "julianday", "strftime", "time", "unixepoch",
	/* what CURRENT_TIMESTAMP and its like are called inside */
	"current_date", "current_time", "current_timestamp",
};
/* clang-format on */

static bool
is_callable(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (!strcasecmp(name, functions[i]))
			return true;
	return false;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && !strcasecmp(a, b);
}

/*
 * Of the view itself from outside, of its table from inside. A table of which
 * no column is read ("") is asked for from nowhere when SQLite puts it in the
 * place of a view that shows all of it: that tells no more than the view.
 */
static bool
may_read(const struct statement_limits *limits, const char *table,
    const char *column, const char *database, const char *inside)
{
	if (same(database, "temp") && same(table, limits->view))
		return inside == NULL || same(inside, limits->view);
	if (!same(database, "main") || !same(table, limits->table))
		return false;
	return same(inside, limits->view) ||
	       (inside == NULL && limits->shows_all && same(column, ""));
}

static bool
may_call(
    const struct statement_limits *limits, const char *name, const char *inside)
{
	if (same(name, SQL_FUNCTION_CALLER))
		return same(inside, limits->view);
	return name != NULL && is_callable(name);
}

/* Our own statements: all but what leaves this database. */
static int
authorize_own(int action, const char *second)
{
	if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
		return SQLITE_DENY;
	if (action == SQLITE_FUNCTION && same(second, "load_extension"))
		return SQLITE_DENY;
	return SQLITE_OK;
}

static int
authorize(void *arg, int action, const char *first, const char *second,
    const char *database, const char *inside)
{
	const struct statement_limits *limits = arg;
	bool may = false;

	if (limits->view == NULL)
		return authorize_own(action, second);
	switch (action) {
	case SQLITE_SELECT:
		may = true;
		break;
	case SQLITE_READ:
		may = may_read(limits, first, second, database, inside);
		break;
	case SQLITE_FUNCTION:
		may = may_call(limits, second, inside);
		break;
	}
	return may ? SQLITE_OK : SQLITE_DENY;
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool
limits_is_over(struct statement_limits *limits)
{
	if (limits->deadline_us != 0 && now_us() >= limits->deadline_us)
		limits->stop = LIMITS_TOO_LONG;
	else if (limits->cancelled != NULL && atomic_load(limits->cancelled))
		limits->stop = LIMITS_CANCELLED;
	else if (limits->memory_max != 0 &&
		 sqlite3_memory_used() > limits->memory_max)
		limits->stop = LIMITS_TOO_MUCH_MEMORY;
	return limits->stop != LIMITS_GOES_ON;
}

static int
on_progress(void *arg)
{
	struct statement_limits *limits = arg;

	return !limits->is_writing && limits_is_over(limits);
}

void
limits_set(struct statement_limits *limits, int64_t ms, int64_t memory_max)
{
	limits->deadline_us = ms == 0 ? 0 : now_us() + ms * 1000;
	limits->memory_max = memory_max;
	limits->stop = LIMITS_GOES_ON;
}

int
limits_install(struct statement_limits *limits, sqlite3 *db)
{
	int rc = sqlite3_set_authorizer(db, authorize, limits);

	sqlite3_progress_handler(db, LIMITS_STEPS, on_progress, limits);
	return rc;
}
