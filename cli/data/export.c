#include "cli/data/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data/peer_database.h"
#include "cli/data/export_list.h"
#include "cli/data/export_zip.h"
#include "cli/data/import_unpack.h"
#include "cli/data/interrupt.h"
#include "cli/data/out_file.h"
#include "cli/data/peer_file.h"
#include "cli/peer/key_file.h"
#include "cli/peer/peer_directory.h"
#include "common/base/array.h"
#include "common/base/xalloc.h"

enum { EXPORT_TRIES = 3 };

struct export
{
	struct peer_directory directory;
	struct config config;
	char peer_id[PEER_ID_TEXT_SIZE];
	bool has_key;
	struct out_file out;
	/* what is read; -1: there is none */
	int site, schemas, database;
	struct export_list list;
};

static enum exit_status
complain_interrupted(void)
{
	return complain(EXIT_FAILED, "interrupted: nothing was written");
}

static enum exit_status
complain_read(const struct export *export, const char *name, int rc)
{
	if (rc == -EINTR)
		return complain_interrupted();
	if (rc == -E2BIG)
		return complain(EXIT_FAILED,
		    "%s has more than %d files: too many for one export",
		    export->directory.path, MANIFEST_FILES_MAX);
	return complain(exit_status_of_errno(rc), "cannot read %s/%s: %s",
	    export->directory.path, name, strerror(-rc));
}

/* --- what a peer has */

static enum exit_status
check_places(const struct export *export)
{
	const struct {
		const char *key, *path;
	} places[] = { { "paths.site_root", export->config.site_root },
		{ "identity.key_file", export->config.key_file } };
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		why = peer_file_check_place(places[i].path);
		if (why != NULL)
			return complain(EXIT_CONFIG,
			    "%s is %s, which is %s: only a peer that is one "
			    "folder can be exported",
			    places[i].key, places[i].path, why);
	}
	return EXIT_OK;
}

static enum exit_status
read_key(struct export *export)
{
	const char *name = export->config.key_file, *reason = NULL;
	struct peer_id id;
	int rc;

	rc = key_file_read_id(export->directory.fd, name, &id, &reason);
	if (rc == -ENOENT)
		return complain(EXIT_NOT_FOUND,
		    "there is no key %s in %s, so it is not a peer: goop2 init "
		    "creates one",
		    name, export->directory.path);
	if (rc == -EINVAL)
		return complain(EXIT_CONFIG, "%s in %s is damaged (%s)", name,
		    export->directory.path, reason);
	if (rc < 0)
		return complain_read(export, name, rc);
	peer_id_print(&id, export->peer_id);
	return EXIT_OK;
}

/* A folder to gather from; *ret stays -1 if there is none. */
static int
open_folder(const struct export *export, const char *name, int *ret)
{
	*ret = openat(
	    export->directory.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret == -1 && errno != ENOENT ? -errno : 0;
}

static enum exit_status
open_folders(struct export *export)
{
	int rc;

	rc = open_folder(export, export->config.site_root, &export->site);
	if (rc < 0)
		return complain_read(export, export->config.site_root, rc);
	rc = open_folder(export, PEER_FILE_SCHEMAS, &export->schemas);
	if (rc < 0)
		return complain_read(export, PEER_FILE_SCHEMAS, rc);
	return EXIT_OK;
}

/* --- the database */

static enum exit_status
copy_database(struct export *export, sqlite3 *db)
{
	CLEANUP_FREE char *to = xasprintf("%s-db", export->out.aside);
	CLEANUP_FREE char *why = NULL;
	int rc = database_copy(db, to, &export->database, &why);

	if (rc == SQLITE_INTERRUPT)
		return complain_interrupted();
	if (rc != SQLITE_OK)
		return complain(EXIT_FAILED, "cannot copy %s to %s: %s",
		    DATABASE_FILE, to, why);
	return EXIT_OK;
}

/* A copy of a damaged database would be useless. */
static enum exit_status
check_database(const struct export *export, sqlite3 *db)
{
	CLEANUP_FREE char *why = NULL;
	int rc = database_check(db, &why);

	if (interrupt_came())
		return complain_interrupted();
	if (rc != SQLITE_OK)
		return complain(EXIT_FAILED,
		    "%s/%s is damaged (%s): nothing was exported",
		    export->directory.path, DATABASE_FILE, why);
	return EXIT_OK;
}

static enum exit_status
snapshot_database(struct export *export)
{
	CLEANUP_FREE char *from =
	    xasprintf("%s/%s", export->directory.path, DATABASE_FILE);
	CLEANUP_FREE char *why = NULL;
	enum exit_status status;
	sqlite3 *db;

	if (access(from, F_OK) == -1 && errno == ENOENT)
		return EXIT_OK;
	if (database_open(from, &db, &why) != SQLITE_OK)
		return complain(EXIT_FAILED, "cannot read %s: %s", from, why);
	status = check_database(export, db);
	if (status == EXIT_OK)
		status = copy_database(export, db);
	sqlite3_close(db);
	return status;
}

static enum exit_status
gather(struct export *export)
{
	static const char *const configs[] = { "goop.json", "goop.yaml" };
	struct export_list *list = &export->list;
	int fd = export->directory.fd, rc = 0;
	size_t i;

	export_list_fini(list);
	for (i = 0; i < 2; i++)
		if (list->count == 0 && faccessat(fd, configs[i], F_OK, 0) == 0)
			export_list_add(list, configs[i], fd, configs[i]);
	if (export->has_key)
		export_list_add(
		    list, PEER_FILE_KEY, fd, export->config.key_file);
	if (export->database != -1)
		export_list_add(
		    list, PEER_FILE_DATABASE, export->database, NULL);
	if (export->schemas != -1)
		rc = export_list_gather(
		    list, export->schemas, PEER_FILE_SCHEMAS);
	if (rc == 0 && export->site != -1)
		rc = export_list_gather(list, export->site, PEER_FILE_SITE);
	return rc < 0 ? complain_read(export, "site or schemas", rc) : EXIT_OK;
}

static enum exit_status
hash_all(struct export *export)
{
	const char *at = "";
	int rc = export_zip_hash(&export->list, &at);

	return rc < 0 ? complain_read(export, at, rc) : EXIT_OK;
}

static enum exit_status
write_tries(struct export *export)
{
	const char *changed = "";
	enum exit_status status;
	unsigned int tries;
	int rc;

	for (tries = 0; tries < EXPORT_TRIES; tries++) {
		status = gather(export);
		if (status == EXIT_OK)
			status = hash_all(export);
		if (status != EXIT_OK)
			return status;
		rc = export_zip_write(
		    &export->list, export->peer_id, export->out.fd, &changed);
		if (rc == 0)
			return EXIT_OK;
		if (rc == -EINTR)
			return complain_interrupted();
		if (rc < 0)
			return out_file_complain(&export->out, rc);
	}
	return complain(EXIT_BUSY,
	    "%s changed while it was read, %d times in a row: try again when "
	    "no program is writing to it",
	    changed, EXPORT_TRIES);
}

static enum exit_status
check_bomb(const struct export *export)
{
	int64_t bytes = export_list_bytes(&export->list);
	struct stat st;

	if (fstat(export->out.fd, &st) == 0 &&
	    !manifest_is_bomb(bytes, st.st_size))
		return EXIT_OK;
	return complain(EXIT_TOO_LARGE,
	    "its files, %" PRId64 " bytes, compress so well that import would "
	    "refuse the export as a zip bomb",
	    bytes);
}

/* What was written can be restored, or is not called an export. */
static enum exit_status
read_back(const struct export *export)
{
	CLEANUP_FREE char *why = NULL;
	struct manifest manifest;
	int rc = import_read_manifest(export->out.fd, &manifest, &why);

	if (rc == 0) {
		rc = import_unpack(export->out.fd, &manifest, NULL, &why);
		manifest_fini(&manifest);
	}
	switch (rc) {
	case 0:
		return EXIT_OK;
	case IMPORT_INTERRUPTED:
		return complain_interrupted();
	case IMPORT_REFUSED:
		return complain(EXIT_FAILED,
		    "%s cannot be read back (%s): nothing was exported",
		    export->out.path, why);
	default:
		return out_file_complain(&export->out, rc);
	}
}

static void
tell(const struct export *export)
{
	printf("Wrote %s: %zu files of %s\n", export->out.path,
	    export->list.count, export->peer_id);
	if (export->list.left_out > 0)
		printf("%zu left out, see above\n", export->list.left_out);
	if (export->has_key)
		printf("It contains the key: anyone who has this file can act "
		       "as this peer. Keep it secret.\n");
	else
		printf("It contains no key: importing it makes a new peer.\n");
}

static enum exit_status
export_peer(struct export *export)
{
	enum exit_status status;

	status = check_places(export);
	if (status == EXIT_OK)
		status = read_key(export);
	if (status == EXIT_OK)
		status = open_folders(export);
	if (status == EXIT_OK)
		status = out_file_check(&export->out, export->directory.path);
	if (status == EXIT_OK)
		status = out_file_open(&export->out);
	if (status != EXIT_OK)
		return status;
	interrupt_catch();
	status = snapshot_database(export);
	if (status == EXIT_OK)
		status = write_tries(export);
	if (status == EXIT_OK)
		status = check_bomb(export);
	if (status == EXIT_OK)
		status = read_back(export);
	if (status == EXIT_OK)
		status = out_file_finish(&export->out);
	if (status == EXIT_OK)
		tell(export);
	return status;
}

static void
close_all(struct export *export)
{
	const int open_ones[] = { export->site, export->schemas,
		export->database };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(open_ones); i++)
		if (open_ones[i] != -1)
			close(open_ones[i]);
	export_list_fini(&export->list);
	out_file_close(&export->out);
	peer_directory_close(&export->directory);
}

enum exit_status
data_export(const struct arguments *arguments)
{
	struct export export = { .has_key = !arguments->is_without_key,
		.site = -1,
		.schemas = -1,
		.database = -1 };
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &export.directory);
	if (status != EXIT_OK)
		return status;
	umask(077); /* the file written aside is private, too */
	out_file_init(&export.out, arguments->operands[1]);
	status = peer_directory_load_config(&export.directory, &export.config);
	if (status == EXIT_OK) {
		status = export_peer(&export);
		config_fini(&export.config);
	}
	close_all(&export);
	return status;
}
