#include "goopd/data/schema/roles.h"

#include <stdio.h>
#include <string.h>

#include "goopd/data/sql/value.h"

bool
roles_find(struct database *database, const struct catalog *catalog,
    const char *peer, char role[ROLE_NAME_MAX + 1])
{
	sqlite3_stmt *row;
	const char *text;
	bool found = false;

	if (catalog->group_id[0] == '\0')
		return false;
	row = database_statement(database,
	    "SELECT role FROM main._group_members"
	    " WHERE group_id = ?1 AND peer_id = ?2",
	    STATEMENT_STAYS);
	if (row == NULL)
		return false;
	value_bind_text(row, 1, catalog->group_id);
	value_bind_text(row, 2, peer);
	if (sqlite3_step(row) == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(row, 0);
		found = text != NULL && strlen(text) <= ROLE_NAME_MAX;
		if (found)
			snprintf(role, ROLE_NAME_MAX + 1, "%s", text);
	}
	database_release(database, row);
	return found;
}
