#include "cli/data/peer_database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data/interrupt.h"
#include "common/base/buffer.h"
#include "common/base/xalloc.h"

enum {
	COPY_PAGES = 512,
	URI_MAX = 3 * 4096 + 64,
};

/* SQLite's message. */
static int
database_tell(sqlite3 *db, int rc, char **why)
{
	*why = xstrdup(db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	return rc;
}

static void
database_guard(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, DATABASE_WAIT_MS);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, DATABASE_VALUE_MAX);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
}

static int
database_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* name is a path, or a URI if flags say so. Reads its head. */
static int
open_and_look(const char *name, int flags, sqlite3 **ret, char **why)
{
	sqlite3 *db;
	int rc;

	rc = sqlite3_open_v2(name, &db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | flags, NULL);
	if (rc == SQLITE_OK) {
		database_guard(db);
		rc = database_run(db, "PRAGMA query_only=1");
	}
	if (rc == SQLITE_OK)
		rc = database_run(db, "SELECT count(*) FROM sqlite_schema");
	if (rc == SQLITE_OK) {
		*ret = db;
		return SQLITE_OK;
	}
	database_tell(db, rc, why);
	sqlite3_close(db);
	return rc;
}

int
database_open_alone(const char *path, sqlite3 **ret, char **why)
{
	struct buffer uri;
	int rc = 0;

	*ret = NULL;
	buffer_init(&uri, URI_MAX);
	rc = buffer_printf(&uri, "file:");
	for (; *path != '\0' && rc == 0; path++)
		rc = strchr("%?#", *path) == NULL
			 ? buffer_append(
			       &uri, (struct bytes){ (const uint8_t *)path, 1 })
			 : buffer_printf(&uri, "%%%02x", *path);
	if (rc == 0)
		rc = buffer_printf(&uri, "?immutable=1%c", '\0');
	if (rc < 0) {
		*why = xstrdup("its path is too long");
		rc = SQLITE_CANTOPEN;
	} else {
		rc = open_and_look((const char *)buffer_bytes(&uri).data,
		    SQLITE_OPEN_URI, ret, why);
	}
	buffer_fini(&uri);
	return rc;
}

/* Does the log beside it contain changes that are not in the file yet? */
static bool
has_log(const char *path)
{
	CLEANUP_FREE char *log = xasprintf("%s-wal", path);
	struct stat st;

	return stat(log, &st) == -1 ? errno != ENOENT : st.st_size > 0;
}

int
database_open(const char *path, sqlite3 **ret, char **why)
{
	int rc;

	*ret = NULL;
	rc = open_and_look(path, 0, ret, why);
	if ((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY)
		return rc;
	if (has_log(path))
		return rc;
	free(*why);
	*why = NULL;
	return database_open_alone(path, ret, why);
}

/* quick_check says "ok" in one row, or what is wrong. */
static int
on_check_row(void *arg, int count, char *values[], char *names[])
{
	char **why = arg;

	(void)names;
	if (*why == NULL && count == 1 && values[0] != NULL &&
	    strcmp(values[0], "ok") != 0)
		*why = xstrdup(values[0]);
	return 0;
}

int
database_check(sqlite3 *db, char **why)
{
	int rc;

	*why = NULL;
	interrupt_watch(db);
	database_run(db, "PRAGMA cell_size_check=1");
	rc = sqlite3_exec(db, "PRAGMA quick_check(1)", on_check_row, why, NULL);
	interrupt_watch(NULL);
	if (rc == SQLITE_OK && *why != NULL)
		return SQLITE_CORRUPT;
	if (rc == SQLITE_OK)
		return SQLITE_OK;
	free(*why);
	return database_tell(db, rc, why);
}

static int
copy_steps(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (backup == NULL)
		return sqlite3_extended_errcode(to);
	while (rc == SQLITE_OK && !interrupt_came())
		rc = sqlite3_backup_step(backup, COPY_PAGES);
	if (rc == SQLITE_DONE)
		return sqlite3_backup_finish(backup);
	sqlite3_backup_finish(backup);
	return rc == SQLITE_OK ? SQLITE_INTERRUPT : rc;
}

/* Copy to the database to, which is removed unless the copy is complete. */
static int
copy_moment(sqlite3 *from, sqlite3 *to)
{
	int rc;

	/* One read transaction around all steps: a consistent copy that a
	 * writer cannot restart. */
	rc = database_run(from, "BEGIN; SELECT count(*) FROM sqlite_schema");
	if (rc != SQLITE_OK)
		return rc;
	rc = copy_steps(from, to);
	database_run(from, "COMMIT");
	return rc;
}

static int
copy_to_file(sqlite3 *from, const char *path)
{
	sqlite3 *to;
	int rc;

	rc = sqlite3_open_v2(
	    path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) /* no journal: it would need a file name */
		rc = database_run(
		    to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
	unlink(path);
	if (rc == SQLITE_OK)
		rc = copy_moment(from, to);
	sqlite3_close(to);
	return rc;
}

int
database_copy(sqlite3 *from, const char *path, int *ret_fd, char **why)
{
	int fd, rc;

	if (unlink(path) == -1 && errno != ENOENT) {
		*why = xstrdup(strerror(errno));
		return SQLITE_CANTOPEN;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		*why = xstrdup(strerror(errno));
		return SQLITE_CANTOPEN;
	}
	rc = copy_to_file(from, path);
	if (rc == SQLITE_OK) {
		*ret_fd = fd;
		return SQLITE_OK;
	}
	*why = xstrdup(sqlite3_errstr(rc));
	close(fd);
	return rc;
}
