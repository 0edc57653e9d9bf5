/*
 * database: one connection to data.db, its guard, and the statements it keeps
 * prepared. A connection is used by one thread at a time.
 */
#ifndef GOOPD_DATA_SQL_DATABASE_H
#define GOOPD_DATA_SQL_DATABASE_H

#include <sqlite3.h>

#include "goopd/data/sql/statement_limits.h"

enum {
	DATABASE_LENGTH_MAX = 8 * 1024 * 1024, /* of a value or row */
	DATABASE_SQL_MAX = 256 * 1024,
	DATABASE_STATEMENTS_MAX = 96, /* kept, of those made from requests */
	DATABASE_BUSY_MS = 5000,      /* wait for other programs' locks */
	DATABASE_JOURNAL_MAX = 16 * 1024 * 1024, /* a longer WAL is cut */
	DATABASE_CACHE_KIB = 2048,
	DATABASE_PATH_MAX = 4096,
	DATABASE_WHY_MAX = 256,
};

#define DATABASE_TEXTS(...) \
	(const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)

enum database_role { DATABASE_READS, DATABASE_WRITES };

struct statement;

struct database {
	sqlite3 *handle;
	struct statement_limits guard;
	struct statement *statements; /* by their text */
	size_t passing;               /* of them made from requests */
	uint64_t tick;
};

/*
 * Make DIR/name with mode 0600 if there is none, and tell its path. It has to
 * be a regular file, no link. 0 or -errno with why.
 */
int database_make_file(int dirfd, const char *name,
    char path[DATABASE_PATH_MAX], char why[DATABASE_WHY_MAX]);

/* Open a connection. 0, or an SQLite error with why. */
int database_open(const char *path, enum database_role, struct database **ret,
    char why[DATABASE_WHY_MAX]);
void database_close(struct database *); /* NULL is fine */

/* The writer's connection is sound: from now on the file may be changed. WAL,
 * every commit on the disk. 0, or an SQLite error with why. */
int database_begin_writing(struct database *, char why[DATABASE_WHY_MAX]);

enum statement_life {
	STATEMENT_STAYS,  /* a constant text of ours */
	STATEMENT_PASSES, /* made from a request: the unused go first */
};

/*
 * A prepared statement, from those kept or made now; NULL on an error, which
 * the handle then tells. Give it back with database_release().
 */
sqlite3_stmt *database_statement(
    struct database *, const char *sql, enum statement_life);
void database_release(struct database *, sqlite3_stmt *);

/* Drop the kept statements that are not in use. */
void database_forget(struct database *, enum statement_life);

/* Run texts of our own; no limit ends them. 0 or an SQLite error. */
int database_run(struct database *, const char *sql);

/* Run a statement of ours to its end and give it back; no limit ends it. 0 or
 * an SQLite error. */
int database_finish(struct database *, sqlite3_stmt *);

/* Run a constant text of ours with texts as its parameters; NULL is NULL. 0 or
 * an SQLite error. */
int database_run_with(
    struct database *, const char *sql, const char *const *texts, size_t count);

/* The number in the only row of an own text without parameters; -1 on error. */
int64_t database_number(struct database *, const char *sql);

/* Is it damage? */
bool database_is_damage(int sqlite_error);

#endif
