#include "common/identity/identity_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/xalloc.h"

static int
load(int dirfd, const char *name, struct identity_key *ret, char **why)
{
	const char *reason = NULL;
	uint8_t *data = NULL;
	size_t len = 0;
	int rc;

	rc = file_read(dirfd, name, IDENTITY_FILE_MAX, &data, &len);
	if (rc == -ENOENT)
		return rc;
	if (rc == -EFBIG || rc == -EISDIR || rc == -EINVAL) {
		*why = xasprintf("%s is not a key file: move it away to start "
				 "as a new peer, or restore it from a backup",
		    name);
		return -EKEYREJECTED;
	}
	if (rc < 0) {
		*why = xasprintf("cannot read %s: %s", name, strerror(-rc));
		return rc;
	}
	rc = identity_key_decode((struct bytes){ data, len }, ret, &reason);
	explicit_bzero(data, len);
	free(data);
	if (rc == 0)
		return 0;
	*why =
	    xasprintf("%s is damaged (%s): restore it from a backup, or move "
		      "it away to start as a new peer",
		name, reason);
	return -EKEYREJECTED;
}

/* Written aside and renamed, so that a crash leaves a whole key or none. */
static int
write_new(int dirfd, const char *aside, struct bytes bytes)
{
	ssize_t n;
	int fd, rc = 0;

	if (unlinkat(dirfd, aside, 0) == -1 && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, aside,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -errno;
	n = write(fd, bytes.data, bytes.len);
	if (n == -1)
		rc = -errno;
	else if ((size_t)n != bytes.len)
		rc = -ENOSPC;
	if (rc == 0 && fsync(fd) == -1)
		rc = -errno;
	if (close(fd) == -1 && rc == 0)
		rc = -errno;
	if (rc < 0)
		unlinkat(dirfd, aside, 0);
	return rc;
}

static int
rename_new(int dirfd, const char *aside, const char *name)
{
	int rc = 0;

	if (renameat2(dirfd, aside, dirfd, name, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some network file systems do not support flags; the caller saw that
	 * the file is missing, and the supervisor's lock excludes other
	 * processes. */
	if (errno != EINVAL || renameat(dirfd, aside, dirfd, name) == -1)
		rc = -errno;
	if (rc < 0)
		unlinkat(dirfd, aside, 0);
	return rc;
}

static int
sync_directory(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd == -1)
		return -errno;
	if (fsync(fd) == -1 && errno != EINVAL)
		rc = -errno;
	close(fd);
	return rc;
}

static int
store(int dirfd, const char *name, const struct identity_key *key)
{
	CLEANUP_FREE char *aside = xasprintf("%s.new", name);
	CLEANUP_FREE char *copy = xstrdup(name);
	uint8_t file[IDENTITY_FILE_SIZE];
	const char *directory = dirname(copy);
	int rc;

	if (mkdirat(dirfd, directory, 0700) == -1 && errno != EEXIST)
		return -errno;
	identity_key_encode(key, file);
	rc = write_new(dirfd, aside, (struct bytes){ file, sizeof(file) });
	explicit_bzero(file, sizeof(file));
	if (rc == 0)
		rc = rename_new(dirfd, aside, name);
	if (rc == 0)
		rc = sync_directory(dirfd, directory);
	return rc;
}

int
identity_file_open(int dirfd, const char *name, struct identity_key *ret,
    bool *ret_made, char **why)
{
	int rc;

	*ret_made = false;
	rc = load(dirfd, name, ret, why);
	if (rc != -ENOENT)
		return rc;
	identity_key_make(ret);
	rc = store(dirfd, name, ret);
	if (rc < 0) {
		identity_key_wipe(ret);
		*why = xasprintf(
		    "cannot write the new key %s: %s", name, strerror(-rc));
		return rc;
	}
	*ret_made = true;
	return 0;
}

bool
identity_file_is_exposed(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, 0) == 0 && (st.st_mode & 077) != 0;
}
