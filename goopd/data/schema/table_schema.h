/*
 * table_schema: typed ("ORM") tables as the original's schema JSON describes
 * them: columns with types, keys, automatic values, access and roles. Parsing,
 * printing, the SQL that makes the table, and the checks of values. No
 * database.
 */
#ifndef GOOPD_DATA_SCHEMA_TABLE_SCHEMA_H
#define GOOPD_DATA_SCHEMA_TABLE_SCHEMA_H

#include <jansson.h>

#include "common/base/buffer.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/schema/table_access.h"

enum {
	SCHEMA_COLUMNS_MAX = 128,
	SCHEMA_VALUES_MAX = 256,      /* of an enum column */
	SCHEMA_TEXT_MAX = 256,        /* a default, a key or label of a value */
	SCHEMA_JSON_MAX = 256 * 1024, /* bytes */
};

/* clang-format off */
#define COLUMN_TYPES(X) /* name, SQLite type */ \
	X(TEXT,     "text",     "TEXT") \
	X(INTEGER,  "integer",  "INTEGER") \
	X(REAL,     "real",     "REAL") \
	X(BLOB,     "blob",     "BLOB") \
	X(GUID,     "guid",     "TEXT") \
	X(DATETIME, "datetime", "DATETIME") \
	X(DATE,     "date",     "DATE") \
	X(TIME,     "time",     "TIME") \
	X(ENUM,     "enum",     "TEXT")
/* clang-format on */
enum column_type {
#define COLUMN_TYPE_ENUM(name, word, sql) COLUMN_##name,
	COLUMN_TYPES(COLUMN_TYPE_ENUM)
};
const char *column_type_word(enum column_type);

struct enum_value {
	char *key, *label; /* label may be NULL */
};

struct schema_column {
	char name[IDENTIFIER_MAX + 1];
	enum column_type type;
	bool is_key, is_required, is_auto;
	char *fallback; /* "default" of the JSON; NULL: none */
	struct enum_value *values;
	size_t value_count;
};

struct table_schema {
	char name[IDENTIFIER_MAX + 1];
	struct schema_column *columns;
	size_t column_count;
	bool is_context; /* offered to federation */
	bool has_system_key;
	bool has_access; /* else the insert policy decides */
	struct table_access access;
	struct table_role *roles;
	size_t role_count;
};

/* Read a schema. 0 with *ret for table_schema_free, or -EINVAL with *why a
 * malloc'd sentence: what is wrong with which column. An `access` that leaves
 * out a right means owner for it. */
int table_schema_parse(const json_t *, struct table_schema **ret, char **why);
void table_schema_free(struct table_schema *); /* NULL is fine */

/* As JSON, a new reference; optional keys left out when empty or false. What is
 * printed parses back to the same. */
json_t *table_schema_to_json(const struct table_schema *);

/* NULL if there is none. */
const struct schema_column *table_schema_column(
    const struct table_schema *, const char *name);

/* Append "name" TYPE NOT NULL DEFAULT literal. -ENOBUFS if it does not fit. */
int schema_column_print(const struct schema_column *, struct buffer *);

/* Append CREATE TABLE "name" (system columns, then the declared ones). -ENOBUFS
 * if it does not fit. */
int table_schema_print_create(const struct table_schema *, struct buffer *);

/* What automatic values are made of. */
struct schema_now {
	int64_t unix_ms;
	/* The next number for an automatic integer column, or -errno. */
	int64_t (*next_integer)(const char *column, void *arg);
	/* 16 random bytes for a guid. */
	void (*random)(uint8_t bytes[16], void *arg);
	void *arg;
};

/* Put automatic values where data (an object, changed) has none, null or an
 * empty text, and defaults where it has no such key; an empty text for what is
 * no text becomes null. 0 or the -errno of a callback. */
int table_schema_fill(
    const struct table_schema *, const struct schema_now *, json_t *data);

/*
 * Check data, which has no system columns, against the types. For an insert
 * what is required must be there; for an update what is given counts. An empty
 * text is no value. Numbers may come as texts. 0, or -EINVAL with *why a
 * malloc'd sentence: "title is required", "level: not one of its values", ...
 */
int table_schema_check(const struct table_schema *, const json_t *data,
    bool is_insert, char **why);

/* --- classic tables: columns as SQL types */

struct classic_column {
	char name[IDENTIFIER_MAX + 1];
	char type[SCHEMA_TEXT_MAX + 1]; /* "TEXT", "VARCHAR(20)" */
	bool is_not_null;
	char fallback[SCHEMA_TEXT_MAX + 1]; /* a literal; "": none */
};

/* Read a ColumnDef; its type must be words with an optional length (none:
 * TEXT), its default one literal: nothing else of SQL. A word as default is a
 * text. 0 or -EINVAL with *why malloc'd. */
int classic_column_parse(
    const json_t *, struct classic_column *ret, char **why);

/* Append "name" TYPE NOT NULL DEFAULT literal. */
int classic_column_print(const struct classic_column *, struct buffer *);

/* Append CREATE TABLE with the system columns first. */
int classic_table_print_create(const char *table, const struct classic_column *,
    size_t count, struct buffer *);

/* Are these column definitions meant for a typed table? (At least one has key,
 * required or auto, or values.) */
bool columns_are_typed(const json_t *column_defs);

#endif
