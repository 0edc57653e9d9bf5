/*
 * table_schema: typed ("ORM") tables as the original's schema JSON describes
 * them: columns with types, keys, automatic values, access and roles. Parsing
 * and printing. No database.
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

/* The word of a typed column for a type of SQL: "VARCHAR(20)" is "text", "INT"
 * "integer", ...; words of typed tables are themselves. */
const char *column_type_of_sql(const char *type);

#endif
