#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"

/* FNV-1a, 64 bits: the same name in each process, no secret. */
static uint64_t
name_of(const char *directory)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *directory != '\0'; directory++)
		hash = (hash ^ (uint8_t)*directory) * 0x100000001b3u;
	return hash;
}

/* A directory of ours that nobody else can enter; made if it is missing. */
static int
make_private(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) == -1)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != geteuid())
		return -EPERM;
	if ((st.st_mode & 077) != 0 && chmod(path, 0700) == -1)
		return -errno;
	return 0;
}

/* $XDG_RUNTIME_DIR/goop2/<name>, if there is such a directory. */
static char *
below_xdg(const char *directory)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	CLEANUP_FREE char *parent = NULL;

	if (xdg == NULL || xdg[0] != '/')
		return NULL;
	parent = xasprintf("%s/goop2", xdg);
	if (make_private(parent) < 0)
		return NULL;
	return xasprintf(
	    "%s/%016llx", parent, (unsigned long long)name_of(directory));
}

static char *
wanted(const char *directory)
{
	const char *systemd = getenv("RUNTIME_DIRECTORY");
	char *path;

	if (systemd != NULL && systemd[0] == '/') /* may be a list */
		return xstrndup(systemd, strcspn(systemd, ":"));
	path = below_xdg(directory);
	return path != NULL ? path : xasprintf("%s/run", directory);
}

int
run_directory_find(const char *directory, char **ret)
{
	CLEANUP_FREE char *absolute = realpath(directory, NULL);
	CLEANUP_FREE char *path = NULL;
	int rc;

	if (absolute == NULL)
		return -errno;
	path = wanted(absolute);
	if (!bus_directory_fits(path)) {
		free(path);
		path =
		    xasprintf("/tmp/goop2-%u-%016llx", (unsigned int)geteuid(),
			(unsigned long long)name_of(absolute));
	}
	rc = make_private(path);
	if (rc < 0)
		return rc;
	*ret = path;
	path = NULL;
	return 0;
}
