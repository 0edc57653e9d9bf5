/*
 * peer_database: a peer's data.db, read from outside goopd while the running
 * peer may write to it (WAL).
 */
#ifndef CLI_DATA_PEER_DATABASE_H
#define CLI_DATA_PEER_DATABASE_H

#include <sqlite3.h>

#define DATABASE_FILE "data.db"

enum {
	DATABASE_WAIT_MS =
	    5000, /* for a process that has it locked at its start */
	DATABASE_VALUE_MAX = 64 * 1024 * 1024,
};

/*
 * Open an existing database for reading. If no file can be made beside it and
 * there is no log, it is read as an immutable file. SQLITE_OK with *ret to
 * close; else *ret is NULL and *why a malloc'd sentence.
 */
int database_open(const char *path, sqlite3 **ret, char **why);

/* Open an untrusted file that no other process uses; no file is made beside it.
 * Returns as above. */
int database_open_alone(const char *path, sqlite3 **ret, char **why);

/* Check its integrity. SQLITE_OK, or *why. */
int database_check(sqlite3 *, char **why);

/* Copy a consistent state of it into an unlinked file: it is made as to and
 * unlinked at once. interrupt_came() ends it (SQLITE_INTERRUPT). SQLITE_OK with
 * *ret_fd to read it, or *why. */
int database_copy(sqlite3 *, const char *to, int *ret_fd, char **why);

#endif
