/*
 * roster_file: the SQLite file of a roster_store, with its prepared statements.
 * A corrupt file is set aside.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_FILE_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

enum roster_statement {
	ROSTER_BEGIN,
	ROSTER_COMMIT,
	ROSTER_ROLLBACK,
	ROSTER_PUT_ROW,
	ROSTER_DROP_ROW,
	ROSTER_PUT_LEFT,
	ROSTER_DROP_LEFT,
	ROSTER_FORGET_LEFT, /* up to a version */
	ROSTER_DROP_ROWS,
	ROSTER_DROP_LEFTS,
	ROSTER_PUT_STATE,
	ROSTER_GET_STATE,
	ROSTER_GET_ROWS,
	ROSTER_GET_LEFTS,
	ROSTER_STATEMENTS
};

struct roster_file {
	char *path;
	sqlite3 *db; /* NULL while there is none */
	sqlite3_stmt *statements[ROSTER_STATEMENTS];
};

/*
 * Open and check the file; a corrupt one is renamed and a new one made. True if
 * it can be used; else *why is the reason, valid until the next call.
 */
bool roster_file_open(
    struct roster_file *, const char *path, int64_t clock_ms, const char **why);

/* Open it again; a new one if rc is an error of a corrupt file. */
bool roster_file_reopen(
    struct roster_file *, int rc, int64_t clock_ms, const char **why);

/* Is rc an error of a corrupt file, which a new one would cure? */
bool roster_file_is_broken(int rc);

void roster_file_close(struct roster_file *);

/* A statement, reset, for its values to be bound. */
sqlite3_stmt *roster_file_get(struct roster_file *, enum roster_statement);

/* Run it to its end: SQLITE_OK or an error code of SQLite. */
int roster_file_run(struct roster_file *, enum roster_statement);

#endif
