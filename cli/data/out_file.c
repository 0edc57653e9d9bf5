#include "cli/data/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/xalloc.h"

void
out_file_init(struct out_file *out, const char *path)
{
	out->path = path;
	out->aside = xasprintf("%s.partial", path);
	out->fd = -1;
}

enum exit_status
out_file_complain(const struct out_file *out, int rc)
{
	return complain(exit_status_of_errno(rc), "cannot write %s: %s",
	    out->path, strerror(-rc));
}

static enum exit_status
complain_exists(const struct out_file *out)
{
	return complain(EXIT_FAILED,
	    "%s already exists: choose another name, or remove it", out->path);
}

enum exit_status
out_file_check(const struct out_file *out, const char *not_within)
{
	CLEANUP_FREE char *copy = xstrdup(out->path);
	CLEANUP_FREE char *folder = realpath(dirname(copy), NULL);
	size_t len = strlen(not_within);

	if (folder == NULL)
		return out_file_complain(out, -errno);
	if (!strncmp(folder, not_within, len) &&
	    (folder[len] == '/' || folder[len] == '\0'))
		return complain(EXIT_FAILED,
		    "%s would be inside the peer itself: choose a place "
		    "outside %s",
		    out->path, not_within);
	if (faccessat(AT_FDCWD, out->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return complain_exists(out);
	return EXIT_OK;
}

/* Locked by us, and still under this name: another process may just have
 * finished it. */
static bool
is_ours(const struct out_file *out)
{
	struct stat held, named;

	return flock(out->fd, LOCK_EX | LOCK_NB) == 0 &&
	       fstat(out->fd, &held) == 0 && lstat(out->aside, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino &&
	       S_ISREG(held.st_mode);
}

enum exit_status
out_file_open(struct out_file *out)
{
	out->fd = open(out->aside,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (out->fd == -1)
		return out_file_complain(out, -errno);
	if (is_ours(out))
		return fchmod(out->fd, 0600) == -1
			   ? out_file_complain(out, -errno)
			   : EXIT_OK;
	close(out->fd);
	out->fd = -1;
	return complain(EXIT_BUSY, "another export is writing %s", out->path);
}

/* Not over a file that was created meanwhile, as far as the file system can
 * guarantee it. */
static int
rename_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (faccessat(AT_FDCWD, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return rename(from, to) == -1 ? -errno : 0;
}

static void
sync_folder(const struct out_file *out)
{
	CLEANUP_FREE char *copy = xstrdup(out->path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

enum exit_status
out_file_finish(struct out_file *out)
{
	int rc;

	if (fsync(out->fd) == -1)
		return out_file_complain(out, -errno);
	rc = rename_to_new(out->aside, out->path);
	if (rc == -EEXIST)
		return complain_exists(out);
	if (rc < 0)
		return out_file_complain(out, rc);
	sync_folder(out);
	close(out->fd);
	out->fd = -1;
	return EXIT_OK;
}

void
out_file_close(struct out_file *out)
{
	if (out->fd != -1) {
		unlink(out->aside);
		close(out->fd);
	}
	free(out->aside);
}
