/*
 * data_request: one request of /goop/data/1.0.0 and of the viewer's data API,
 * which share their JSON. Parsing checks shape, types, names and lengths.
 */
#ifndef GOOPD_DATA_REQUEST_DATA_REQUEST_H
#define GOOPD_DATA_REQUEST_DATA_REQUEST_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "proto/data_ops.h"
#include "proto/goopd_ops.h"

/* Who asks. */
struct data_caller {
	struct peer_id peer;
	bool is_owner;                  /* through the own viewer */
	char email[GOOP_EMAIL_MAX + 1]; /* from its presence; may be "" */
};

enum {
	DATA_REQUEST_MAX = 1024 * 1024, /* bytes of a request line */
	DATA_DEPTH_MAX = 16,            /* nesting of its JSON */
	DATA_VALUES_MAX = 128 * 1024,   /* in its JSON, of all kinds */
	DATA_ARGS_MAX = 256,
	DATA_COLUMNS_MAX = 128,
	DATA_REQUEST_ID_MAX = GOOP_DATA_REQUEST_ID_MAX,
};

/*
 * All members borrow from root; absent ones are NULL or 0, and so are "", null
 * and []. What the operation cannot do without is there: table (of
 * create-table, or schema), id > 0, data, where, column, expr, column_def,
 * policy, access, roles, old_name and new_name.
 *
 * `table` stands for `name` too (not where a column is dropped). `column` is a
 * name where the JSON has a text (also as `column_name`, `key_col`, of pluck
 * and distinct the first of `columns` or `fields`, of drop-column `name` or
 * `column.name`), else column_def is the object. Create-table takes its
 * column_defs from `columns` too. Names are identifiers, and no list of columns
 * has one twice; ["*"] is NULL. data has no system columns any more: they are
 * dropped. limit is above 0 with has_limit, else 0, and offset too.
 */
struct data_request {
	json_t *root;
	enum data_op op;
	const char *table;
	const char *where, *order, *expr, *group_by;
	const char *column;
	const char *old_name, *new_name;
	const char *policy, *format, *function;
	const char
	    *request_id;    /* printable ASCII; the same one is applied once */
	const json_t *data; /* object of scalars */
	const json_t *args; /* array of scalars */
	const json_t *columns; /* array of texts: `columns`, else `fields` */
	const json_t *column_defs; /* array of objects */
	const json_t *column_def;  /* object */
	const json_t *value;       /* scalar; null is json_null() */
	const json_t *schema, *access, *roles, *params; /* objects */
	int64_t id, limit, offset, after;
	bool has_limit;
};

/*
 * A request as it came: a line of /goop/data/1.0.0, which names its operation
 * itself, or the body of a page's call, of which the operation is known.
 */
struct data_body {
	bool is_line;
	enum data_op op;        /* of a call */
	const char *request_id; /* where json has none; NULL: none */
	struct bytes json;
};

/*
 * Parse one request. 0 with *ret for data_request_fini; or -EBADMSG with *why a
 * malloc'd sentence, the original's where it has one ("invalid json: ...",
 * "unknown op: x", "invalid table name: x").
 */
int data_request_parse(
    const struct data_body *, struct data_request *ret, char **why);
void data_request_fini(struct data_request *);

/*
 * Append the line of /goop/data/1.0.0, with its LF, that asks another peer for
 * what a page's call asks for, with the keys that peers of the
 * original know. 0; -EBADMSG with *why a malloc'd sentence; or -ENOBUFS when it
 * does not fit.
 */
int data_request_print(
    const struct data_body *, struct buffer *line, char **why);

#endif
