#include "cli/peer/peer_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/peer/key_file.h"
#include "cli/peer/starter.h"
#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/config/config_change.h"
#include "common/daemon/daemon_setup.h"
#include "proto/goopd_ops.h"

enum exit_status
peer_directory_open(const char *path, struct peer_directory *ret)
{
	enum exit_status status;
	int rc;

	ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret->path = ret->fd == -1 ? NULL : realpath(path, NULL);
	if (ret->path != NULL)
		return EXIT_OK;
	rc = -errno;
	if (ret->fd != -1)
		close(ret->fd);
	status = exit_status_of_errno(rc);
	if (rc == -ENOENT)
		return complain(status,
		    "there is no directory %s: goop2 init %s creates it", path,
		    path);
	return complain(status, "cannot open %s: %s", path, strerror(-rc));
}

void
peer_directory_close(struct peer_directory *directory)
{
	free(directory->path);
	close(directory->fd);
}

/* Each directory in path up to its last slash (up to its end if whole). */
static int
make_directories(int dirfd, const char *path, bool whole, mode_t mode)
{
	CLEANUP_FREE char *copy = xstrdup(path);
	char *at = copy;

	do {
		at = strchr(at + 1, '/');
		if (at == NULL && !whole)
			return 0;
		if (at != NULL)
			*at = '\0';
		if (mkdirat(dirfd, copy, mode) == -1 && errno != EEXIST)
			return -errno;
		if (at != NULL)
			*at = '/';
	} while (at != NULL);
	return 0;
}

enum exit_status
peer_directory_make(const char *path, struct peer_directory *ret)
{
	int rc = 0;

	if (access(path, F_OK) == -1 && errno == ENOENT && path[0] != '\0')
		rc = make_directories(AT_FDCWD, path, true, 0700);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot create %s: %s", path, strerror(-rc));
	return peer_directory_open(path, ret);
}

bool
peer_directory_is_foreign(const struct peer_directory *directory)
{
	static const char *const marks[] = { "goop.json", "goop.yaml", "data",
		"cache", DAEMON_LOCK_FILE };
	struct dirent *entry;
	size_t i, entries = 0;
	DIR *stream;
	int fd;

	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (faccessat(directory->fd, marks[i], F_OK, 0) == 0)
			return false;
	fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = fd == -1 ? NULL : fdopendir(fd);
	if (stream == NULL)
		return false; /* a later write will report why */
	while ((entry = readdir(stream)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			entries++;
	closedir(stream);
	return entries > 0;
}

enum exit_status
peer_directory_load_config(
    const struct peer_directory *directory, struct config *ret)
{
	struct config_problems problems = { 0 };
	const char *file = NULL;
	size_t i;
	int rc;

	rc = config_load(directory->fd, ret, &file, &problems);
	for (i = 0; i < problems.count; i++)
		config_problem_print(&problems.items[i], file, stderr);
	config_problems_fini(&problems);
	if (rc == -EINVAL)
		return complain(EXIT_CONFIG, "fix %s/%s, then start again",
		    directory->path, file != NULL ? file : "goop.json");
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot read the configuration in %s: %s", directory->path,
		    strerror(-rc));
	return EXIT_OK;
}

static enum exit_status
complain_write(const struct peer_directory *directory, const char *name, int rc)
{
	return complain(exit_status_of_errno(rc), "cannot write %s/%s: %s",
	    directory->path, name, strerror(-rc));
}

bool
peer_directory_takes_label(const char *text)
{
	CLEANUP_FREE char *printable = xstrdup(text);

	text_make_printable(printable);
	return text[0] != '\0' && strlen(text) <= GOOP_LABEL_MAX &&
	       !strcmp(printable, text);
}

/* Print the outcome of making goop.json. */
static enum exit_status
tell_config(const struct peer_directory *directory, int rc)
{
	if (rc == -EEXIST)
		return EXIT_OK;
	if (rc < 0)
		return complain_write(directory, "goop.json", rc);
	printf("Created %s/goop.json\n", directory->path);
	return EXIT_OK;
}

static enum exit_status
fill_config(const struct peer_directory *directory, const char *label)
{
	const char *name = strrchr(directory->path, '/') + 1;

	if (label == NULL && peer_directory_takes_label(name))
		label = name;
	return tell_config(directory,
	    config_create(directory->fd, label != NULL ? label : "hello"));
}

static enum exit_status
fill_config_of_server(const struct peer_directory *directory)
{
	return tell_config(directory, config_create_server(directory->fd));
}

static enum exit_status
fill_key(const struct peer_directory *directory, const char *name)
{
	int rc;

	if (faccessat(directory->fd, name, F_OK, 0) == 0)
		return EXIT_OK;
	rc = make_directories(directory->fd, name, false, 0700);
	if (rc == 0)
		rc = key_file_make(directory->fd, name);
	if (rc < 0)
		return complain_write(directory, name, rc);
	printf(
	    "Created %s/%s, the key that identifies this peer: keep a copy\n",
	    directory->path, name);
	return EXIT_OK;
}

/* Made aside and renamed, so that the site is whole or missing. */
static int
make_site(int dirfd, const char *site)
{
	CLEANUP_FREE char *aside = xasprintf("%s.new", site);
	struct starter_file file;
	size_t i;
	int rc;

	rc = make_directories(dirfd, aside, true, 0755);
	for (i = 0; rc == 0 && starter_file_get(i, &file); i++) {
		CLEANUP_FREE char *name = xasprintf("%s/%s", aside, file.name);

		rc = file_replace(dirfd, name, file.content, 0644);
	}
	if (rc == 0 && renameat(dirfd, aside, dirfd, site) == -1)
		rc = -errno;
	return rc;
}

/* The schema of the site's table. One that is there is the owner's. */
static int
make_schema(int dirfd, const struct starter_file *schema)
{
	int rc;

	if (faccessat(dirfd, schema->name, F_OK, 0) == 0)
		return 0;
	rc = make_directories(dirfd, schema->name, false, 0755);
	if (rc == 0)
		rc = file_replace(dirfd, schema->name, schema->content, 0644);
	return rc;
}

/* An existing site gets no guestbook, so it needs no table. The site comes
 * last, so that a next try continues here. */
static enum exit_status
fill_site(const struct peer_directory *directory, const char *site)
{
	struct starter_file schema = starter_schema_get();
	int rc;

	if (faccessat(directory->fd, site, F_OK, 0) == 0)
		return EXIT_OK;
	rc = make_schema(directory->fd, &schema);
	if (rc < 0)
		return complain_write(directory, schema.name, rc);
	rc = make_site(directory->fd, site);
	if (rc < 0)
		return complain_write(directory, site, rc);
	printf(
	    "Created %s/%s with pages to start from\n", directory->path, site);
	return EXIT_OK;
}

enum exit_status
peer_directory_fill(const struct peer_directory *directory,
    const struct config *config, const char *label)
{
	enum exit_status status;

	if (config->rendezvous_only)
		return fill_config_of_server(directory);
	status = fill_site(directory, config->site_root);
	if (status == EXIT_OK)
		status = fill_key(directory, config->key_file);
	if (status == EXIT_OK)
		status = fill_config(directory, label);
	return status;
}
