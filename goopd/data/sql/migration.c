#include "goopd/data/sql/migration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/random.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/sql/value.h"

/* clang-format off */
/* The system tables: those of the original, so that a file can go back to it,
 * then ours. The columns of a table follow each other. */
static const struct {
	const char *table, *column, *definition;
} columns[] = {
	{ "_meta", "key", "TEXT PRIMARY KEY" },
	{ "_meta", "value", "TEXT" },

	{ "_tables", "name", "TEXT PRIMARY KEY" },
	{ "_tables", "schema", "TEXT NOT NULL DEFAULT ''" },
	{ "_tables", "insert_policy", "TEXT DEFAULT 'owner'" },
	{ "_tables", "created_at", "DATETIME DEFAULT CURRENT_TIMESTAMP" },

	{ "_orm_schemas", "table_name", "TEXT PRIMARY KEY" },
	{ "_orm_schemas", "schema_json", "TEXT NOT NULL DEFAULT '{}'" },
	{ "_orm_schemas", "created_at", "DATETIME DEFAULT CURRENT_TIMESTAMP" },

	{ "_groups", "id", "TEXT PRIMARY KEY" },
	{ "_groups", "name", "TEXT NOT NULL DEFAULT ''" },
	{ "_groups", "owner", "TEXT DEFAULT ''" },
	{ "_groups", "group_type", "TEXT DEFAULT ''" },
	{ "_groups", "group_context", "TEXT DEFAULT ''" },
	{ "_groups", "max_members", "INTEGER DEFAULT 0" },
	{ "_groups", "created_at", "DATETIME DEFAULT CURRENT_TIMESTAMP" },
	{ "_groups", "host_joined", "INTEGER DEFAULT 0" },
	{ "_groups", "volatile", "INTEGER DEFAULT 0" },
	{ "_groups", "default_role", "TEXT DEFAULT 'viewer'" },
	{ "_groups", "roles", "TEXT DEFAULT '[]'" },

	{ "_group_members", "group_id", "TEXT NOT NULL" },
	{ "_group_members", "peer_id", "TEXT NOT NULL" },
	{ "_group_members", "role", "TEXT DEFAULT 'viewer'" },
	{ "_group_members", NULL, "PRIMARY KEY (group_id, peer_id)" },

	{ "_group_subscriptions", "host_peer_id", "TEXT NOT NULL" },
	{ "_group_subscriptions", "group_id", "TEXT NOT NULL" },
	{ "_group_subscriptions", "group_name", "TEXT DEFAULT ''" },
	{ "_group_subscriptions", "group_type", "TEXT DEFAULT ''" },
	{ "_group_subscriptions", "role", "TEXT DEFAULT 'member'" },
	{ "_group_subscriptions", "subscribed_at", "DATETIME DEFAULT CURRENT_TIMESTAMP" },
	{ "_group_subscriptions", "max_members", "INTEGER DEFAULT 0" },
	{ "_group_subscriptions", "volatile", "INTEGER DEFAULT 0" },
	{ "_group_subscriptions", "host_name", "TEXT DEFAULT ''" },
	{ "_group_subscriptions", NULL, "PRIMARY KEY (host_peer_id, group_id)" },

	{ "_cluster_jobs", "id", "TEXT PRIMARY KEY" },
	{ "_cluster_jobs", "group_id", "TEXT NOT NULL DEFAULT ''" },
	{ "_cluster_jobs", "type", "TEXT NOT NULL DEFAULT ''" },
	{ "_cluster_jobs", "mode", "TEXT DEFAULT 'oneshot'" },
	{ "_cluster_jobs", "payload", "TEXT DEFAULT '{}'" },
	{ "_cluster_jobs", "priority", "INTEGER DEFAULT 0" },
	{ "_cluster_jobs", "timeout_s", "INTEGER DEFAULT 0" },
	{ "_cluster_jobs", "max_retry", "INTEGER DEFAULT 0" },
	{ "_cluster_jobs", "status", "TEXT DEFAULT 'pending'" },
	{ "_cluster_jobs", "worker_id", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "result", "TEXT DEFAULT '{}'" },
	{ "_cluster_jobs", "error", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "progress", "INTEGER DEFAULT 0" },
	{ "_cluster_jobs", "progress_msg", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "retries", "INTEGER DEFAULT 0" },
	{ "_cluster_jobs", "created_at", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "started_at", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "done_at", "TEXT DEFAULT ''" },
	{ "_cluster_jobs", "elapsed_ms", "INTEGER DEFAULT 0" },

#define PEER_COLUMNS(table) \
	{ table, "peer_id", "TEXT PRIMARY KEY" }, \
	{ table, "content", "TEXT DEFAULT ''" }, \
	{ table, "email", "TEXT DEFAULT ''" }, \
	{ table, "avatar_hash", "TEXT DEFAULT ''" }, \
	{ table, "video_disabled", "INTEGER DEFAULT 0" }, \
	{ table, "active_template", "TEXT DEFAULT ''" }, \
	{ table, "verified", "INTEGER DEFAULT 0" }, \
	{ table, "addrs", "TEXT DEFAULT '[]'" }, \
	{ table, "last_seen", "DATETIME DEFAULT CURRENT_TIMESTAMP" }, \
	{ table, "protocols", "TEXT DEFAULT '[]'" }, \
	{ table, "public_key", "TEXT DEFAULT ''" }
	PEER_COLUMNS("_peer_cache"),
	PEER_COLUMNS("_favorites"),

	{ "_chat_messages", "id", "INTEGER PRIMARY KEY AUTOINCREMENT" },
	{ "_chat_messages", "peer_id", "TEXT NOT NULL DEFAULT ''" },
	{ "_chat_messages", "from_id", "TEXT NOT NULL DEFAULT ''" },
	{ "_chat_messages", "content", "TEXT NOT NULL DEFAULT ''" },
	{ "_chat_messages", "ts", "INTEGER NOT NULL DEFAULT 0" },

	/* access of classic tables: words by right, rights by role */
	{ "_access", "table_name", "TEXT PRIMARY KEY" },
	{ "_access", "access_json", "TEXT" },
	{ "_access", "roles_json", "TEXT" },

	/* what was deleted: trash.h */
	{ "_trash", "id", "INTEGER PRIMARY KEY AUTOINCREMENT" },
	{ "_trash", "at_ms", "INTEGER NOT NULL" },
	{ "_trash", "kind", "TEXT NOT NULL" },
	{ "_trash", "table_name", "TEXT NOT NULL" },
	{ "_trash", "count", "INTEGER NOT NULL" },
	{ "_trash", "bytes", "INTEGER NOT NULL" },
	{ "_trash", "by_peer", "TEXT NOT NULL" },
	{ "_trash", "text", "TEXT NOT NULL" },
	{ "_trash", "detail", "TEXT" },
	{ "_trash_rows", "trash_id", "INTEGER NOT NULL" },
	{ "_trash_rows", "row_json", "TEXT NOT NULL" },

	/* writes that were applied: idempotency.h */
	{ "_requests", "caller", "TEXT NOT NULL" },
	{ "_requests", "request_id", "TEXT NOT NULL" },
	{ "_requests", "at_ms", "INTEGER NOT NULL" },
	{ "_requests", "answer", "TEXT" },
	{ "_requests", NULL, "PRIMARY KEY (caller, request_id)" },
};

static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS _chat_messages_of_peer"
    " ON _chat_messages (peer_id, ts DESC);"
    "CREATE INDEX IF NOT EXISTS _trash_rows_of ON _trash_rows (trash_id);"
    "CREATE INDEX IF NOT EXISTS _trash_at ON _trash (at_ms);"
    "CREATE INDEX IF NOT EXISTS _requests_at ON _requests (at_ms);";
/* clang-format on */

enum { COLUMNS = ARRAY_SIZE(columns), SQL_MAX = 4096, TABLES_MAX = 1000 };

/* The table that begins at this row of columns; *ret_end is behind it. */
static int
make_table(struct database *database, size_t from, size_t *ret_end)
{
	const char *table = columns[from].table;
	struct buffer sql;
	size_t i;
	int rc;

	buffer_init(&sql, SQL_MAX);
	buffer_printf(&sql, "CREATE TABLE IF NOT EXISTS main.%s (", table);
	for (i = from; i < COLUMNS && !strcmp(columns[i].table, table); i++)
		buffer_printf(&sql, "%s%s %s", i > from ? ", " : "",
		    columns[i].column != NULL ? columns[i].column : "",
		    columns[i].definition);
	buffer_append(&sql, (struct bytes){ (const uint8_t *)")", 2 });
	rc = database_run(database, (const char *)buffer_bytes(&sql).data);
	buffer_fini(&sql);
	*ret_end = i;
	return rc;
}

static bool
has_column(struct database *database, const char *table, const char *column)
{
	sqlite3_stmt *row = database_statement(database,
	    "SELECT 1 FROM pragma_table_info(?1, 'main')"
	    " WHERE name = ?2 COLLATE NOCASE",
	    STATEMENT_STAYS);
	bool found;

	if (row == NULL)
		return false;
	value_bind_text(row, 1, table);
	value_bind_text(row, 2, column);
	found = database_step(row) == DATABASE_ROW;
	database_release(database, row);
	return found;
}

/* What ALTER TABLE refuses in a new column is left out. */
static int
add_column(struct database *database, size_t at)
{
	const char *definition = columns[at].definition;
	char sql[SQL_MAX];

	if (strstr(definition, "CURRENT_TIMESTAMP") != NULL)
		definition = "DATETIME";
	else if (strstr(definition, "NOT NULL") != NULL &&
		 strstr(definition, "DEFAULT") == NULL)
		definition = "TEXT";
	snprintf(sql, sizeof(sql), "ALTER TABLE main.%s ADD COLUMN %s %s",
	    columns[at].table, columns[at].column, definition);
	return database_run(database, sql);
}

static int
make_tables(struct database *database)
{
	size_t at = 0, end;
	int rc = 0;

	while (at < COLUMNS && rc == 0) {
		rc = make_table(database, at, &end);
		for (; at < end && rc == 0; at++)
			if (columns[at].column != NULL &&
			    !has_column(database, columns[at].table,
				columns[at].column))
				rc = add_column(database, at);
	}
	return rc == 0 ? database_run(database, indexes) : rc;
}

/* --- the index of owners */

int
migration_index_owner(struct database *database, const char *table)
{
	sqlite3_stmt *row = database_statement(database,
	    "SELECT 1 FROM pragma_index_list(?1, 'main') AS l,"
	    " pragma_index_info(l.name, 'main') AS i"
	    " WHERE i.seqno = 0 AND i.name = '_owner' AND l.partial = 0",
	    STATEMENT_STAYS);
	uint8_t number[8];
	char sql[SQL_MAX];
	bool found;

	if (row == NULL)
		return -EIO;
	value_bind_text(row, 1, table);
	found = database_step(row) == DATABASE_ROW;
	database_release(database, row);
	if (found || !has_column(database, table, "_owner"))
		return 0;
	random_bytes(number, sizeof(number));
	snprintf(sql, sizeof(sql),
	    "CREATE INDEX main._owner_%02x%02x%02x%02x%02x%02x%02x%02x"
	    " ON \"%s\" (_owner)",
	    number[0], number[1], number[2], number[3], number[4], number[5],
	    number[6], number[7], table);
	return database_run(database, sql);
}

/* Of all tables that were there before. */
static int
index_owners(struct database *database)
{
	char names[TABLES_MAX][IDENTIFIER_MAX + 1];
	size_t count = 0, i;
	sqlite3_stmt *row = database_statement(database,
	    "SELECT n.name FROM (SELECT name FROM main._tables UNION"
	    "  SELECT table_name FROM main._orm_schemas) AS n"
	    " JOIN main.sqlite_schema AS s ON s.type = 'table'"
	    " AND s.name = n.name AND s.rootpage > 0",
	    STATEMENT_STAYS);
	const char *name;
	int rc = 0;

	if (row == NULL)
		return -EIO;
	while (database_step(row) == DATABASE_ROW && count < TABLES_MAX) {
		name = (const char *)sqlite3_column_text(row, 0);
		if (name != NULL && identifier_is_user_table(name))
			strncpy(names[count++], name, IDENTIFIER_MAX + 1);
	}
	database_release(database, row);
	for (i = 0; i < count && rc == 0; i++)
		rc = migration_index_owner(database, names[i]);
	return rc;
}

/* --- all of it */

static int
migrate(struct database *database)
{
	char sql[64];
	int rc = database_run(database, "BEGIN IMMEDIATE");

	if (rc == 0)
		rc = make_tables(database);
	if (rc == 0)
		rc = index_owners(database);
	snprintf(
	    sql, sizeof(sql), "PRAGMA user_version = %d", MIGRATION_VERSION);
	if (rc == 0)
		rc = database_run(database, sql);
	if (rc == 0)
		rc = database_run(database, "COMMIT");
	return rc;
}

int
migration_run(struct database *database, char why[DATABASE_WHY_MAX])
{
	int64_t version = database_number(database, "PRAGMA user_version");
	int rc;

	if (version > MIGRATION_VERSION) {
		snprintf(why, DATABASE_WHY_MAX,
		    "the database was made by a newer version of goop2 (its "
		    "version is %lld, ours %d): use that one; the file is "
		    "left as it is",
		    (long long)version, MIGRATION_VERSION);
		return MIGRATION_TOO_NEW;
	}
	if (version == MIGRATION_VERSION)
		return 0;
	rc = version < 0 ? -EIO : migrate(database);
	if (rc == 0)
		return 0;
	snprintf(why, DATABASE_WHY_MAX, "the database cannot be %s: %s",
	    version < 0 ? "read" : "brought to this version",
	    sqlite3_errmsg(database->handle));
	database_run(database, "ROLLBACK");
	return -EIO;
}
