/*
 * trash: deleted rows, columns and tables, kept for TRASH_KEPT_MS so that they
 * can be restored. Rows are bounded: the oldest entries go first, and an entry
 * larger than the whole trash is not kept.
 */
#ifndef GOOPD_DATA_OPS_TRASH_H
#define GOOPD_DATA_OPS_TRASH_H

#include "goopd/data/ops/session.h"

enum {
	TRASH_KEPT_MS = 24 * 60 * 60 * 1000,
	TRASH_ROWS_MAX = 100 * 1000,
	TRASH_BYTES_MAX = 64 * 1024 * 1024,
	TRASH_TEXT_MAX =
	    80, /* bytes of the text by which people know an entry */
	TRASH_LIST_MAX = 1000,
};

/* One entry being made, in the writer's transaction. */
struct trash_entry {
	int64_t id;
	int64_t rows, bytes;
	bool is_over; /* it would be too large: nothing of it is kept */
	char text[TRASH_TEXT_MAX + 1];
};

/* Count what it holds, unless that is known. */
void trash_learn(struct session *);

/* Begin an entry: kind is "rows", "table" or "column". False with a refusal. */
bool trash_begin(struct session *, const char *kind, const char *table,
    struct trash_entry *ret);

/* Keep the row on which a SELECT of all of the table's columns stands. 0 or
 * -EIO. */
int trash_add_row(struct session *, struct trash_entry *,
    const struct catalog_table *, sqlite3_stmt *row);

/* It is whole; detail (JSON, may be NULL) is for undo. False with a refusal. */
bool trash_end(
    struct session *, const struct trash_entry *, const char *detail);

/* Entries that are over a day old go. *ret_due: when the next does, or
 * INT64_MAX. 0 or -EIO. */
int trash_purge(struct session *, int64_t now_ms, int64_t *ret_due);

/* Print all entries, the newest first, as a JSON array. */
void trash_list(struct session *);

/* Restore an entry; table is the one that it came from. False with a refusal.
 */
bool trash_restore(
    struct session *, int64_t id, char table[IDENTIFIER_MAX + 1]);

#endif
