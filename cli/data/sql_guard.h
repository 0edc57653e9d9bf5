/*
 * sql_guard: what goop2 sql forbids statements, in addition to what a read-only
 * connection forbids.
 */
#ifndef CLI_DATA_SQL_GUARD_H
#define CLI_DATA_SQL_GUARD_H

#include <sqlite3.h>

struct sql_guard {
	char refused[128]; /* why the last statement was refused; "": it was not
			    */
};

/* Guard the connection; the guard must outlive it. */
void sql_guard_set(sqlite3 *, struct sql_guard *);

#endif
