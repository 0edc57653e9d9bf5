/*
 * sql_functions: goop_caller(), which the views ask who is served, and our own
 * instr, like, glob and trim: SQLite's take time that is the product of two
 * lengths which a page can choose, out of reach of the progress handler. These
 * end when the guard says so.
 */
#ifndef GOOPD_DATA_SQL_SQL_FUNCTIONS_H
#define GOOPD_DATA_SQL_SQL_FUNCTIONS_H

#include <sqlite3.h>

#define SQL_FUNCTION_CALLER "goop_caller"

enum { SQL_TRIM_SET_MAX = 256 }; /* bytes of what is to be trimmed */

struct statement_limits;

/* Add them to a connection. 0 or an SQLite error. */
int sql_functions_add(sqlite3 *, struct statement_limits *);

#endif
