#include "tests/unit/support/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/hex.h"
#include "common/base/xalloc.h"

/* What was handed out; so that a leak checker finds it. */
struct chunk {
	struct chunk *next;
	void *memory;
	json_t *root;
};
static struct chunk *chunks;

static struct chunk *
remember(void)
{
	struct chunk *chunk = xzalloc(sizeof(*chunk));

	chunk->next = chunks;
	chunks = chunk;
	return chunk;
}

json_t *
vectors_load(const char *file)
{
	const char *directory = getenv("VECTORS");
	CLEANUP_FREE char *path = xasprintf("%s/%s.json",
	    directory != NULL ? directory : "tests/vectors", file);
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);

	if (root == NULL)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	remember()->root = root;
	return root;
}

json_t *
vectors_get(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		fail_msg("no field \"%s\" in this vector", key);
	return value;
}

const char *
vectors_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(vectors_get(object, key));

	if (text == NULL)
		fail_msg("field \"%s\" is no text", key);
	return text;
}

struct bytes
vectors_hex_of(const json_t *string)
{
	const char *text = json_string_value(string);
	size_t len = text != NULL ? strlen(text) / 2 : 0;
	uint8_t *data = malloc(len);

	remember()->memory = data;
	if (text == NULL || hex_parse(text, data, len) < 0)
		fail_msg("not hexadecimal: %s", text != NULL ? text : "(null)");
	return (struct bytes){ data, len };
}

struct bytes
vectors_hex(const json_t *object, const char *key)
{
	return vectors_hex_of(vectors_get(object, key));
}
