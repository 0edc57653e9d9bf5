#include "cli/data/peer_file.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"

/* Is this part of a path valid, and not ".."? */
static bool
is_part(const char *at, size_t len)
{
	if (len == 0 || len > PEER_FILE_PART_MAX)
		return false;
	return !(at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.')));
}

static bool
is_plain_text(const char *name)
{
	struct bytes left = bytes_of(name), sequence;
	size_t len;

	while (left.len > 0) {
		len = text_sequence(left);
		sequence = (struct bytes){ left.data, len };
		if (len == 0 || text_is_control(sequence) ||
		    left.data[0] == '\\')
			return false;
		left.data += len;
		left.len -= len;
	}
	return true;
}

static bool
is_relative_path(const char *name)
{
	const char *at = name;
	size_t len, depth = 0;

	if (strlen(name) > PEER_FILE_NAME_MAX || !is_plain_text(name))
		return false;
	for (;;) {
		len = strcspn(at, "/");
		if (!is_part(at, len) || ++depth > PEER_FILE_DEPTH_MAX)
			return false;
		if (at[len] == '\0')
			return true;
		at += len + 1;
	}
}

static bool
is_beneath(const char *name, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(name, folder, len) && name[len] == '/';
}

bool
peer_file_is_config(const char *name)
{
	return !strcmp(name, "goop.json") || !strcmp(name, "goop.yaml");
}

bool
peer_file_is_name(const char *name)
{
	return is_relative_path(name) &&
	       (peer_file_is_config(name) ||
		   !strcmp(name, PEER_FILE_DATABASE) ||
		   !strcmp(name, PEER_FILE_KEY) ||
		   is_beneath(name, PEER_FILE_SITE) ||
		   is_beneath(name, PEER_FILE_SCHEMAS));
}

const char *
peer_file_check_place(const char *path)
{
	static const char *const taken[] = { "goop.json", "goop.yaml",
		"goop2.lock", "run", "cache", PEER_FILE_SCHEMAS,
		PEER_FILE_DATABASE };
	size_t i;

	if (!is_relative_path(path))
		return "outside the peer's folder";
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		if (!strcmp(path, taken[i]) || is_beneath(path, taken[i]))
			return "in the place of another part of a peer";
	return NULL;
}
