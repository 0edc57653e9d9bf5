#include "goopd/data/store/store_setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/sql/integrity.h"
#include "goopd/data/sql/migration.h"
#include "goopd/data/ops/schema_install.h"
#include "goopd/data/store/store_internal.h"

/* Sound and of a version we know, before anything of it is changed. */
static int
prepare(
    struct store *store, struct database *database, char why[DATABASE_WHY_MAX])
{
	bool is_small = integrity_is_small(database);
	int rc;

	if (database_number(database, "PRAGMA user_version") >
	    MIGRATION_VERSION)
		return migration_run(database, why); /* which refuses it */
	if (is_small && integrity_check(database, why) == INTEGRITY_DAMAGED)
		return -EIO;
	store->readers[STORE_READERS - 1].checks = !is_small;
	if (database_begin_writing(database, why) != SQLITE_OK)
		return -EIO;
	rc = migration_run(database, why);
	if (rc != 0)
		return rc;
	if (catalog_read(database, &store->catalog) == SQLITE_OK)
		return 0;
	snprintf(why, DATABASE_WHY_MAX, "the database cannot be read: %s",
	    sqlite3_errmsg(database->handle));
	return -EIO;
}

static int
open_writer(struct store *store, const char *path, char why[DATABASE_WHY_MAX])
{
	struct database *database;

	if (database_open(path, DATABASE_WRITES, &database, why) != SQLITE_OK)
		return -EIO;
	if (prepare(store, database, why) != 0) {
		database_close(database);
		return -EIO;
	}
	session_init(&store->writer, database, &store->self);
	return 0;
}

static int
open_readers(struct store *store, const char *path, char why[DATABASE_WHY_MAX])
{
	struct database *database;
	size_t i;

	for (i = 0; i < STORE_READERS; i++) {
		if (database_open(path, DATABASE_READS, &database, why) !=
		    SQLITE_OK)
			return -EIO;
		store->readers[i].store = store;
		session_init(
		    &store->readers[i].session, database, &store->self);
	}
	return 0;
}

/* What cannot be made is told in the log, and missed by the pages alone. */
static int
install_schemas(struct store *store, int dirfd, char why[DATABASE_WHY_MAX])
{
	struct database *database = store->writer.database;
	struct catalog *catalog;
	size_t made;

	if (schema_install_all(&store->writer, store->catalog, dirfd, &made) <
		0 ||
	    made == 0)
		return 0;
	if (catalog_read(database, &catalog) != SQLITE_OK) {
		snprintf(why, DATABASE_WHY_MAX,
		    "the database cannot be read: %s",
		    sqlite3_errmsg(database->handle));
		return -EIO;
	}
	catalog_free(store->catalog);
	store->catalog = catalog;
	return 0;
}

int
store_setup(struct store *store, int dirfd, char why[DATABASE_WHY_MAX])
{
	char path[DATABASE_PATH_MAX];

	if (database_make_file(dirfd, STORE_FILE, path, why) == 0 &&
	    open_writer(store, path, why) == 0 &&
	    install_schemas(store, dirfd, why) == 0 &&
	    open_readers(store, path, why) == 0)
		return 0;
	store_close(store);
	return -EIO;
}

/* The writer last: it moves what is in the WAL into the database. */
void
store_close(struct store *store)
{
	size_t i;

	for (i = 0; i < STORE_READERS; i++)
		session_fini(&store->readers[i].session);
	auto_numbers_forget(&store->writer, NULL);
	session_fini(&store->writer);
	catalog_free(store->catalog);
	store->catalog = NULL;
}
