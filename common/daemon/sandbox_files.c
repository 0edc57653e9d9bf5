/* Landlock (landlock(7)), by bare system calls: the C library has none. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/daemon/sandbox_internal.h"

/* Younger than the headers of Debian 12. */
#define ACCESS_TRUNCATE  (1ULL << 14) /* ABI 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15) /* ABI 5 */

#define ACCESS_OF_ABI_1 (LANDLOCK_ACCESS_FS_REFER - 1)
#define ACCESS_READ     (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE \
	(ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER | \
	    ACCESS_TRUNCATE)
/* What makes sense for something that is no directory. */
#define ACCESS_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    ACCESS_TRUNCATE)

static uint64_t
known_access(long abi)
{
	uint64_t access = ACCESS_OF_ABI_1;

	if (abi >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		access |= ACCESS_TRUNCATE;
	if (abi >= 5)
		access |= ACCESS_IOCTL_DEV;
	return access;
}

static int
allow_path(
    int ruleset, uint64_t known, const struct sandbox_path *path, int dirfd)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access =
		    path->access == SANDBOX_WRITE ? ACCESS_WRITE : ACCESS_READ,
	};
	struct stat st;
	int rc = 0;

	rule.parent_fd = openat(dirfd, path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return errno == ENOENT ? 0 : -errno; /* nothing to allow */
	if (fstat(rule.parent_fd, &st) == -1)
		rc = -errno;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ACCESS_FILE;
	rule.allowed_access &= known;
	if (rc == 0 && syscall(SYS_landlock_add_rule, ruleset,
			   LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == -1)
		rc = -errno;
	close(rule.parent_fd);
	return rc;
}

int
sandbox_restrict_files(const struct sandbox_path *paths, int dirfd)
{
	struct landlock_ruleset_attr attributes;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, rc = 0;

	if (abi < 1)
		return SANDBOX_NO_LANDLOCK;
	attributes = (struct landlock_ruleset_attr){ known_access(abi) };
	ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset == -1)
		return -errno;
	for (; rc == 0 && paths != NULL && paths->path != NULL; paths++)
		rc = allow_path(
		    ruleset, attributes.handled_access_fs, paths, dirfd);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		rc = -errno;
	close(ruleset);
	return rc;
}
