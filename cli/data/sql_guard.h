/*
 * sql_guard: what goop2 sql does not let a statement do, beyond what a
 * connection for reading does not.
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
