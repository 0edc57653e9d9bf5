#include "cli/data/import_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/supervisor/instance_lock.h"
#include "cli/peer/peer_directory.h"
#include "common/base/xalloc.h"

static bool
is_empty(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t entries = 0;

	if (stream == NULL)
		return false;
	while ((entry = readdir(stream)) != NULL)
		entries += strcmp(entry->d_name, ".") != 0 &&
			   strcmp(entry->d_name, "..") != 0;
	closedir(stream);
	return entries == 0;
}

static enum exit_status
take_lock(const struct peer_directory *directory, struct import_target *target)
{
	pid_t other;
	int rc = instance_lock_take(directory->fd, &target->lock, &other);

	if (rc == INSTANCE_LOCK_HELD)
		return complain(EXIT_BUSY,
		    "a peer is running on %s (goop2 with pid %d): stop it "
		    "first, with goop2 stop",
		    directory->path, (int)other);
	if (rc == INSTANCE_LOCK_SHARED)
		return complain(EXIT_BUSY,
		    "daemons are running on %s, without goop2: stop them first "
		    "with systemctl",
		    directory->path);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot write into %s: %s", directory->path, strerror(-rc));
	return EXIT_OK;
}

static enum exit_status
look_at_peer(const struct peer_directory *directory,
    struct import_target *target, bool is_replacing)
{
	if (peer_directory_is_foreign(directory))
		return complain(EXIT_FAILED,
		    "%s contains other files and is not a peer: choose a new "
		    "or empty "
		    "directory",
		    directory->path);
	if (!is_replacing)
		return complain(EXIT_FAILED,
		    "%s is already a peer: choose another directory, or stop "
		    "it and use --replace, which keeps it as %s",
		    directory->path, target->before);
	if (faccessat(
		target->parent, target->before, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return complain(EXIT_FAILED,
		    "%s/%s exists: an earlier import put the peer it replaced "
		    "there; move it away first",
		    target->parent_path, target->before);
	target->kind = TARGET_PEER;
	return take_lock(directory, target);
}

static enum exit_status
look(const char *path, struct import_target *target, bool is_replacing)
{
	struct peer_directory directory;
	enum exit_status status;

	target->kind = TARGET_NEW;
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return EXIT_OK;
	status = peer_directory_open(path, &directory);
	if (status != EXIT_OK)
		return status;
	if (is_empty(directory.fd))
		target->kind = TARGET_EMPTY;
	else
		status = look_at_peer(&directory, target, is_replacing);
	peer_directory_close(&directory);
	return status;
}

/* Parent and name of the target. 0 or -errno. */
static int
take_apart(const char *path, struct import_target *target)
{
	CLEANUP_FREE char *real = realpath(path, NULL);
	CLEANUP_FREE char *one = xstrdup(real != NULL ? real : path);
	CLEANUP_FREE char *other = xstrdup(one);

	if (real == NULL && errno != ENOENT)
		return -errno;
	target->parent_path = realpath(dirname(one), NULL);
	if (target->parent_path == NULL)
		return -errno;
	target->name = xstrdup(basename(other));
	if (strchr(target->name, '/') != NULL || target->name[0] == '\0' ||
	    !strcmp(target->name, ".") || !strcmp(target->name, ".."))
		return -EINVAL;
	target->before = xasprintf("%s.before-import", target->name);
	target->path = xasprintf("%s/%s",
	    strcmp(target->parent_path, "/") != 0 ? target->parent_path : "",
	    target->name);
	target->parent =
	    open(target->parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return target->parent == -1 ? -errno : 0;
}

enum exit_status
import_target_open(
    const char *path, bool is_replacing, struct import_target *ret)
{
	struct import_target target = { .parent = -1, .lock = -1 };
	enum exit_status status;
	int rc = take_apart(path, &target);

	if (rc == -ENOENT)
		status = complain(EXIT_NOT_FOUND,
		    "the parent directory of %s does not exist", path);
	else if (rc < 0)
		status = complain(exit_status_of_errno(rc),
		    "cannot open %s: %s", path, strerror(-rc));
	else
		status = look(path, &target, is_replacing);
	if (status == EXIT_OK)
		*ret = target;
	else
		import_target_close(&target);
	return status;
}

/*
 * The staged directory gets the future name of the old one, then the two are
 * exchanged. If killed in between, the peer is unchanged.
 */
static int
exchange(const struct import_target *target, const struct staging *staging)
{
	int parent = target->parent, rc;

	if (renameat2(parent, staging->name, parent, target->before,
		RENAME_NOREPLACE) == -1)
		return -errno;
	if (renameat2(parent, target->name, parent, target->before,
		RENAME_EXCHANGE) == 0)
		return 0;
	rc = -errno;
	renameat(parent, target->before, parent, staging->name);
	return rc;
}

/* rename(2) of a directory replaces an empty one, and no other. */
static int
put(const struct import_target *target, const struct staging *staging)
{
	if (target->kind == TARGET_PEER)
		return exchange(target, staging);
	if (renameat(target->parent, staging->name, target->parent,
		target->name) == -1)
		return -errno;
	return 0;
}

enum exit_status
import_target_put(const struct import_target *target, struct staging *staging)
{
	int rc = staging_sync(staging);

	if (rc == 0)
		rc = put(target, staging);
	if (rc == -ENOTEMPTY || rc == -EEXIST || rc == -ENOTDIR)
		return complain(EXIT_FAILED,
		    "%s was created meanwhile: choose another directory",
		    target->path);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot create %s: %s", target->path, strerror(-rc));
	fsync(target->parent);
	staging_release(staging);
	return EXIT_OK;
}

void
import_target_close(struct import_target *target)
{
	if (target->parent != -1)
		close(target->parent);
	if (target->lock != -1)
		close(target->lock);
	free(target->path);
	free(target->parent_path);
	free(target->name);
	free(target->before);
}
