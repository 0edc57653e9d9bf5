#include "cli/data/import_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data/peer_database.h"
#include "cli/data/interrupt.h"
#include "cli/data/peer_file.h"
#include "cli/peer/key_file.h"
#include "cli/peer/peer_directory.h"
#include "common/base/xalloc.h"

struct checking {
	const struct staging *staging;
	const char *path, *zip;
	const struct manifest *manifest;
	struct config config;
};

/* Under the name that this configuration gives it. */
static enum exit_status
move(const struct checking *checking, const char *from, const char *to)
{
	const char *why = peer_file_check_place(to);
	int fd = checking->staging->fd, rc;

	if (why != NULL)
		return complain(EXIT_CONFIG,
		    "%s: its configuration names %s, which is %s",
		    checking->zip, to, why);
	if (!strcmp(from, to))
		return EXIT_OK;
	rc = staging_make_folders(checking->staging, to);
	if (rc == 0 && renameat(fd, from, fd, to) == -1)
		rc = -errno;
	if (rc < 0)
		return complain(EXIT_CONFIG,
		    "%s: its configuration names %s, which cannot be created: "
		    "%s",
		    checking->zip, to, strerror(-rc));
	return EXIT_OK;
}

static enum exit_status
place_site(const struct checking *checking)
{
	if (mkdirat(checking->staging->fd, PEER_FILE_SITE, 0755) == -1 &&
	    errno != EEXIST)
		return complain(EXIT_FAILED, "cannot create %s: %s",
		    checking->path, strerror(errno));
	return move(checking, PEER_FILE_SITE, checking->config.site_root);
}

static enum exit_status
check_key(const struct checking *checking, bool *ret_has_key)
{
	const char *name = checking->config.key_file, *reason = "unreadable";
	char text[PEER_ID_TEXT_SIZE];
	enum exit_status status;
	struct peer_id id;
	int rc;

	*ret_has_key = manifest_find(checking->manifest, PEER_FILE_KEY) != NULL;
	if (!*ret_has_key)
		return EXIT_OK;
	status = move(checking, PEER_FILE_KEY, name);
	if (status != EXIT_OK)
		return status;
	rc = key_file_read_id(checking->staging->fd, name, &id, &reason);
	if (rc < 0)
		return complain(EXIT_CONFIG, "%s: its key is damaged (%s)",
		    checking->zip, reason);
	peer_id_print(&id, text);
	if (strcmp(text, checking->manifest->peer_id) != 0)
		return complain(EXIT_CONFIG,
		    "%s: its key belongs to %s, not to %s", checking->zip, text,
		    checking->manifest->peer_id);
	return EXIT_OK;
}

static enum exit_status
check_database(const struct checking *checking)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/%s", checking->path, DATABASE_FILE);
	CLEANUP_FREE char *why = NULL;
	sqlite3 *db;
	int rc;

	if (manifest_find(checking->manifest, PEER_FILE_DATABASE) == NULL)
		return EXIT_OK;
	rc = database_open_alone(path, &db, &why);
	if (rc == SQLITE_OK) {
		rc = database_check(db, &why);
		sqlite3_close(db);
	}
	if (interrupt_came())
		return complain(
		    EXIT_FAILED, "interrupted: nothing was created");
	if (rc != SQLITE_OK)
		return complain(EXIT_FAILED, "%s: its %s is damaged (%s)",
		    checking->zip, DATABASE_FILE, why);
	return EXIT_OK;
}

enum exit_status
import_check(const struct staging *staging, const char *path,
    const struct manifest *manifest, const char *zip, bool *ret_has_key)
{
	struct checking checking = { staging, path, zip, manifest, { 0 } };
	/* An error of the configuration is an error of the zip file. */
	const struct peer_directory directory = {
		.path = (char *)(uintptr_t)zip, .fd = staging->fd
	};
	enum exit_status status;

	status = peer_directory_load_config(&directory, &checking.config);
	if (status != EXIT_OK)
		return status;
	status = place_site(&checking);
	if (status == EXIT_OK)
		status = check_key(&checking, ret_has_key);
	if (status == EXIT_OK)
		status = check_database(&checking);
	config_fini(&checking.config);
	return status;
}
