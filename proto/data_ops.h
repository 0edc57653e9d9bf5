/*
 * data_ops: the operations of a peer's database, each described once. From
 * this list come goopd's parser and dispatch, the routes of goop-viewerd, the
 * check of the SDK and the tables of operations in docs/.
 */
#ifndef PROTO_DATA_OPS_H
#define PROTO_DATA_OPS_H

#include "common/base/bytes.h"

enum data_kind {
	DATA_KIND_READ,   /* reads rows, or which tables there are */
	DATA_KIND_WRITE,  /* changes rows */
	DATA_KIND_SCHEMA, /* changes tables: the owner alone */
	DATA_KIND_OWNER,  /* reads for the owner's pages: the owner alone */
	DATA_KIND_SCRIPT, /* runs a script of the site */
};

enum data_methods {
	DATA_NONE = 0,
	DATA_GET = 1,
	DATA_POST = 2,
	DATA_ANY = DATA_GET | DATA_POST,
};

/* Whose database a page's call may name. */
enum data_reach { DATA_OWN, DATA_PEERS };

/* What a request must have. */
enum {
	NEEDS_NOTHING = 0,
	NEEDS_TABLE = 1,
	NEEDS_ID = 2,
	NEEDS_DATA = 4,
	NEEDS_WHERE = 8,
	NEEDS_COLUMN = 16,
	NEEDS_EXPR = 32,
	NEEDS_NAMES = 64, /* old_name and new_name */
	NEEDS_DEFINITION = 128,
	NEEDS_POLICY = 256,
	NEEDS_ACCESS = 512,
	NEEDS_ROLES = 1024,
};

/*
 * X(NAME, name, word on the wire, route behind /api/data/, methods, reach,
 *   kind, needs). goopd carries out each in data_op_<name>(), which does not
 * link if it is missing.
 */
/* clang-format off */
#define DATA_READ_OPS(X) \
	X(TABLES,        tables,        "tables",        "tables",               ANY,  PEERS, READ,   NEEDS_NOTHING) \
	X(ORM_SCHEMA,    orm_schema,    "orm-schema",    "orm-schema",           ANY,  PEERS, READ,   NEEDS_NOTHING) \
	X(DESCRIBE,      describe,      "describe",      "tables/describe",      POST, PEERS, READ,   NEEDS_TABLE) \
	X(QUERY,         query,         "query",         "query",                POST, PEERS, READ,   NEEDS_TABLE) \
	X(QUERY_ONE,     query_one,     "query-one",     "find-one",             POST, PEERS, READ,   NEEDS_TABLE) \
	X(EXISTS,        exists,        "exists",        "exists",               POST, PEERS, READ,   NEEDS_TABLE) \
	X(COUNT,         count,         "count",         "count",                POST, PEERS, READ,   NEEDS_TABLE) \
	X(PLUCK,         pluck,         "pluck",         "pluck",                POST, PEERS, READ,   NEEDS_TABLE | NEEDS_COLUMN) \
	X(DISTINCT,      distinct,      "distinct",      "distinct",             POST, PEERS, READ,   NEEDS_TABLE | NEEDS_COLUMN) \
	X(AGGREGATE,     aggregate,     "aggregate",     "aggregate",            POST, PEERS, READ,   NEEDS_TABLE | NEEDS_EXPR) \
	X(ROLE,          role,          "role",          "role",                 POST, PEERS, READ,   NEEDS_TABLE)
#define DATA_WRITE_OPS(X) \
	X(INSERT,        insert,        "insert",        "insert",               POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_DATA) \
	X(UPDATE,        update,        "update",        "update",               POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_ID | NEEDS_DATA) \
	X(DELETE,        delete,        "delete",        "delete",               POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_ID) \
	X(UPDATE_WHERE,  update_where,  "update-where",  "update-where",         POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_DATA | NEEDS_WHERE) \
	X(DELETE_WHERE,  delete_where,  "delete-where",  "delete-where",         POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_WHERE) \
	X(UPSERT,        upsert,        "upsert",        "upsert",               POST, PEERS, WRITE,  NEEDS_TABLE | NEEDS_COLUMN | NEEDS_DATA)
#define DATA_SCHEMA_OPS(X) \
	X(CREATE_TABLE,  create_table,  "create-table",  "tables/create",        POST, PEERS, SCHEMA, NEEDS_NOTHING) \
	X(ADD_COLUMN,    add_column,    "add-column",    "tables/add-column",    POST, PEERS, SCHEMA, NEEDS_TABLE | NEEDS_DEFINITION) \
	X(DROP_COLUMN,   drop_column,   "drop-column",   "tables/drop-column",   POST, PEERS, SCHEMA, NEEDS_TABLE | NEEDS_COLUMN) \
	X(RENAME_TABLE,  rename_table,  "rename-table",  "tables/rename",        POST, PEERS, SCHEMA, NEEDS_NAMES) \
	X(DELETE_TABLE,  delete_table,  "delete-table",  "tables/delete",        POST, PEERS, SCHEMA, NEEDS_TABLE) \
	X(SET_POLICY,    set_policy,    "set-policy",    "tables/set-policy",    POST, OWN,   SCHEMA, NEEDS_TABLE | NEEDS_POLICY) \
	X(SET_ACCESS,    set_access,    "set-access",    "tables/set-access",    POST, OWN,   SCHEMA, NEEDS_TABLE | NEEDS_ACCESS) \
	X(SET_ROLES,     set_roles,     "set-roles",     "tables/set-roles",     POST, OWN,   SCHEMA, NEEDS_TABLE | NEEDS_ROLES) \
	X(UNDO,          undo,          "undo",          "undo",                 POST, OWN,   SCHEMA, NEEDS_ID)
#define DATA_OWNER_OPS(X) \
	X(EXPORT_SCHEMA, export_schema, "export-schema", "tables/export-schema", POST, OWN,   OWNER,  NEEDS_TABLE) \
	X(EXPORT_ROWS,   export_rows,   "export-rows",   NULL,                   NONE, OWN,   OWNER,  NEEDS_TABLE) \
	X(TRASH,         trash,         "trash",         "trash",                GET,  OWN,   OWNER,  NEEDS_NOTHING)
/* Scripts of the original, which goopd refuses. */
#define DATA_SCRIPT_OPS(X) \
	X(LUA_CALL,      lua_call,      "lua-call",      "lua/call",             POST, PEERS, SCRIPT, NEEDS_NOTHING) \
	X(LUA_LIST,      lua_list,      "lua-list",      "lua/list",             ANY,  PEERS, SCRIPT, NEEDS_NOTHING)

/* Second routes of pages to an operation. */
#define DATA_ALIASES(X) \
	X("find",   QUERY) \
	X("get-by", QUERY_ONE)
/* clang-format on */

#define DATA_OPS(X) \
	DATA_READ_OPS(X) \
	DATA_WRITE_OPS(X) \
	DATA_SCHEMA_OPS(X) \
	DATA_OWNER_OPS(X) \
	DATA_SCRIPT_OPS(X)

enum data_op {
#define DATA_OP_ENUM(NAME, ...) DATA_##NAME,
	DATA_OPS(DATA_OP_ENUM) DATA_OP_COUNT
};

struct data_op_row {
	const char *word;  /* on the wire */
	const char *route; /* NULL: pages cannot call it */
	enum data_methods methods;
	enum data_reach reach;
	enum data_kind kind;
	unsigned int needs;
};
extern const struct data_op_row data_ops[DATA_OP_COUNT];

/* The operation of this word; false if there is none. */
bool data_op_find(struct bytes word, enum data_op *ret);

/* The operation that pages call by this route; false if there is none. */
bool data_op_route(struct bytes route, enum data_op *ret);

/* Does it change rows or tables? */
bool data_op_changes(enum data_op);

/* May only the owner of the database ask for it? */
bool data_op_is_owners(enum data_op);

#endif
