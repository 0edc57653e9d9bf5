#include "cli/data/export_zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/data/interrupt.h"
#include "cli/data/peer_file.h"
#include "cli/data/progress.h"
#include "cli/data/sha256.h"
#include "cli/data/zip_out.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"

enum { EXPORT_CHUNK = 128 * 1024 };

/* Read an item to its end, into zip unless that is NULL. 0 with the hash and
 * size, -ENOENT if it is gone, or -errno; *ret_written: of writing. */
static int
read_item(const struct export_item *item, struct zip_out *zip,
    char sha256[SHA256_TEXT + 1], int64_t *ret_size, int *ret_written)
{
	struct sha256 *hash;
	uint8_t *chunk;
	int fd = export_item_open(item), rc = 0;
	ssize_t n;

	*ret_written = 0;
	*ret_size = 0;
	if (fd < 0)
		return fd;
	chunk = xzalloc(EXPORT_CHUNK);
	hash = sha256_new();
	while (*ret_written == 0 && (n = read(fd, chunk, EXPORT_CHUNK)) != 0) {
		if (n == -1 || interrupt_came()) {
			rc = n == -1 ? -errno : -EINTR;
			break;
		}
		sha256_add(hash, (struct bytes){ chunk, (size_t)n });
		*ret_size += n;
		progress_add(n);
		if (zip != NULL && *ret_size <= item->size)
			*ret_written = zip_out_write(
			    zip, (struct bytes){ chunk, (size_t)n });
	}
	sha256_finish(hash, sha256);
	free(chunk);
	close(fd);
	return rc;
}

static int
note_time(struct export_item *item)
{
	struct stat st;
	int fd = export_item_open(item);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0)
		item->changed = st.st_mtime;
	close(fd);
	return 0;
}

static void
forget_item(struct export_list *list, size_t i)
{
	free(list->items[i].name);
	free(list->items[i].path);
	list->count--;
	memmove(&list->items[i], &list->items[i + 1],
	    (list->count - i) * sizeof(*list->items));
}

int
export_zip_hash(struct export_list *list, const char **ret_at)
{
	struct export_item *item;
	size_t i = 0;
	int rc = 0, none;

	progress_begin("Reading", 0);
	while (rc == 0 && i < list->count) {
		item = &list->items[i];
		*ret_at = item->name;
		rc = note_time(item);
		if (rc == 0)
			rc = read_item(
			    item, NULL, item->sha256, &item->size, &none);
		if (rc == -ENOENT) {
			forget_item(list, i);
			rc = 0;
		} else {
			i++;
		}
	}
	progress_end();
	return rc;
}

/* 0, EXPORT_ZIP_CHANGED, or -errno. */
static int
write_item(struct zip_out *zip, const struct export_item *item)
{
	bool is_secret = strchr(item->name, '/') == NULL ||
			 !strcmp(item->name, PEER_FILE_KEY);
	const struct zip_out_file file = { .name = item->name,
		.size = item->size,
		.changed = item->changed,
		.mode = is_secret ? 0600 : 0644 };
	char sha256[SHA256_TEXT + 1];
	int64_t size;
	int rc, written;

	rc = zip_out_begin(zip, &file);
	if (rc < 0)
		return rc;
	rc = read_item(item, zip, sha256, &size, &written);
	if (written < 0 || rc == -EINTR)
		return written < 0 ? written : rc;
	if (rc < 0 || size != item->size || strcmp(sha256, item->sha256) != 0)
		return EXPORT_ZIP_CHANGED;
	return 0;
}

static int
encode_manifest(
    const struct export_list *list, const char *peer_id, struct buffer *ret)
{
	char now[] = "1970-01-01T00:00:00Z";
	struct manifest_file *files =
	    xzalloc((list->count + 1) * sizeof(*files));
	struct manifest manifest = { .format = (char[]){ MANIFEST_FORMAT },
		.version = MANIFEST_VERSION,
		.goop2 = (char[]){ GOOP_VERSION },
		.peer_id = peer_id,
		.exported_at = now,
		.files = { files, list->count } };
	time_t at = time(NULL);
	struct tm utc;
	size_t i;
	int rc;

	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &utc));
	for (i = 0; i < list->count; i++)
		files[i] = (struct manifest_file){ list->items[i].name,
			list->items[i].size, list->items[i].sha256 };
	rc = message_encode_json(&manifest_message, &manifest, ret);
	free(files);
	return rc;
}

static int
write_manifest(
    const struct export_list *list, const char *peer_id, struct zip_out *zip)
{
	struct zip_out_file file = {
		.name = MANIFEST_FILE, .changed = time(NULL), .mode = 0600
	};
	struct buffer json;
	int rc;

	buffer_init(&json, MANIFEST_MAX);
	rc = encode_manifest(list, peer_id, &json);
	file.size = (int64_t)json.len;
	if (rc == 0)
		rc = zip_out_begin(zip, &file);
	if (rc == 0)
		rc = zip_out_write(zip, buffer_bytes(&json));
	buffer_fini(&json);
	return rc;
}

int
export_zip_write(const struct export_list *list, const char *peer_id, int fd,
    const char **ret_changed)
{
	struct zip_out *zip = NULL;
	size_t i;
	int rc;

	if (ftruncate(fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return -errno;
	rc = zip_out_open(fd, &zip);
	if (rc < 0)
		return rc;
	progress_begin("Writing", export_list_bytes(list));
	rc = write_manifest(list, peer_id, zip);
	for (i = 0; rc == 0 && i < list->count; i++) {
		rc = write_item(zip, &list->items[i]);
		*ret_changed = list->items[i].name;
	}
	progress_end();
	if (rc == 0)
		return zip_out_close(zip);
	zip_out_abandon(zip);
	return rc;
}
