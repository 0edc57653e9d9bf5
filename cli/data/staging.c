#include "cli/data/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/xalloc.h"

static int clear_folder(int fd);

static int
remove_entry(int dirfd, const char *name)
{
	int fd, rc;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	rc = clear_folder(fd);
	close(fd);
	if (rc == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) == -1)
		rc = -errno;
	return rc;
}

/* Everything in the directory; fd stays the caller's. */
static int
clear_folder(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *stream = own == -1 ? NULL : fdopendir(own);
	struct dirent *entry;

	if (stream == NULL)
		return -errno;
	while (rc == 0 && (entry = readdir(stream)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			rc = remove_entry(fd, entry->d_name);
	closedir(stream);
	return rc;
}

/* Locked, and still under this name: another process may just have renamed
 * it. */
static bool
is_ours(const struct staging *staging)
{
	struct stat held, named;

	return flock(staging->fd, LOCK_EX | LOCK_NB) == 0 &&
	       fstat(staging->fd, &held) == 0 &&
	       fstatat(staging->parent, staging->name, &named,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int
open_and_clear(struct staging *staging)
{
	if (mkdirat(staging->parent, staging->name, 0700) == -1 &&
	    errno != EEXIST)
		return -errno;
	staging->fd = openat(staging->parent, staging->name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (staging->fd == -1)
		return -errno;
	if (is_ours(staging))
		return clear_folder(staging->fd);
	close(staging->fd);
	return STAGING_BUSY;
}

int
staging_open(int parent, const char *name, struct staging *ret)
{
	struct staging staging = { .parent = parent,
		.name = xasprintf(".%s.goop2-import", name),
		.fd = -1 };
	int rc = open_and_clear(&staging);

	if (rc == 0)
		*ret = staging;
	else
		free(staging.name);
	return rc;
}

int
staging_make_folders(const struct staging *staging, const char *path)
{
	CLEANUP_FREE char *copy = xstrdup(path);
	mode_t mode = strncmp(path, "site/", 5) == 0 ? 0755 : 0700;
	char *slash;

	for (slash = strchr(copy, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(staging->fd, copy, mode) == -1 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int
staging_create(const struct staging *staging, const char *path, mode_t mode)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int rc = staging_make_folders(staging, path);
	long fd;

	if (rc < 0)
		return rc;
	fd = syscall(SYS_openat2, staging->fd, path, &how, sizeof(how));
	return fd == -1 ? -errno : (int)fd;
}

int
staging_sync(const struct staging *staging)
{
	return syncfs(staging->fd) == -1 ? -errno : 0;
}

void
staging_release(struct staging *staging)
{
	close(staging->fd);
	free(staging->name);
}

void
staging_drop(struct staging *staging)
{
	clear_folder(staging->fd);
	unlinkat(staging->parent, staging->name, AT_REMOVEDIR);
	staging_release(staging);
}
