/*
 * table_sql: the SQL that makes tables, typed and classic. What comes from a
 * request is checked: no column's definition can hold other SQL.
 */
#ifndef GOOPD_DATA_SCHEMA_TABLE_SQL_H
#define GOOPD_DATA_SCHEMA_TABLE_SQL_H

#include "goopd/data/schema/table_schema.h"

/* Append CREATE TABLE "name" (system columns, then the declared ones). -ENOBUFS
 * if it does not fit. */
int table_schema_print_create(const struct table_schema *, struct buffer *);

/* A column of a classic table. */
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
