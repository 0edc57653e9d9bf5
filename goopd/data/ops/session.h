/*
 * session: a connection that carries out one request at a time: its caller, the
 * catalog it goes by, its limits.
 */
#ifndef GOOPD_DATA_OPS_SESSION_H
#define GOOPD_DATA_OPS_SESSION_H

#include "goopd/data/request/data_answer.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/schema/views.h"

enum {
	SESSION_REMOTE_READ_MS = 1000,
	SESSION_REMOTE_WRITE_MS = 500,
	SESSION_OWNER_MS = 10 * 1000,
	SESSION_REMOTE_ROWS = 10000, /* of an answer */
	SESSION_OWNER_ROWS = 100 * 1000,
	SESSION_DATA_MAX = DATA_ANSWER_MAX - 64, /* with what is around it */
};

struct auto_number;

/* What the trash holds, as far as it is known. */
struct trash_totals {
	bool is_known;
	int64_t rows, bytes;
};

struct session {
	struct database *database;
	struct views views;
	struct auto_number *numbers;  /* the writer's: auto_numbers.h */
	struct trash_totals trash;    /* the writer's */
	char self[PEER_ID_TEXT_SIZE]; /* of this peer */
	int64_t visitors_max_bytes;   /* of the database; 0: no limit */

	/* of the present request */
	const struct catalog *catalog;
	const struct data_caller *caller;
	struct data_answer *answer; /* its data, or a refusal */
	char caller_text[PEER_ID_TEXT_SIZE];
	int64_t limit_ms;
	int64_t now_ms; /* wall clock */
	/* What a write changed; "" none yet. */
	char changed[IDENTIFIER_MAX + 1];
};

void session_init(
    struct session *, struct database *, const struct peer_id *self);
void session_fini(struct session *); /* closes the connection */

/* A request begins. */
void session_begin(struct session *, const struct catalog *,
    const struct data_caller *, enum data_op, struct data_answer *,
    const atomic_bool *cancelled);
/* It has ended. */
void session_end(struct session *);

/* What the caller may reach; the refusal's sentence with SCOPE_NONE. */
enum table_scope session_scope(struct session *, const struct catalog_table *,
    enum table_right, char refusal[TABLE_REFUSAL_MAX]);

/* May the caller do anything with it? */
bool session_sees(struct session *, const struct catalog_table *);

/* The table of this name, or NULL and the answer is a refusal. */
const struct catalog_table *session_find(struct session *, const char *name);

/* The same, if the caller has the right, with its scope. */
const struct catalog_table *session_table(struct session *, const char *name,
    enum table_right, enum table_scope *ret);

/* The answer becomes a refusal for the connection's last error. */
void session_fail(struct session *);
/* The same for an answer of an earlier request. */
void session_explain(struct session *, struct data_answer *);

/* The same if rc, of a function of database.h, is negative: then false. */
bool session_check(struct session *, int rc);

/* A constant text of ours, prepared; NULL with a refusal. Ends with
 * database_release() or database_finish(). */
sqlite3_stmt *session_statement(struct session *, const char *sql);

/* Print into the answer; what does not fit becomes a refusal. rc is 0 or the
 * -ENOBUFS of a print. Returns whether it went well. */
bool session_printed(struct session *, int rc);

/* Rows that an answer may have. */
int64_t session_rows_max(const struct session *);

/* An operation: carries out the session's present request. Its data or a
 * refusal goes into the answer. */
typedef void data_op_fn(struct session *, const struct data_request *);
#define DATA_OP_DECLARE(NAME, name, ...) data_op_fn data_op_##name;

#endif
