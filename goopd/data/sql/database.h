/*
 * database: one connection to data.db, the limits of its statements, and those
 * it keeps prepared. A connection is used by one thread at a time.
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
	struct statement_limits limits;
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

/*
 * SQLite's codes stay in this folder. What follows returns 0 or -EIO, unless it
 * says more; database_error() has the connection's last error.
 */

/* Open a connection. -EIO with why. */
int database_open(const char *path, enum database_role, struct database **ret,
    char why[DATABASE_WHY_MAX]);
void database_close(struct database *); /* NULL is fine */

/* The writer's connection is sound: from now on the file may be changed. WAL,
 * every commit on the disk. -EIO with why. */
int database_begin_writing(struct database *, char why[DATABASE_WHY_MAX]);

enum statement_life {
	STATEMENT_STAYS,  /* a constant text of ours */
	STATEMENT_PASSES, /* made from a request: the unused go first */
};

/*
 * A prepared statement, from those kept or made now; NULL on an error, for
 * database_error(). Give it back with database_release().
 */
sqlite3_stmt *database_statement(
    struct database *, const char *sql, enum statement_life);
void database_release(struct database *, sqlite3_stmt *);

/* Drop the kept statements that are not in use. */
void database_forget(struct database *, enum statement_life);

/* Run texts of our own; no limit ends them. */
int database_run(struct database *, const char *sql);

/* The next row, DATABASE_ROW; 0: there is no more. */
enum { DATABASE_ROW = 1 };
int database_step(sqlite3_stmt *);

/* Run a statement of ours to its end and give it back; no limit ends it. NULL
 * is -EIO. */
int database_finish(struct database *, sqlite3_stmt *);

/* Run a constant text of ours with texts as its parameters; NULL is NULL. */
int database_run_with(
    struct database *, const char *sql, const char *const *texts, size_t count);

/* The number in the only row of an own text without parameters; -1 on error. */
int64_t database_number(struct database *, const char *sql);

/* Move what is in the WAL into the database; waits: for readers too, so that it
 * begins anew. -EBUSY: a reader did not end. */
int database_checkpoint(struct database *, bool waits);

enum database_error {
	DATABASE_UNUSABLE, /* for another reason than those below */
	DATABASE_INVALID,  /* the statement, or what it wants to do */
	DATABASE_STOPPED,  /* by the statement's limits */
	DATABASE_DENIED,   /* by the authorizer */
	DATABASE_TOO_LARGE,
	DATABASE_NO_MEMORY,
	DATABASE_IN_USE, /* by another program */
	DATABASE_DISK_FULL,
	DATABASE_DISK_FAILS,
	DATABASE_DAMAGED,
};
enum database_error database_error(const struct database *);

#endif
