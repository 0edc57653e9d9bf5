#include "goop-rendezvousd/roster/roster_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

enum {
	WHY_SIZE = 256,
	OPEN_BUSY_MS = 5000, /* wait for a lock, at start */
	BUSY_MS = 100,       /* later, when the whole daemon waits */
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS goop2_roster ("
    " peer_id TEXT PRIMARY KEY, version INTEGER NOT NULL,"
    " proven_ts INTEGER NOT NULL, first_seen INTEGER NOT NULL,"
    " bytes_sent INTEGER NOT NULL, is_online INTEGER NOT NULL,"
    " is_proven INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS goop2_roster_left ("
    " peer_id TEXT PRIMARY KEY, version INTEGER NOT NULL,"
    " ts INTEGER NOT NULL, proven_ts INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS goop2_roster_state ("
    " key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;";

static const char *const statements[ROSTER_STATEMENTS] = {
	[ROSTER_BEGIN] = "BEGIN IMMEDIATE",
	[ROSTER_COMMIT] = "COMMIT",
	[ROSTER_ROLLBACK] = "ROLLBACK",
	[ROSTER_PUT_ROW] = "INSERT OR REPLACE INTO goop2_roster"
			   " (peer_id, version, proven_ts, first_seen,"
			   " bytes_sent, is_online, is_proven, text)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ROSTER_DROP_ROW] = "DELETE FROM goop2_roster WHERE peer_id = ?1",
	[ROSTER_PUT_LEFT] = "INSERT OR REPLACE INTO goop2_roster_left"
			    " (peer_id, version, ts, proven_ts)"
			    " VALUES (?1, ?2, ?3, ?4)",
	[ROSTER_DROP_LEFT] = "DELETE FROM goop2_roster_left WHERE peer_id = ?1",
	[ROSTER_FORGET_LEFT] = "DELETE FROM goop2_roster_left"
			       " WHERE version <= ?1",
	[ROSTER_DROP_ROWS] = "DELETE FROM goop2_roster",
	[ROSTER_DROP_LEFTS] = "DELETE FROM goop2_roster_left",
	[ROSTER_PUT_STATE] = "INSERT OR REPLACE INTO goop2_roster_state"
			     " (key, value) VALUES (?1, ?2)",
	[ROSTER_GET_STATE] = "SELECT value FROM goop2_roster_state"
			     " WHERE key = ?1",
	[ROSTER_GET_ROWS] = "SELECT peer_id, version, proven_ts, first_seen,"
			    " bytes_sent, is_online, is_proven, text"
			    " FROM goop2_roster ORDER BY version",
	[ROSTER_GET_LEFTS] = "SELECT peer_id, version, ts, proven_ts"
			     " FROM goop2_roster_left ORDER BY version",
};

bool
roster_file_is_broken(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* mkdir -p of the directory that path is in. 0 or -errno. */
static int
make_directory(const char *path)
{
	CLEANUP_FREE char *copy = xstrdup(path);
	char *slash = copy;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (mkdir(copy, 0700) == -1 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* The file has addresses of peers: only this user may read it. */
static int
make_file(const char *path)
{
	int rc = make_directory(path);
	int fd;

	if (rc < 0)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return -errno;
	close(fd);
	return 0;
}

static int
check(sqlite3 *db)
{
	sqlite3_stmt *statement;
	int rc;

	rc = sqlite3_prepare_v2(
	    db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		rc = strcmp((const char *)sqlite3_column_text(statement, 0),
			 "ok") == 0
			 ? SQLITE_OK
			 : SQLITE_CORRUPT;
	sqlite3_finalize(statement);
	return rc;
}

static int
prepare(struct roster_file *file)
{
	size_t i;
	int rc;

	rc = sqlite3_exec(file->db,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	    "PRAGMA temp_store = MEMORY;",
	    NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(file->db, schema, NULL, NULL, NULL);
	for (i = 0; i < ROSTER_STATEMENTS && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(file->db, statements[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &file->statements[i], NULL);
	return rc;
}

static void
close_db(struct roster_file *file)
{
	size_t i;

	for (i = 0; i < ROSTER_STATEMENTS; i++) {
		sqlite3_finalize(file->statements[i]);
		file->statements[i] = NULL;
	}
	sqlite3_close(file->db);
	file->db = NULL;
}

/* SQLITE_OK with an open file, or an error with none. */
static int
open_db(struct roster_file *file, char why[WHY_SIZE])
{
	int rc = make_file(file->path);

	if (rc < 0) {
		snprintf(why, WHY_SIZE, "%s", strerror(-rc));
		return SQLITE_CANTOPEN;
	}
	rc = sqlite3_open_v2(file->path, &file->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(file->db, OPEN_BUSY_MS);
	if (rc == SQLITE_OK)
		rc = check(file->db);
	if (rc == SQLITE_OK)
		rc = prepare(file);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(file->db, BUSY_MS);
		return SQLITE_OK;
	}
	snprintf(why, WHY_SIZE, "%s",
	    roster_file_is_broken(rc) ? sqlite3_errstr(rc)
				      : sqlite3_errmsg(file->db));
	close_db(file);
	return rc;
}

/* Rename the file and its companions. True if it is out of the way. */
static bool
set_aside(const struct roster_file *file, int64_t clock_ms, const char *why)
{
	static const char *const parts[] = { "-wal", "-shm", "" };
	time_t seconds = (time_t)(clock_ms / 1000);
	char stamp[32] = "";
	struct tm utc;
	size_t i;
	int rc = 0;

	if (gmtime_r(&seconds, &utc) != NULL)
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &utc);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		CLEANUP_FREE char *from =
		    xasprintf("%s%s", file->path, parts[i]);
		CLEANUP_FREE char *to =
		    xasprintf("%s.broken-%s%s", file->path, stamp, parts[i]);

		rc = rename(from, to);
	}
	if (rc == 0)
		log_error("roster file is broken, set aside as "
			  "%s.broken-%s, starting anew why=%s",
		    file->path, stamp, why);
	return rc == 0;
}

bool
roster_file_reopen(
    struct roster_file *file, int rc, int64_t clock_ms, const char **why)
{
	static char text[WHY_SIZE];

	*why = text;
	close_db(file);
	if (roster_file_is_broken(rc))
		snprintf(text, sizeof(text), "%s", sqlite3_errstr(rc));
	else
		rc = open_db(file, text);
	if (roster_file_is_broken(rc) && set_aside(file, clock_ms, text))
		rc = open_db(file, text);
	return rc == SQLITE_OK;
}

bool
roster_file_open(struct roster_file *file, const char *path, int64_t clock_ms,
    const char **why)
{
	memset(file, 0, sizeof(*file));
	file->path = xstrdup(path);
	return roster_file_reopen(file, SQLITE_OK, clock_ms, why);
}

void
roster_file_close(struct roster_file *file)
{
	close_db(file);
	free(file->path);
	file->path = NULL;
}

sqlite3_stmt *
roster_file_get(struct roster_file *file, enum roster_statement which)
{
	sqlite3_stmt *statement = file->statements[which];

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

int
roster_file_run(struct roster_file *file, enum roster_statement which)
{
	sqlite3_stmt *statement = file->statements[which];
	int rc = sqlite3_step(statement);

	sqlite3_reset(statement);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}
