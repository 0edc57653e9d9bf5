#include "cli/data/import_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data/interrupt.h"
#include "cli/data/peer_file.h"
#include "cli/data/progress.h"
#include "cli/data/sha256.h"
#include "cli/data/zip_in.h"
#include "common/base/xalloc.h"

enum {
	UNPACK_CHUNK = 128 * 1024,
	UNPACK_ENTRIES_MAX = 2 * MANIFEST_FILES_MAX, /* folders, too */
};

/* Of manifest.json, which is the current entry. */
static int
read_manifest(struct zip_in *zip, struct manifest *ret, char **why)
{
	struct buffer json;
	uint8_t *room;
	ssize_t n;
	int rc = IMPORT_REFUSED;

	buffer_init(&json, MANIFEST_MAX);
	for (;;) {
		room = buffer_reserve(&json, UNPACK_CHUNK);
		if (room == NULL) {
			*why = xstrdup("its manifest is too large");
			break;
		}
		n = zip_in_read(zip, room, UNPACK_CHUNK);
		if (n < 0) {
			*why = xstrdup(zip_in_why(zip));
			break;
		}
		buffer_commit(&json, (size_t)n);
		if (n > 0)
			continue;
		if (manifest_parse(buffer_bytes(&json), ret, why) == 0)
			rc = 0;
		break;
	}
	buffer_fini(&json);
	return rc;
}

int
import_read_manifest(int fd, struct manifest *ret, char **why)
{
	struct zip_in_entry entry;
	struct zip_in *zip;
	size_t entries = 0;
	int rc;

	rc = zip_in_open(fd, &zip);
	if (rc == -EBADMSG) {
		*why = xstrdup("it is not a zip file");
		return IMPORT_REFUSED;
	}
	if (rc < 0)
		return rc;
	for (;;) {
		rc = zip_in_next(zip, &entry);
		if (rc == 0 && entry.name != NULL &&
		    !strcmp(entry.name, MANIFEST_FILE)) {
			rc = read_manifest(zip, ret, why);
			break;
		}
		if (rc == 0 && ++entries <= UNPACK_ENTRIES_MAX)
			continue;
		*why = rc < 0 ? xstrdup(zip_in_why(zip))
			      : xasprintf("it has no %s", MANIFEST_FILE);
		rc = IMPORT_REFUSED;
		break;
	}
	zip_in_close(zip);
	return rc;
}

/* --- one file */

struct unpacking {
	struct zip_in *zip;
	const struct manifest *manifest;
	const struct staging *staging;
	size_t files;
	uint8_t chunk[UNPACK_CHUNK];
};

static int
write_all(int fd, const uint8_t *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno != EINTR)
			return -errno;
		if (n == -1)
			continue;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copy the entry's bytes to fd (-1: nowhere), at most one more than
 * announced. */
static int
copy_bytes(struct unpacking *unpacking, const struct manifest_file *file,
    int fd, struct sha256 *hash, int64_t *ret_size, char **why)
{
	int rc = 0;
	ssize_t n;

	*ret_size = 0;
	while (rc == 0 && *ret_size <= file->size) {
		if (interrupt_came())
			return IMPORT_INTERRUPTED;
		n = zip_in_read(unpacking->zip, unpacking->chunk, UNPACK_CHUNK);
		if (n < 0) {
			*why = xasprintf(
			    "its file %s is damaged or cut short (%s)",
			    file->name, zip_in_why(unpacking->zip));
			return IMPORT_REFUSED;
		}
		if (n == 0)
			break;
		*ret_size += n;
		sha256_add(hash, (struct bytes){ unpacking->chunk, (size_t)n });
		progress_add(n);
		if (fd != -1 && *ret_size <= file->size)
			rc = write_all(fd, unpacking->chunk, (size_t)n);
	}
	return rc;
}

static int
copy_file(struct unpacking *unpacking, const struct manifest_file *file, int fd,
    char **why)
{
	struct sha256 *hash = sha256_new();
	char sha256[SHA256_TEXT + 1];
	int64_t size;
	int rc;

	rc = copy_bytes(unpacking, file, fd, hash, &size, why);
	sha256_finish(hash, sha256);
	if (rc == 0 &&
	    (size != file->size || strcmp(sha256, file->sha256) != 0)) {
		*why = xasprintf(
		    "%s is not what the manifest says: it was changed or "
		    "damaged",
		    file->name);
		rc = IMPORT_REFUSED;
	}
	return rc;
}

static mode_t
mode_of(const char *name)
{
	return strchr(name, '/') == NULL || !strcmp(name, PEER_FILE_KEY) ? 0600
									 : 0644;
}

static int
unpack_file(struct unpacking *unpacking, const struct manifest_file *file,
    time_t changed, char **why)
{
	const struct timespec times[] = { { 0, UTIME_NOW }, { changed, 0 } };
	int fd, rc;

	unpacking->files++;
	if (unpacking->staging == NULL)
		return copy_file(unpacking, file, -1, why);
	fd =
	    staging_create(unpacking->staging, file->name, mode_of(file->name));
	if (fd == -EEXIST || fd == -ENOTDIR || fd == -EISDIR) {
		*why = xasprintf("it contains %s twice", file->name);
		return IMPORT_REFUSED;
	}
	if (fd < 0)
		return fd;
	rc = copy_file(unpacking, file, fd, why);
	futimens(fd, times);
	if (close(fd) == -1 && rc == 0)
		rc = -errno;
	return rc;
}

static int
unpack_entry(
    struct unpacking *unpacking, const struct zip_in_entry *entry, char **why)
{
	const struct manifest_file *file;

	if (entry->is_folder ||
	    (entry->name != NULL && !strcmp(entry->name, MANIFEST_FILE)))
		return 0;
	file = entry->name == NULL
		   ? NULL
		   : manifest_find(unpacking->manifest, entry->name);
	if (file != NULL && entry->is_file)
		return unpack_file(unpacking, file, entry->changed, why);
	*why = xasprintf("it contains %s, which %s",
	    entry->name != NULL ? entry->name : "a name that is not text",
	    file != NULL ? "is not a plain file"
			 : "its manifest does not list");
	return IMPORT_REFUSED;
}

static int
unpack_entries(struct unpacking *unpacking, char **why)
{
	struct zip_in_entry entry;
	size_t entries;
	int rc;

	for (entries = 0; entries < UNPACK_ENTRIES_MAX; entries++) {
		rc = zip_in_next(unpacking->zip, &entry);
		if (rc == 0)
			rc = unpack_entry(unpacking, &entry, why);
		else if (rc == ZIP_IN_END)
			break;
		else
			*why = xstrdup(zip_in_why(unpacking->zip));
		if (rc != 0)
			return rc == -EBADMSG ? IMPORT_REFUSED : rc;
	}
	if (unpacking->files == unpacking->manifest->files.count)
		return 0;
	*why = xasprintf("%zu files that its manifest lists are missing",
	    unpacking->manifest->files.count - unpacking->files);
	return IMPORT_REFUSED;
}

int
import_unpack(int fd, const struct manifest *manifest,
    const struct staging *staging, char **why)
{
	struct unpacking *unpacking = xzalloc(sizeof(*unpacking));
	int rc;

	unpacking->manifest = manifest;
	unpacking->staging = staging;
	rc = zip_in_open(fd, &unpacking->zip);
	if (rc == 0) {
		progress_begin(staging != NULL ? "Unpacking" : "Checking",
		    manifest_bytes(manifest));
		rc = unpack_entries(unpacking, why);
		progress_end();
		zip_in_close(unpacking->zip);
	}
	free(unpacking);
	return rc;
}
