/*
 * identifier: names of tables and columns. Only a valid name becomes part of an
 * SQL text, and always in double quotes, so that reserved words are names like
 * others.
 */
#ifndef GOOPD_DATA_SQL_IDENTIFIER_H
#define GOOPD_DATA_SQL_IDENTIFIER_H

#include <stdbool.h>

enum { IDENTIFIER_MAX = 64 }; /* bytes */

/* A letter or underscore, then letters, digits and underscores, ASCII only. */
bool identifier_is_valid(const char *);

/* Of a table that pages may reach: valid, and begins neither with an underscore
 * nor with "sqlite_". */
bool identifier_is_user_table(const char *);

/* "_id", "_owner", "_owner_email", "_created_at", "_updated_at": ours to write,
 * never a page's. Any name that begins with an underscore counts. */
bool identifier_is_system_column(const char *);

#endif
