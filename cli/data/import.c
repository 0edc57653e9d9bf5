#include "cli/data/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/data/import_check.h"
#include "cli/data/import_target.h"
#include "cli/data/import_unpack.h"
#include "cli/data/interrupt.h"
#include "common/base/xalloc.h"

struct import {
	const char *zip; /* as given */
	int fd;
	struct manifest manifest;
	struct import_target target;
	struct staging staging;
};

static enum exit_status
open_zip(struct import *import)
{
	struct stat st;

	import->fd = open(import->zip, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (import->fd == -1)
		return complain(exit_status_of_errno(-errno),
		    "cannot open %s: %s", import->zip, strerror(errno));
	if (fstat(import->fd, &st) == 0 && S_ISREG(st.st_mode))
		return EXIT_OK;
	close(import->fd);
	return complain(EXIT_FAILED, "%s is not a file", import->zip);
}

/* Print what an outcome of import_unpack.h means. */
static enum exit_status
complain_outcome(const struct import *import, int rc, const char *why)
{
	switch (rc) {
	case 0:
		return EXIT_OK;
	case IMPORT_REFUSED:
		return complain(EXIT_FAILED,
		    "%s is not an export of a peer: %s", import->zip, why);
	case IMPORT_INTERRUPTED:
		return complain(
		    EXIT_FAILED, "interrupted: nothing was created");
	default:
		return complain(exit_status_of_errno(rc),
		    "cannot unpack %s: %s", import->zip, strerror(-rc));
	}
}

static enum exit_status
check_sizes(const struct import *import)
{
	int64_t bytes = manifest_bytes(&import->manifest);
	struct statvfs disk;
	struct stat st;

	if (fstat(import->fd, &st) == -1 || manifest_is_bomb(bytes, st.st_size))
		return complain(EXIT_TOO_LARGE,
		    "%s claims to contain %" PRId64
		    " bytes, which is too much for its size",
		    import->zip, bytes);
	if (fstatvfs(import->target.parent, &disk) == 0 &&
	    (uint64_t)bytes / disk.f_frsize > disk.f_bavail)
		return complain(EXIT_FAILED,
		    "%s needs %" PRId64 " bytes, but there are only %" PRIu64
		    " free in %s",
		    import->zip, bytes, (uint64_t)disk.f_bavail * disk.f_frsize,
		    import->target.parent_path);
	return EXIT_OK;
}

static enum exit_status
unpack_and_check(struct import *import, bool *ret_has_key)
{
	CLEANUP_FREE char *path = xasprintf(
	    "%s/%s", import->target.parent_path, import->staging.name);
	CLEANUP_FREE char *why = NULL;
	enum exit_status status;
	int rc;

	rc = import_unpack(
	    import->fd, &import->manifest, &import->staging, &why);
	status = complain_outcome(import, rc, why);
	if (status == EXIT_OK)
		status = import_check(&import->staging, path, &import->manifest,
		    import->zip, ret_has_key);
	return status;
}

static void
tell(const struct import *import, bool has_key)
{
	const struct import_target *target = &import->target;

	printf("Created %s: %zu files of %s\n", target->path,
	    import->manifest.files.count, import->manifest.peer_id);
	if (target->kind == TARGET_PEER)
		printf("What it replaced is now %s/%s\n", target->parent_path,
		    target->before);
	if (has_key)
		printf("Run it in one place only: two peers with the same key "
		       "disturb each other\n");
	else
		printf("It has no key: goop2 init %s creates one, which makes "
		       "it a new peer\n",
		    target->path);
	printf("Start it with: goop2 peer %s\n", target->path);
}

static enum exit_status
import_into(struct import *import)
{
	enum exit_status status;
	bool has_key = false;
	int rc;

	status = check_sizes(import);
	if (status != EXIT_OK)
		return status;
	rc = staging_open(
	    import->target.parent, import->target.name, &import->staging);
	if (rc == STAGING_BUSY)
		return complain(EXIT_BUSY, "another import is creating %s",
		    import->target.path);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot write into %s: %s", import->target.parent_path,
		    strerror(-rc));
	status = unpack_and_check(import, &has_key);
	if (status == EXIT_OK)
		status = import_target_put(&import->target, &import->staging);
	if (status == EXIT_OK)
		tell(import, has_key);
	else
		staging_drop(&import->staging);
	return status;
}

static enum exit_status
import_open(struct import *import, const struct arguments *arguments)
{
	CLEANUP_FREE char *why = NULL;
	enum exit_status status;
	int rc;

	rc = import_read_manifest(import->fd, &import->manifest, &why);
	status = complain_outcome(import, rc, why);
	if (status != EXIT_OK)
		return status;
	status = import_target_open(
	    arguments->operands[0], arguments->is_replacing, &import->target);
	if (status == EXIT_OK) {
		status = import_into(import);
		import_target_close(&import->target);
	}
	manifest_fini(&import->manifest);
	return status;
}

enum exit_status
data_import(const struct arguments *arguments)
{
	struct import import = { .zip = arguments->operands[1] };
	enum exit_status status;

	status = open_zip(&import);
	if (status != EXIT_OK)
		return status;
	interrupt_catch();
	status = import_open(&import, arguments);
	close(import.fd);
	return status;
}
