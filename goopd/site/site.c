#include "goopd/site/site.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goopd/site/site_conditions.h"

COUNTER(site_paths_refused, "site requests for paths that are never served");

enum { READAHEAD_MIN = 1024 * 1024 };

struct site {
	int fd;
	bool by_path; /* see site_want_path() */
};

/* --- opening */

/* A regular file or a directory beneath the site; fd or -errno. O_NONBLOCK:
 * opening a FIFO must not block. */
static int
open_beneath(const struct site *site, const char *path, struct stat *ret)
{
	struct open_how how = {
		.flags =
		    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	int fd, rc;

	fd = (int)syscall(SYS_openat2, site->fd, path[0] != '\0' ? path : ".",
	    &how, sizeof(how));
	if (fd == -1)
		return -errno;
	rc = fstat(fd, ret) == -1 ? -errno : 0;
	if (rc == 0 && !S_ISREG(ret->st_mode) && !S_ISDIR(ret->st_mode))
		rc = -ENOENT;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* The absolute path of name without links; NULL and errno on failure. */
static char *
canonical(int dirfd, const char *name)
{
	CLEANUP_FREE char *joined = NULL;

	if (name[0] == '/')
		return realpath(name, NULL);
	joined = xasprintf("/proc/self/fd/%d/%s", dirfd, name);
	return realpath(joined, NULL);
}

static bool
contains(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (len > 0 && root[len - 1] == '/') /* "/" itself */
		return true;
	return strncmp(root, path, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

/* The file may be a link, or not exist yet: its directory counts, too. */
static bool
contains_private(int dirfd, const char *root, const char *name)
{
	CLEANUP_FREE char *copy = xstrdup(name);
	CLEANUP_FREE char *file = canonical(dirfd, name);
	CLEANUP_FREE char *directory = canonical(dirfd, dirname(copy));

	return (file != NULL && contains(root, file)) ||
	       (directory != NULL && contains(root, directory));
}

static int
check_root(
    int dirfd, const char *root, const char *const *private_paths, char **why)
{
	CLEANUP_FREE char *canonical_root = canonical(dirfd, root);

	if (canonical_root == NULL)
		return -errno;
	for (; *private_paths != NULL; private_paths++) {
		if (!contains_private(dirfd, canonical_root, *private_paths))
			continue;
		*why = xasprintf("paths.site_root (%s) contains %s, which must "
				 "stay private: choose another directory",
		    root, *private_paths);
		return -EKEYREJECTED;
	}
	return 0;
}

/* The directory, checked; fd or -errno. */
static int
open_root(
    int dirfd, const char *root, const char *const *private_paths, char **why)
{
	int fd, rc;

	if (mkdirat(dirfd, root, 0755) == -1 && errno != EEXIST)
		return -errno;
	rc = check_root(dirfd, root, private_paths, why);
	if (rc < 0)
		return rc;
	fd = openat(dirfd, root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 ? -errno : fd;
}

/* A system call filter of the service manager may forbid openat2(). */
static int
check_beneath(const struct site *site, char **why)
{
	struct stat st;
	int fd = open_beneath(site, "", &st);

	if (fd >= 0)
		close(fd);
	if (fd != -ENOSYS)
		return 0;
	*why = xasprintf("the system call openat2(2) is not available, but "
			 "needed to open files of the site: use Linux 5.6 or "
			 "later, and a unit without RestrictSUIDSGID=");
	return -ENOSYS;
}

void
site_free(struct site *site)
{
	if (site == NULL)
		return;
	close(site->fd);
	free(site);
}

int
site_open(int dirfd, const char *root, const char *const *private_paths,
    struct site **ret, char **why)
{
	struct site *site;
	int fd, rc;

	*why = NULL;
	fd = open_root(dirfd, root, private_paths, why);
	if (fd < 0 && *why == NULL)
		*why = xasprintf("cannot open the site directory %s "
				 "(paths.site_root): %s",
		    root, strerror(-fd));
	if (fd < 0)
		return fd;
	site = xzalloc(sizeof(*site));
	site->fd = fd;
	rc = check_beneath(site, why);
	if (rc == 0)
		*ret = site;
	else
		site_free(site);
	return rc;
}

void
site_want_path(struct site *site)
{
	site->by_path = true;
}

/* --- serving */

static void
answer_error(int rc, struct site_answer *ret)
{
	switch (-rc) {
	case EACCES:
	case EPERM:
		site_answer_fail(ret, 403, "forbidden");
		break;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		site_answer_fail(ret, 503, "busy");
		break;
	default: /* missing, a link or a device: visitors do not learn which */
		site_answer_fail(ret, 404, "not found");
		break;
	}
}

static const char *
type_of(const char *path, int fd)
{
	uint8_t start[MIME_SNIFF_SIZE];
	const char *type = mime_of_path(path);
	ssize_t n;

	if (type != NULL)
		return type;
	n = pread(fd, start, sizeof(start), 0);
	return mime_sniff((struct bytes){ start, n > 0 ? (size_t)n : 0 });
}

static void
describe(
    const char *path, int fd, const struct stat *st, struct site_answer *ret)
{
	*ret = (struct site_answer){ .size = (uint64_t)st->st_size };
	snprintf(ret->type, sizeof(ret->type), "%s", type_of(path, fd));
	/* Tools set st_mtim back (rsync -t, tar, reproducible builds), nobody
	 * st_ctim; some file systems keep only the former. */
	snprintf(ret->etag, sizeof(ret->etag), "\"%jx-%jx-%jx%08lx-%jx%08lx\"",
	    (uintmax_t)st->st_ino, (uintmax_t)st->st_size,
	    (uintmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
	    (uintmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	site_date_print(st->st_mtim.tv_sec, ret->modified);
}

static void
answer_file(enum site_version version, const struct site_request *request,
    const char *path, const struct stat *st, struct site_answer *ret, int *fd)
{
	describe(path, *fd, st, ret);
	site_conditions_apply(request, ret);
	if (version == SITE_1_0 && ret->length > SITE_1_0_BODY_MAX)
		site_answer_fail(ret, 413, "file too large");
	if (!site_answer_has_body(ret) || request->is_head) {
		close(*fd);
		*fd = -1;
	} else if (ret->length >= READAHEAD_MIN) {
		posix_fadvise(*fd, (off_t)ret->from, (off_t)ret->length,
		    POSIX_FADV_SEQUENTIAL);
	}
}

/* The index of the directory that path is; fd or -errno. */
static int
find_index(const struct site *site, struct site_path *path, struct stat *st)
{
	int fd;

	site_path_to_index(path);
	fd = open_beneath(site, path->text, st);
	if (fd < 0 || S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -ENOENT;
}

/* What many builders link as "about" they write as about.html. */
static int
find_page(const struct site *site, struct site_path *path, struct stat *st)
{
	int fd;

	site_path_to_page(path);
	fd = open_beneath(site, path->text, st);
	if (fd < 0 || S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Open what the request names, and note its final path; in 1.1 it may be a
 * directory. fd or -errno. */
static int
find(const struct site *site, enum site_version version, struct site_path *path,
    struct stat *st)
{
	int fd;

	if (path->is_directory)
		return find_index(site, path, st);
	fd = open_beneath(site, path->text, st);
	if (fd == -ENOENT && version == SITE_1_1)
		return find_page(site, path, st);
	if (fd < 0 || S_ISREG(st->st_mode) || version == SITE_1_1)
		return fd;
	close(fd);
	return find_index(site, path, st);
}

static void
serve(const struct site *site, enum site_version version,
    const struct site_request *request, struct site_answer *ret, int *ret_fd)
{
	struct site_path path;
	struct stat st;

	*ret_fd = -1;
	switch (site_path_resolve(bytes_of(request->path), &path)) {
	case SITE_PATH_BAD:
		site_answer_fail(ret, 400, "bad request");
		return;
	case SITE_PATH_FORBIDDEN:
		counter_add(&site_paths_refused, 1);
		site_answer_fail(ret, 403, "forbidden");
		return;
	case SITE_PATH_HIDDEN:
		counter_add(&site_paths_refused, 1);
		site_answer_fail(ret, 404, "not found");
		return;
	}
	*ret_fd = find(site, version, &path, &st);
	if (*ret_fd < 0) {
		answer_error(*ret_fd, ret);
		*ret_fd = -1;
	} else if (S_ISDIR(st.st_mode)) {
		close(*ret_fd);
		*ret_fd = -1;
		site_answer_fail(ret, 301, "is a directory");
	} else {
		answer_file(version, request, path.text, &st, ret, ret_fd);
	}
}

void
site_serve(const struct site *site, enum site_version version,
    const struct site_request *request, struct site_answer *ret, int *ret_fd)
{
	serve(site, version, request, ret, ret_fd);
	ret->by_path = site->by_path;
}
