#include "goopd/data/sql/integrity.h"

#include <stdio.h>
#include <string.h>

bool
integrity_is_small(struct database *database)
{
	int64_t pages = database_number(database, "PRAGMA page_count");
	int64_t size = database_number(database, "PRAGMA page_size");

	return pages >= 0 && size >= 0 && pages * size <= INTEGRITY_SMALL_BYTES;
}

int
integrity_check(struct database *database, char why[DATABASE_WHY_MAX])
{
	sqlite3_stmt *row = database_statement(
	    database, "PRAGMA main.quick_check(1)", STATEMENT_STAYS);
	const char *text = NULL;

	if (row != NULL && database_step(row) == DATABASE_ROW)
		text = (const char *)sqlite3_column_text(row, 0);
	if (text == NULL && database_error(database) == DATABASE_DAMAGED)
		text = sqlite3_errmsg(database->handle);
	if (text != NULL && !strcmp(text, "ok"))
		text = NULL;
	if (text != NULL && strchr(text, '\n') != NULL)
		text = strchr(text, '\n') + 1; /* the first line is a title */
	if (text != NULL)
		snprintf(why, DATABASE_WHY_MAX,
		    "the database is damaged (%.120s); it is left as it is",
		    text);
	database_release(database, row);
	return text != NULL ? INTEGRITY_DAMAGED : 0;
}
