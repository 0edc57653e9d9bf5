/*
 * sql_functions: goop_caller(), by which views know the caller, and our own
 * instr, like, glob and trim: SQLite's take time that is the product of two
 * lengths which a page can choose, out of reach of the progress handler. These
 * end with the limits of the statement.
 */
#ifndef GOOPD_DATA_SQL_SQL_FUNCTIONS_H
#define GOOPD_DATA_SQL_SQL_FUNCTIONS_H

#include "goopd/data/sql/statement_limits.h"

enum { SQL_TRIM_SET_MAX = 256 }; /* bytes of what is to be trimmed */

/* Add them to a connection. 0 or an SQLite error (for database.c alone). */
int sql_functions_add(sqlite3 *, struct statement_limits *);

#endif
