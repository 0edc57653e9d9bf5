#include "common/config/config_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/xalloc.h"
#include "common/config/config.h"
#include "common/config/config_yaml.h"

static char *
path_of(const char *section, const char *key)
{
	return key != NULL ? xasprintf("%s.%s", section, key)
			   : xstrdup(section);
}

void
config_tree_note(struct config_tree *tree, const char *section, const char *key,
    unsigned int line)
{
	tree->lines = xreallocarray(
	    tree->lines, tree->line_count + 1, sizeof(*tree->lines));
	tree->lines[tree->line_count++] =
	    (struct config_line){ path_of(section, key), line };
}

unsigned int
config_tree_line(
    const struct config_tree *tree, const char *section, const char *key)
{
	CLEANUP_FREE char *path = path_of(section, key);
	size_t i;

	for (i = 0; i < tree->line_count; i++)
		if (!strcmp(tree->lines[i].path, path))
			return tree->lines[i].number;
	return 0;
}

void
config_tree_fini(struct config_tree *tree)
{
	size_t i;

	for (i = 0; i < tree->line_count; i++)
		free(tree->lines[i].path);
	free(tree->lines);
	json_decref(tree->root);
	*tree = (struct config_tree){ 0 };
}

json_t *
config_member(json_t *object, const char *name, const char **spelling)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (strcasecmp(key, name))
			continue;
		if (spelling != NULL)
			*spelling = key;
		return value;
	}
	return NULL;
}

/* Where we are in a JSON text that is known to be well-formed. */
struct locator {
	struct config_tree *tree;
	const char *at, *end;
	unsigned int line;
	int depth;
	char *section; /* the last key at depth 1 */
};

/* at stands on the opening quote; leaves it behind the closing one. */
static char *
take_string(struct locator *locator)
{
	const char *start = ++locator->at;
	char *text;

	while (*locator->at != '"')
		locator->at += *locator->at == '\\' ? 2 : 1;
	text = xstrndup(start, (size_t)(locator->at - start));
	locator->at++;
	return text;
}

static bool
is_key(const struct locator *locator)
{
	const char *at = locator->at;

	while (at < locator->end && strchr(" \t\r\n", *at) != NULL)
		at++;
	return at < locator->end && *at == ':';
}

static void
locate_string(struct locator *locator)
{
	unsigned int line = locator->line;
	CLEANUP_FREE char *text = take_string(locator);

	if (!is_key(locator))
		return;
	if (locator->depth == 1) {
		free(locator->section);
		locator->section = xstrdup(text);
		config_tree_note(locator->tree, text, NULL, line);
	} else if (locator->depth == 2 && locator->section != NULL) {
		config_tree_note(locator->tree, locator->section, text, line);
	}
}

/* jansson keeps no lines. Keys written with escapes are not found, which
 * costs a line number, no more. */
static void
locate_keys(struct config_tree *tree, const char *text, size_t len)
{
	struct locator locator = { tree, text, text + len, 1, 0, NULL };

	while (locator.at < locator.end) {
		if (*locator.at == '"') {
			locate_string(&locator);
			continue;
		}
		if (*locator.at == '\n')
			locator.line++;
		else if (*locator.at == '{' || *locator.at == '[')
			locator.depth++;
		else if (*locator.at == '}' || *locator.at == ']')
			locator.depth--;
		locator.at++;
	}
	free(locator.section);
}

int
config_tree_parse_json(
    struct config_tree *tree, struct bytes bytes, struct config_flaw *flaw)
{
	const char *text = bytes.len > 0 ? (const char *)bytes.data : "";
	json_error_t error;

	tree->root =
	    json_loadb(text, bytes.len, JSON_REJECT_DUPLICATES, &error);
	if (tree->root == NULL) {
		flaw->line = error.line > 0 ? (unsigned int)error.line : 0;
		snprintf(flaw->reason, sizeof(flaw->reason), "%s", error.text);
		return -EINVAL;
	}
	if (!json_is_object(tree->root)) {
		flaw->line = 1;
		snprintf(flaw->reason, sizeof(flaw->reason),
		    "the file must hold one object: {...}");
		return -EINVAL;
	}
	locate_keys(tree, text, bytes.len);
	return 0;
}

static int
parse(struct config_tree *tree, struct bytes bytes, struct config_flaw *flaw)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of a UTF-8 file */

	if (bytes.len >= 3 && !memcmp(bytes.data, mark, 3)) {
		bytes.data += 3;
		bytes.len -= 3;
	}
	if (!strcmp(tree->file, "goop.yaml"))
		return config_tree_parse_yaml(tree, bytes, flaw);
	return config_tree_parse_json(tree, bytes, flaw);
}

static const char *
find_file(int dirfd)
{
	static const char *const names[] = { "goop.json", "goop.yaml" };
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (fstatat(dirfd, names[i], &st, 0) == 0 || errno != ENOENT)
			return names[i];
	return NULL;
}

int
config_tree_read(int dirfd, struct config_tree *ret, struct config_flaw *flaw)
{
	CLEANUP_FREE uint8_t *data = NULL;
	size_t len;
	int rc;

	*ret = (struct config_tree){ .file = find_file(dirfd) };
	*flaw = (struct config_flaw){ 0, "" };
	if (ret->file == NULL) {
		ret->root = xcheck(json_object());
		return 0;
	}
	rc = file_read(dirfd, ret->file, CONFIG_FILE_MAX, &data, &len);
	if (rc < 0) {
		snprintf(flaw->reason, sizeof(flaw->reason),
		    "cannot be read: %s", strerror(-rc));
		return -EINVAL;
	}
	return parse(ret, (struct bytes){ data, len }, flaw);
}

static int
append_text(const char *text, size_t len, void *arg)
{
	return buffer_append(arg, (struct bytes){ (const uint8_t *)text, len });
}

int
config_tree_print(const struct config_tree *tree, struct buffer *to)
{
	if (tree->file != NULL && !strcmp(tree->file, "goop.yaml"))
		return config_tree_print_yaml(tree->root, to);
	if (json_dump_callback(tree->root, append_text, to,
		JSON_INDENT(2) | JSON_REAL_PRECISION(15)) < 0)
		return -ENOBUFS;
	return buffer_append(to, bytes_of("\n"));
}

int
config_tree_set(struct config_tree *tree, const char *path, json_t *value)
{
	const char *dot = strchr(path, '.');
	CLEANUP_FREE char *section = xstrndup(path, (size_t)(dot - path));
	const char *spelling = dot + 1;
	json_t *object = config_member(tree->root, section, NULL);

	if (object == NULL) {
		object = xcheck(json_object());
		json_object_set_new(tree->root, section, object);
	}
	if (!json_is_object(object))
		return -EINVAL;
	config_member(object, dot + 1, &spelling);
	json_object_set(object, spelling, value);
	return 0;
}
