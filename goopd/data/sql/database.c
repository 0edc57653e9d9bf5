#include "goopd/data/sql/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/sql_functions.h"

struct statement {
	char *sql;
	sqlite3_stmt *prepared;
	enum statement_life life;
	unsigned int users; /* 0 or 1: a second one is not kept */
	uint64_t used;      /* tick of the last use */
	UT_hash_handle hh;
};

static bool
is_damage(int sqlite_error)
{
	int rc = sqlite_error & 0xff;

	return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
}

static int
result(int sqlite_error)
{
	return sqlite_error == SQLITE_OK ? 0 : -EIO;
}

/* --- the file */

/* SQLite takes a path only; follow ours from the directory that is open. */
static int
tell_path(int dirfd, const char *name, char path[DATABASE_PATH_MAX])
{
	char link[64];
	ssize_t len;
	int room;

	if (dirfd == AT_FDCWD) {
		if (getcwd(path, DATABASE_PATH_MAX) == NULL)
			return -errno;
		len = (ssize_t)strlen(path);
	} else {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
		len = readlink(link, path, DATABASE_PATH_MAX - 1);
		if (len == -1)
			return -errno;
	}
	room = DATABASE_PATH_MAX - (int)len;
	if (snprintf(path + len, (size_t)room, "/%s", name) >= room)
		return -ENAMETOOLONG;
	return 0;
}

/* Closing it drops this process's locks on the file: so before SQLite has any.
 */
static int
make_file(int dirfd, const char *name)
{
	struct stat st;
	int rc = 0, fd;

	fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd == -1)
		return -errno;
	if (fstat(fd, &st) == -1)
		rc = -errno;
	else if (!S_ISREG(st.st_mode))
		rc = -EINVAL;
	else if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) == -1)
		rc = -errno;
	close(fd);
	return rc;
}

int
database_make_file(int dirfd, const char *name, char path[DATABASE_PATH_MAX],
    char why[DATABASE_WHY_MAX])
{
	int rc = tell_path(dirfd, name, path);

	if (rc == 0)
		rc = make_file(dirfd, name);
	if (rc < 0)
		snprintf(why, DATABASE_WHY_MAX,
		    "the database %s cannot be opened: %s", name,
		    rc == -ELOOP || rc == -EINVAL ? "it is no regular file"
						  : strerror(-rc));
	return rc;
}

/* --- a connection */

/* clang-format off */
static const struct {
	int which, value;
} sqlite_limits[] = {
	{ SQLITE_LIMIT_LENGTH,              DATABASE_LENGTH_MAX },
	{ SQLITE_LIMIT_SQL_LENGTH,          DATABASE_SQL_MAX },
	{ SQLITE_LIMIT_COLUMN,              512 },
	{ SQLITE_LIMIT_EXPR_DEPTH,          200 },
	{ SQLITE_LIMIT_COMPOUND_SELECT,     4 },
	{ SQLITE_LIMIT_VDBE_OP,             50000 },
	{ SQLITE_LIMIT_FUNCTION_ARG,        64 },
	{ SQLITE_LIMIT_ATTACHED,            0 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256 },
	{ SQLITE_LIMIT_VARIABLE_NUMBER,     600 },
	{ SQLITE_LIMIT_TRIGGER_DEPTH,       16 },
	{ SQLITE_LIMIT_WORKER_THREADS,      0 },
};
static const struct {
	int which, value;
} switches[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE,             1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA,        0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_ENABLE_FKEY,           1 },
	{ SQLITE_DBCONFIG_DQS_DML,               0 },
	{ SQLITE_DBCONFIG_DQS_DDL,               0 },
};
/* clang-format on */

static void
set_limits(sqlite3 *handle)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sqlite_limits); i++)
		sqlite3_limit(
		    handle, sqlite_limits[i].which, sqlite_limits[i].value);
	for (i = 0; i < ARRAY_SIZE(switches); i++)
		sqlite3_db_config(
		    handle, switches[i].which, switches[i].value, NULL);
}

/* Temporary things stay in memory, and the WAL stays when the last connection
 * closes: no file but the three is ever needed. */
static int
set_up(struct database *database)
{
	char sql[256];
	int keep = 1;

	snprintf(sql, sizeof(sql),
	    "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
	    "PRAGMA cache_size = -%d; PRAGMA mmap_size = 0;",
	    DATABASE_CACHE_KIB);
	sqlite3_file_control(
	    database->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	return database_run(database, sql);
}

/* Read something, so that all its files are open. */
static int
touch(struct database *database)
{
	return database_number(
		   database, "SELECT count(*) FROM main.sqlite_schema") < 0
		   ? -EIO
		   : 0;
}

static void
tell_why(sqlite3 *handle, char why[DATABASE_WHY_MAX])
{
	int error = sqlite3_errcode(handle);

	if (is_damage(error))
		snprintf(why, DATABASE_WHY_MAX,
		    "the database is damaged or no database at all (%s); it "
		    "is left as it is",
		    sqlite3_errstr(error));
	else
		snprintf(why, DATABASE_WHY_MAX,
		    "the database cannot be opened: %s",
		    handle != NULL ? sqlite3_errmsg(handle)
				   : sqlite3_errstr(error));
}

int
database_open(const char *path, enum database_role role, struct database **ret,
    char why[DATABASE_WHY_MAX])
{
	struct database *database = xzalloc(sizeof(*database));
	int rc;

	rc = sqlite3_open_v2(path, &database->handle,
	    (role == DATABASE_WRITES ? SQLITE_OPEN_READWRITE
				     : SQLITE_OPEN_READONLY) |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);
	if (rc == SQLITE_OK) {
		sqlite3_extended_result_codes(database->handle, 1);
		sqlite3_busy_timeout(database->handle, DATABASE_BUSY_MS);
		set_limits(database->handle);
		rc = limits_install(&database->limits, database->handle);
	}
	if (rc == SQLITE_OK)
		rc = sql_functions_add(database->handle, &database->limits);
	if (rc != SQLITE_OK || set_up(database) < 0 || touch(database) < 0) {
		tell_why(database->handle, why);
		database_close(database);
		return -EIO;
	}
	*ret = database;
	return 0;
}

int
database_begin_writing(struct database *database, char why[DATABASE_WHY_MAX])
{
	char sql[256];
	int rc;

	snprintf(sql, sizeof(sql),
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA journal_size_limit = %d; PRAGMA wal_autocheckpoint = 0;",
	    DATABASE_JOURNAL_MAX);
	rc = database_run(database, sql);
	if (rc == 0)
		rc = touch(database);
	if (rc < 0)
		tell_why(database->handle, why);
	return rc;
}

/* --- statements */

static void
statement_drop(struct database *database, struct statement *statement)
{
	HASH_DEL(database->statements, statement);
	database->passing -= statement->life == STATEMENT_PASSES;
	sqlite3_finalize(statement->prepared);
	free(statement->sql);
	free(statement);
}

static void
drop_all(struct database *database)
{
	struct statement *statement, *next;

	HASH_ITER (hh, database->statements, statement, next)
		statement_drop(database, statement);
}

void
database_close(struct database *database)
{
	if (database == NULL)
		return;
	drop_all(database);
	sqlite3_close_v2(database->handle);
	free(database);
}

void
database_forget(struct database *database, enum statement_life life)
{
	struct statement *statement, *next;

	HASH_ITER (hh, database->statements, statement, next)
		if (statement->life == life && statement->users == 0)
			statement_drop(database, statement);
}

static void
drop_oldest(struct database *database)
{
	struct statement *statement, *next, *oldest = NULL;

	HASH_ITER (hh, database->statements, statement, next)
		if (statement->life == STATEMENT_PASSES &&
		    statement->users == 0 &&
		    (oldest == NULL || statement->used < oldest->used))
			oldest = statement;
	if (oldest != NULL)
		statement_drop(database, oldest);
}

static struct statement *
statement_make(
    struct database *database, const char *sql, enum statement_life life)
{
	struct statement *statement;
	sqlite3_stmt *prepared;
	const char *rest;

	if (sqlite3_prepare_v3(database->handle, sql, -1,
		SQLITE_PREPARE_PERSISTENT, &prepared, &rest) != SQLITE_OK)
		return NULL;
	if (prepared == NULL || rest[strspn(rest, " \t\r\n")] != '\0') {
		sqlite3_finalize(prepared); /* none, or more than one */
		return NULL;
	}
	if (life == STATEMENT_PASSES &&
	    database->passing >= DATABASE_STATEMENTS_MAX)
		drop_oldest(database);
	statement = xzalloc(sizeof(*statement));
	statement->sql = xstrdup(sql);
	statement->prepared = prepared;
	statement->life = life;
	database->passing += life == STATEMENT_PASSES;
	HASH_ADD_KEYPTR(hh, database->statements, statement->sql,
	    strlen(statement->sql), statement);
	return statement;
}

sqlite3_stmt *
database_statement(
    struct database *database, const char *sql, enum statement_life life)
{
	struct statement *statement;

	HASH_FIND(hh, database->statements, sql, strlen(sql), statement);
	if (statement == NULL)
		statement = statement_make(database, sql, life);
	if (statement == NULL)
		return NULL;
	if (statement->users > 0)
		bug("database: a statement is used twice: %s", sql);
	statement->users = 1;
	statement->used = ++database->tick;
	return statement->prepared;
}

void
database_release(struct database *database, sqlite3_stmt *prepared)
{
	struct statement *statement;
	const char *sql;

	if (prepared == NULL)
		return;
	sqlite3_reset(prepared);
	sqlite3_clear_bindings(prepared);
	sql = sqlite3_sql(prepared);
	HASH_FIND(hh, database->statements, sql, strlen(sql), statement);
	if (statement != NULL && statement->prepared == prepared)
		statement->users = 0;
}

int
database_run(struct database *database, const char *sql)
{
	int rc;

	database->limits.is_writing = true;
	rc = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
	database->limits.is_writing = false;
	return result(rc);
}

int
database_step(sqlite3_stmt *prepared)
{
	int rc = sqlite3_step(prepared);

	if (rc == SQLITE_ROW)
		return DATABASE_ROW;
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int
database_finish(struct database *database, sqlite3_stmt *prepared)
{
	int rc;

	if (prepared == NULL)
		return -EIO;
	database->limits.is_writing = true;
	do
		rc = sqlite3_step(prepared);
	while (rc == SQLITE_ROW);
	database->limits.is_writing = false;
	database_release(database, prepared);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int
database_run_with(struct database *database, const char *sql,
    const char *const *texts, size_t count)
{
	sqlite3_stmt *prepared =
	    database_statement(database, sql, STATEMENT_STAYS);
	size_t i;

	for (i = 0; prepared != NULL && i < count; i++)
		if (texts[i] != NULL)
			sqlite3_bind_text(
			    prepared, (int)i + 1, texts[i], -1, SQLITE_STATIC);
	return database_finish(database, prepared);
}

int64_t
database_number(struct database *database, const char *sql)
{
	sqlite3_stmt *prepared =
	    database_statement(database, sql, STATEMENT_STAYS);
	int64_t number = -1;

	if (prepared != NULL && sqlite3_step(prepared) == SQLITE_ROW)
		number = sqlite3_column_int64(prepared, 0);
	if (prepared != NULL)
		database_release(database, prepared);
	return number;
}

/* --- the log */

int
database_checkpoint(struct database *database, bool waits)
{
	int rc = sqlite3_wal_checkpoint_v2(database->handle, "main",
	    waits ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
	    NULL);

	return (rc & 0xff) == SQLITE_BUSY ? -EBUSY : result(rc);
}

/* --- what went wrong */

enum database_error
database_error(const struct database *database)
{
	/* clang-format off */
	static const enum database_error errors[] = {
		[SQLITE_OK] =         DATABASE_INVALID,
		[SQLITE_ERROR] =      DATABASE_INVALID,
		[SQLITE_CONSTRAINT] = DATABASE_INVALID,
		[SQLITE_MISMATCH] =   DATABASE_INVALID,
		[SQLITE_RANGE] =      DATABASE_INVALID,
		[SQLITE_INTERRUPT] =  DATABASE_STOPPED,
		[SQLITE_AUTH] =       DATABASE_DENIED,
		[SQLITE_TOOBIG] =     DATABASE_TOO_LARGE,
		[SQLITE_NOMEM] =      DATABASE_NO_MEMORY,
		[SQLITE_BUSY] =       DATABASE_IN_USE,
		[SQLITE_LOCKED] =     DATABASE_IN_USE,
		[SQLITE_FULL] =       DATABASE_DISK_FULL,
		[SQLITE_IOERR] =      DATABASE_DISK_FAILS,
		[SQLITE_CORRUPT] =    DATABASE_DAMAGED,
		[SQLITE_NOTADB] =     DATABASE_DAMAGED,
	};
	/* clang-format on */
	size_t error =
	    (size_t)sqlite3_extended_errcode(database->handle) & 0xff;

	return error < ARRAY_SIZE(errors) ? errors[error] : DATABASE_UNUSABLE;
}
