/*
 * statement_limits: the second wall around what pages put into SQL, and the
 * limits of each statement. While a view is set, SQLite's authorizer permits a
 * statement only to SELECT columns of that view and to call functions of a
 * short list; the table behind the view is read from inside the view alone. The
 * progress handler ends a statement that takes too long or too much memory.
 */
#ifndef GOOPD_DATA_SQL_STATEMENT_LIMITS_H
#define GOOPD_DATA_SQL_STATEMENT_LIMITS_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/libp2p/multiformats/peer_id.h"

#define SQL_FUNCTION_CALLER "goop_caller" /* what views ask */

enum {
	LIMITS_STEPS = 64, /* of SQLite's machine between two looks */
	/* All of SQLite's memory while a stranger's, or the owner's statement
	 * runs. */
	LIMITS_REMOTE_MEMORY = 64 * 1024 * 1024,
	LIMITS_OWNER_MEMORY = 256 * 1024 * 1024,
};

enum limits_stop {
	LIMITS_GOES_ON,
	LIMITS_TOO_LONG,
	LIMITS_TOO_MUCH_MEMORY,
	LIMITS_CANCELLED
};

/* Of one connection; it stays where it is. */
struct statement_limits {
	const char *view;  /* NULL: statements of our own */
	const char *table; /* behind the view */
	bool shows_all;    /* the view: SQLite may put the table in its place */
	char caller[PEER_ID_TEXT_SIZE]; /* goop_caller() */
	int64_t deadline_us;            /* 0: none */
	int64_t memory_max;
	const atomic_bool *cancelled; /* NULL: cannot be */
	enum limits_stop stop;        /* why a statement was ended */
	/* A statement that changes rows is running: ending it would undo the
	 * transaction, with the requests of others. */
	bool is_writing;
};

/* Watch this connection. 0 or an SQLite error (for database.c alone). */
int limits_install(struct statement_limits *, sqlite3 *);

/* Limit what runs from now on; ms 0: no limit. */
void limits_set(struct statement_limits *, int64_t ms, int64_t memory_max);

/* Is the time over, or the memory used up? */
bool limits_is_over(struct statement_limits *);

#endif
