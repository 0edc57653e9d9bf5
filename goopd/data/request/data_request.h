/*
 * data_request: one request of /goop/data/1.0.0 and of the viewer's data API,
 * which share their JSON. Parsing checks shape, types, names and lengths; what
 * the words mean is for those who carry it out.
 */
#ifndef GOOPD_DATA_REQUEST_DATA_REQUEST_H
#define GOOPD_DATA_REQUEST_DATA_REQUEST_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/bytes.h"

enum {
	DATA_REQUEST_MAX = 1024 * 1024, /* bytes of a request line */
	DATA_DEPTH_MAX = 16,            /* nesting of its JSON */
	DATA_VALUES_MAX = 128 * 1024,   /* in its JSON, of all kinds */
	DATA_ARGS_MAX = 256,
	DATA_COLUMNS_MAX = 128,
	DATA_REQUEST_ID_MAX = 64,
};

enum data_kind {
	DATA_READS,
	DATA_WRITES,
	DATA_SHAPES, /* changes tables: the owner's alone */
	DATA_TENDS,  /* of ours, for the owner's viewer alone */
	DATA_SCRIPTS,
};

/* clang-format off */
#define DATA_OPS(X) /* word on the wire, kind */ \
	X(TABLES,        "tables",        DATA_READS) \
	X(ORM_SCHEMA,    "orm-schema",    DATA_READS) \
	X(DESCRIBE,      "describe",      DATA_READS) \
	X(QUERY,         "query",         DATA_READS) \
	X(QUERY_ONE,     "query-one",     DATA_READS) \
	X(EXISTS,        "exists",        DATA_READS) \
	X(COUNT,         "count",         DATA_READS) \
	X(PLUCK,         "pluck",         DATA_READS) \
	X(DISTINCT,      "distinct",      DATA_READS) \
	X(AGGREGATE,     "aggregate",     DATA_READS) \
	X(ROLE,          "role",          DATA_READS) \
	X(INSERT,        "insert",        DATA_WRITES) \
	X(UPDATE,        "update",        DATA_WRITES) \
	X(DELETE,        "delete",        DATA_WRITES) \
	X(UPDATE_WHERE,  "update-where",  DATA_WRITES) \
	X(DELETE_WHERE,  "delete-where",  DATA_WRITES) \
	X(UPSERT,        "upsert",        DATA_WRITES) \
	X(CREATE_TABLE,  "create-table",  DATA_SHAPES) \
	X(ADD_COLUMN,    "add-column",    DATA_SHAPES) \
	X(DROP_COLUMN,   "drop-column",   DATA_SHAPES) \
	X(RENAME_TABLE,  "rename-table",  DATA_SHAPES) \
	X(DELETE_TABLE,  "delete-table",  DATA_SHAPES) \
	X(SET_POLICY,    "set-policy",    DATA_SHAPES) \
	X(SET_ACCESS,    "set-access",    DATA_SHAPES) \
	X(SET_ROLES,     "set-roles",     DATA_SHAPES) \
	X(EXPORT_SCHEMA, "export-schema", DATA_TENDS) \
	X(EXPORT_ROWS,   "export-rows",   DATA_TENDS) \
	X(TRASH,         "trash",         DATA_TENDS) \
	X(UNDO,          "undo",          DATA_SHAPES) \
	X(LUA_CALL,      "lua-call",      DATA_SCRIPTS) \
	X(LUA_LIST,      "lua-list",      DATA_SCRIPTS)
/* clang-format on */
enum data_op {
#define DATA_OP_ENUM(name, word, kind) DATA_##name,
	DATA_OPS(DATA_OP_ENUM)
};
const char *data_op_word(enum data_op);
enum data_kind data_op_kind(enum data_op);

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
 * Parse one request. 0 with *ret for data_request_fini; or -EBADMSG with *why a
 * malloc'd sentence in the original's words where it has any ("invalid json:
 * ...", "unknown op: x", "invalid table name: x").
 */
int data_request_parse(struct bytes json, struct data_request *ret, char **why);
void data_request_fini(struct data_request *);

#endif
