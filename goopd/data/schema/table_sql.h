/* table_sql: what typed and classic tables have in common when they are made.
 */
#ifndef GOOPD_DATA_SCHEMA_TABLE_SQL_H
#define GOOPD_DATA_SCHEMA_TABLE_SQL_H

#include <stdbool.h>

#include "common/base/buffer.h"

/* All append; 0 or -ENOBUFS. */

/* CREATE TABLE "name" ( and the system columns. */
int table_sql_begin(const char *table, struct buffer *);

/* A text as a literal, 'it''s'. */
int table_sql_text(const char *text, struct buffer *);

/* "CURRENT_TIMESTAMP", "CURRENT_DATE" or "CURRENT_TIME", in either case. */
bool table_sql_is_now(const char *text);

/* One number, as SQL has them, with or without a sign. */
bool table_sql_is_number(const char *text);

#endif
