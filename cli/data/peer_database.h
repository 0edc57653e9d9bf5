/*
 * database: a peer's data.db as seen from outside of goopd. It is only ever
 * read here; the running peer goes on writing meanwhile (WAL).
 */
#ifndef CLI_DATA_PEER_DATABASE_H
#define CLI_DATA_PEER_DATABASE_H

#include <sqlite3.h>

#define DATABASE_FILE "data.db"

enum {
	DATABASE_WAIT_MS = 5000, /* for who holds it alone, at its start */
	DATABASE_VALUE_MAX = 64 * 1024 * 1024,
};

/*
 * Open an existing database for reading. Where nothing may be written beside
 * it and no log is to be read, it is read as a file that nobody changes.
 * SQLITE_OK with *ret to close; else *ret is NULL and *why a malloc'd sentence.
 */
int database_open(const char *path, sqlite3 **ret, char **why);

/* Open a file that nobody else uses and that came from elsewhere; no file is
 * made beside it. The same answers. */
int database_open_alone(const char *path, sqlite3 **ret, char **why);

/* Is the whole of it sound? SQLITE_OK, or *why. */
int database_check(sqlite3 *, char **why);

/* Copy one moment of it into a file that has no name any more: it is made as to
 * and unlinked at once. interrupt_came() breaks it off (SQLITE_INTERRUPT).
 * SQLITE_OK with *ret_fd to read it, or *why. */
int database_copy(sqlite3 *, const char *to, int *ret_fd, char **why);

#endif
