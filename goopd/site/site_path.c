#include "goopd/site/site_path.h"

#include <string.h>
#include <strings.h>

#include "common/base/text.h"

static bool
is_clean_text(struct bytes path)
{
	size_t i;

	for (i = 0; i < path.len; i++) {
		if (path.data[i] < 0x20 || path.data[i] == 0x7f)
			return false;
	}
	return text_is_utf8(path);
}

static bool
is_named(struct bytes component, const char *name)
{
	return component.len == strlen(name) &&
	       strncasecmp((const char *)component.data, name, component.len) ==
		   0;
}

/* Never served: scripts, and the original's drafts (paths.site_source and
 * site_stage). */
static int
judge_component(struct bytes component, bool is_first)
{
	if (component.data[0] == '.')
		return SITE_PATH_FORBIDDEN;
	if (!is_first)
		return 0;
	if (is_named(component, "lua"))
		return SITE_PATH_FORBIDDEN;
	if (is_named(component, "src") || is_named(component, "stage"))
		return SITE_PATH_HIDDEN;
	return 0;
}

static struct bytes
take_component(struct cursor *cursor)
{
	struct bytes rest = cursor_rest(cursor), component;
	const uint8_t *slash = NULL;

	if (rest.len > 0)
		slash = memchr(rest.data, '/', rest.len);
	if (slash == NULL)
		return cursor_take(cursor, rest.len);
	component = cursor_take(cursor, (size_t)(slash - rest.data));
	cursor_u8(cursor);
	return component;
}

static bool
is_nothing(struct bytes component)
{
	return component.len == 0 ||
	       (component.len == 1 && component.data[0] == '.');
}

int
site_path_resolve(struct bytes path, struct site_path *ret)
{
	struct cursor cursor = cursor_over(path);
	struct bytes component = { NULL, 0 };
	size_t len = 0;
	int verdict;

	if (path.len > SITE_PATH_MAX || !is_clean_text(path))
		return SITE_PATH_BAD;
	if (path.len > 0 && memchr(path.data, '\\', path.len) != NULL)
		return SITE_PATH_FORBIDDEN;
	while (!cursor_done(&cursor)) {
		component = take_component(&cursor);
		if (is_nothing(component))
			continue;
		verdict = judge_component(component, len == 0);
		if (verdict != 0)
			return verdict;
		if (len > 0)
			ret->text[len++] = '/';
		memcpy(ret->text + len, component.data, component.len);
		len += component.len;
	}
	ret->text[len] = '\0';
	ret->is_directory = path.len == 0 || is_nothing(component) ||
			    path.data[path.len - 1] == '/';
	return 0;
}

void
site_path_to_index(struct site_path *path)
{
	size_t len = strlen(path->text);

	if (len > 0)
		path->text[len++] = '/';
	memcpy(path->text + len, SITE_INDEX, sizeof(SITE_INDEX));
	path->is_directory = false;
}

void
site_path_to_page(struct site_path *path)
{
	memcpy(path->text + strlen(path->text), SITE_PAGE, sizeof(SITE_PAGE));
}
