#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/xalloc.h"

static int
read_all(int fd, size_t max, uint8_t **ret, size_t *ret_len)
{
	struct stat st;
	uint8_t *data;
	size_t len = 0;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -EFBIG;
	data = xzalloc((size_t)st.st_size + 1);
	while (len < (size_t)st.st_size) {
		n = read(fd, data + len, (size_t)st.st_size - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			int error = errno;

			free(data);
			return -error;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret = data;
	*ret_len = len;
	return 0;
}

int
file_read(
    int dirfd, const char *name, size_t max, uint8_t **ret, size_t *ret_len)
{
	int fd, rc;

	/* O_NONBLOCK: a FIFO in the file's place must not hold us up. */
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return -errno;
	rc = read_all(fd, max, ret, ret_len);
	close(fd);
	return rc;
}

static int
write_all(int fd, struct bytes bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = write(fd, bytes.data, bytes.len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		bytes.data += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

static int
sync_directory(int dirfd, const char *name)
{
	CLEANUP_FREE char *copy = xstrdup(name);
	int fd, rc = 0;

	fd = openat(dirfd, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	if (fsync(fd) == -1 && errno != EINVAL && errno != EROFS)
		rc = -errno;
	close(fd);
	return rc;
}

/* Root may replace the file of a daemon that runs as another user. */
static int
keep_owner(int fd, int dirfd, const char *name)
{
	struct stat old, new;

	if (fstatat(dirfd, name, &old, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &new) == -1)
		return -errno;
	if (old.st_uid == new.st_uid && old.st_gid == new.st_gid)
		return 0;
	return fchown(fd, old.st_uid, old.st_gid) == -1 ? -errno : 0;
}

int
file_replace(int dirfd, const char *name, struct bytes bytes, mode_t mode)
{
	CLEANUP_FREE char *aside = xasprintf("%s.new", name);
	int fd, rc;

	/* A torn file of an earlier crash may lie there, with another mode. */
	if (unlinkat(dirfd, aside, 0) == -1 && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, aside,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd == -1)
		return -errno;
	rc = keep_owner(fd, dirfd, name);
	if (rc == 0)
		rc = write_all(fd, bytes);
	if (rc == 0 && fsync(fd) == -1)
		rc = -errno;
	if (close(fd) == -1 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(dirfd, aside, dirfd, name) == -1)
		rc = -errno;
	if (rc < 0) {
		unlinkat(dirfd, aside, 0);
		return rc;
	}
	return sync_directory(dirfd, name);
}
