#include "goopd/data/schema/schema_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

#define SCHEMA_FOLDER "schemas"

static int
is_schema_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(".json") &&
	       strcmp(entry->d_name + len - strlen(".json"), ".json") == 0;
}

/* The text of a regular file, nothing that it links to. 0 or -errno. */
static int
read_text(int folder, const char *name, uint8_t **ret, size_t *ret_len)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return file_read(folder, name, SCHEMA_JSON_MAX, ret, ret_len);
}

static json_t *
load(int folder, const char *name)
{
	CLEANUP_FREE uint8_t *text = NULL;
	json_error_t error;
	json_t *json;
	size_t len;
	int rc;

	rc = read_text(folder, name, &text, &len);
	if (rc < 0) {
		log_warn("cannot read " SCHEMA_FOLDER "/%s error=%s", name,
		    strerror(-rc));
		return NULL;
	}
	json =
	    json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		log_warn(SCHEMA_FOLDER "/%s is no JSON: line %d: %s", name,
		    error.line, error.text);
	return json;
}

static int
take(int folder, const char *name,
    int (*found)(const struct table_schema *, void *), void *arg)
{
	json_t *json = load(folder, name);
	CLEANUP_FREE char *why = NULL;
	struct table_schema *schema;
	int rc = 0;

	if (json == NULL)
		return 0;
	if (table_schema_parse(json, &schema, &why) < 0) {
		log_warn(SCHEMA_FOLDER "/%s is no schema: %s", name, why);
	} else {
		rc = found(schema, arg);
		table_schema_free(schema);
	}
	json_decref(json);
	return rc;
}

static int
take_all(int folder, struct dirent **entries, int count,
    int (*found)(const struct table_schema *, void *), void *arg)
{
	int i, rc = 0;

	if (count > SCHEMA_FILES_MAX) {
		log_warn("only the first %d of %d files in " SCHEMA_FOLDER
			 " are read",
		    SCHEMA_FILES_MAX, count);
		count = SCHEMA_FILES_MAX;
	}
	for (i = 0; i < count && rc >= 0; i++)
		rc = take(folder, entries[i]->d_name, found, arg);
	return rc < 0 ? rc : 0;
}

int
schema_files_read(
    int dirfd, int (*found)(const struct table_schema *, void *), void *arg)
{
	int folder, count, i, rc;
	struct dirent **entries;

	folder = openat(dirfd, SCHEMA_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder == -1)
		return errno == ENOENT ? 0 : -errno;
	count = scandirat(folder, ".", &entries, is_schema_file, alphasort);
	if (count == -1) {
		rc = -errno;
		close(folder);
		return rc;
	}
	rc = take_all(folder, entries, count, found, arg);
	for (i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	close(folder);
	return rc;
}
