#include "cli/data/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data/peer_file.h"
#include "cli/data/sha256.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"
#include "proto/goopd_ops.h"

enum {
	WORD_MAX = 64,
	LABEL_MAX = 1024,
	VALUES_OF_FILE = 8, /* at most, now and later */
	/* No honest peer compresses better; deflate's limit is 1032. */
	BOMB_RATIO = 200,
};
#define BOMB_FREE (INT64_C(1) << 30) /* up to this size any ratio is fine */

/* clang-format off */
static const struct field manifest_file_fields[] = {
	FIELD_STR (manifest_file, name,   "name",   PEER_FILE_NAME_MAX,    REQUIRED),
	FIELD_INT (manifest_file, size,   "size",   0, MANIFEST_BYTES_MAX, REQUIRED),
	FIELD_STR (manifest_file, sha256, "sha256", SHA256_TEXT,           REQUIRED),
	FIELD_END
};
static const struct message manifest_file_message = MESSAGE(manifest_file);

static const struct field manifest_fields[] = {
	FIELD_STR (manifest, format,      "format",      WORD_MAX,           REQUIRED),
	FIELD_INT (manifest, version,     "version",     1, INT64_MAX,       REQUIRED),
	FIELD_STR (manifest, goop2,       "goop2",       WORD_MAX,           OPTIONAL),
	FIELD_STR (manifest, peer_id,     "peer_id",     GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_STR (manifest, exported_at, "exported_at", WORD_MAX,           OPTIONAL),
	FIELD_LIST(manifest, files,       "files", manifest_file_message,
	    MANIFEST_FILES_MAX, REQUIRED),
	FIELD_END
};
const struct message manifest_message = MESSAGE(manifest);

/* Enough to see whose format it is. */
struct manifest_head {
	const char *format;
	int64_t version;
	const char *label; /* of the original's */
};
static const struct field manifest_head_fields[] = {
	FIELD_STR (manifest_head, format,  "format",  WORD_MAX,     OPTIONAL),
	FIELD_INT (manifest_head, version, "version", 0, INT64_MAX, OPTIONAL),
	FIELD_STR (manifest_head, label,   "label",   LABEL_MAX,    OPTIONAL),
	FIELD_END
};
static const struct message manifest_head_message = MESSAGE(manifest_head);
/* clang-format on */

static int
check_head(const struct manifest_head *head, char **why)
{
	if (head->format == NULL && head->version > 0)
		*why = xstrdup(
		    "it is a site of the original Goop2: unpack it and copy "
		    "its folder site/ into the folder site/ of a peer");
	else if (head->format == NULL ||
		 strcmp(head->format, MANIFEST_FORMAT) != 0)
		*why = xasprintf("%s describes something else", MANIFEST_FILE);
	else if (head->version > MANIFEST_VERSION)
		*why = xstrdup("a newer version of goop2 made it: use that one "
			       "or a later one");
	else
		return 0;
	return -EBADMSG;
}

/* Are there so many values that the parser, which allocates an object for each,
 * would need many times their size? */
static bool
has_too_many_values(struct bytes json)
{
	size_t i, values = 0;
	bool is_text = false;

	for (i = 0; i < json.len; i++) {
		if (is_text && json.data[i] == '\\')
			i++;
		else if (json.data[i] == '"')
			is_text = !is_text;
		else if (!is_text && strchr(",[{", json.data[i]) != NULL)
			values++;
	}
	return values > (size_t)MANIFEST_FILES_MAX * VALUES_OF_FILE;
}

static int
parse_head(struct bytes json, char **why)
{
	struct manifest_head head;
	int rc;

	if (has_too_many_values(json)) {
		*why = xasprintf("its %s is too large", MANIFEST_FILE);
		return -EBADMSG;
	}
	rc = message_decode_json(&manifest_head_message, json, &head, why);
	if (rc < 0)
		return rc;
	rc = check_head(&head, why);
	message_fini(&manifest_head_message, &head);
	return rc;
}

static int
compare_names(const void *one, const void *other)
{
	const struct manifest_file *a = one, *b = other;

	return strcmp(a->name, b->name);
}

static bool
is_sha256(const char *text)
{
	return strlen(text) == SHA256_TEXT &&
	       strspn(text, "0123456789abcdef") == SHA256_TEXT;
}

/* Sorted: duplicates are neighbours. */
static int
check_files(const struct manifest *manifest, char **why)
{
	const struct manifest_file *files = manifest->files.items;
	size_t i, configs = 0;

	for (i = 0; i < manifest->files.count; i++) {
		if (!peer_file_is_name(files[i].name))
			*why = xasprintf(
			    "%s is not a file of a peer", files[i].name);
		else if (!is_sha256(files[i].sha256))
			*why = xasprintf(
			    "the SHA-256 of %s is malformed", files[i].name);
		else if (i > 0 && !strcmp(files[i - 1].name, files[i].name))
			*why = xasprintf("it contains %s twice", files[i].name);
		if (*why != NULL)
			return -EBADMSG;
		configs += peer_file_is_config(files[i].name);
	}
	if (configs != 1)
		*why = xstrdup("it must contain either goop.json or goop.yaml");
	else if (manifest_bytes(manifest) > MANIFEST_BYTES_MAX)
		*why = xstrdup("it is too large");
	return *why == NULL ? 0 : -EBADMSG;
}

int
manifest_parse(struct bytes json, struct manifest *ret, char **why)
{
	struct manifest manifest;
	int rc;

	*why = NULL;
	rc = parse_head(json, why);
	if (rc < 0)
		return rc;
	rc = message_decode_json(&manifest_message, json, &manifest, why);
	if (rc < 0)
		return rc;
	if (manifest.files.count > 0)
		qsort(manifest.files.items, manifest.files.count,
		    sizeof(struct manifest_file), compare_names);
	rc = check_files(&manifest, why);
	if (rc < 0)
		manifest_fini(&manifest);
	else
		*ret = manifest;
	return rc;
}

void
manifest_fini(struct manifest *manifest)
{
	message_fini(&manifest_message, manifest);
}

const struct manifest_file *
manifest_find(const struct manifest *manifest, const char *name)
{
	struct manifest_file key = { .name = name };

	if (manifest->files.count == 0)
		return NULL;
	return bsearch(&key, manifest->files.items, manifest->files.count,
	    sizeof(key), compare_names);
}

int64_t
manifest_bytes(const struct manifest *manifest)
{
	const struct manifest_file *files = manifest->files.items;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < manifest->files.count; i++)
		if (__builtin_add_overflow(sum, files[i].size, &sum))
			return INT64_MAX;
	return sum;
}

bool
manifest_is_bomb(int64_t bytes, int64_t zip_size)
{
	return bytes > BOMB_FREE && bytes / BOMB_RATIO > zip_size;
}
