#include "common/daemon/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/xalloc.h"
#include "common/bus/bus.h"

/* FNV-1a, 64 bits: the same name in each process, no secret. */
static uint64_t
name_of(const char *directory)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *directory != '\0'; directory++)
		hash = (hash ^ (uint8_t)*directory) * 0x100000001b3u;
	return hash;
}

/* A directory that only our user can enter; made if it is missing. */
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

/* Below a directory of sessions, like $XDG_RUNTIME_DIR. */
static char *
below(const char *parent, const char *directory)
{
	return xasprintf(
	    "%s/%016llx", parent, (unsigned long long)name_of(directory));
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
	return below(parent, directory);
}

/* One that does not fit a Unix socket's path has a stand-in. Takes path. */
static char *
fitting(char *path, const char *directory, uid_t owner)
{
	if (bus_directory_fits(path))
		return path;
	free(path);
	return xasprintf("/tmp/goop2-%u-%016llx", (unsigned int)owner,
	    (unsigned long long)name_of(directory));
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
	path = fitting(wanted(absolute), absolute, geteuid());
	rc = make_private(path);
	if (rc < 0)
		return rc;
	*ret = path;
	path = NULL;
	return 0;
}

/* --- where others may have theirs */

/* Does it belong to owner, or to a user who is trusted anyway? */
static void
add_if_owned(struct strings *places, char *path, uid_t owner)
{
	CLEANUP_FREE char *taken = path;
	struct stat st;

	if (path != NULL && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == owner)
		strings_add(places, path);
}

/* Units of the system: /var/lib/goop2/NAME has /run/goop2/NAME. */
static char *
of_unit(const char *directory)
{
	static const char state[] = "/var/lib/goop2/";
	size_t len = strlen(state);

	if (strncmp(directory, state, len) != 0 ||
	    strchr(directory + len, '/') != NULL)
		return NULL;
	return xasprintf("/run/goop2/%s", directory + len);
}

/* Where that user's session has it. */
static char *
of_session(const char *directory, uid_t owner)
{
	CLEANUP_FREE char *parent =
	    xasprintf("/run/user/%u/goop2", (unsigned int)owner);

	return below(parent, directory);
}

int
run_directory_list(const char *directory, struct strings *ret)
{
	CLEANUP_FREE char *absolute = realpath(directory, NULL);
	struct stat st;
	char *path;
	uid_t owner;

	if (absolute == NULL || stat(absolute, &st) == -1)
		return -errno;
	/* Root may ask what others run. */
	owner = geteuid() == 0 ? st.st_uid : geteuid();
	if (owner == geteuid())
		add_if_owned(
		    ret, fitting(wanted(absolute), absolute, owner), owner);
	add_if_owned(ret, of_unit(absolute), owner);
	add_if_owned(ret, of_session(absolute, owner), owner);
	path = xasprintf("%s/run", absolute);
	add_if_owned(ret, fitting(path, absolute, owner), owner);
	return 0;
}
