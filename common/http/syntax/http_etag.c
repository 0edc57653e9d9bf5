#include "common/http/syntax/http_etag.h"

#include <string.h>

/* Without the W/ of a weak tag. */
static const char *
opaque_part(const char *tag)
{
	return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

/* Take the quoted tag and its comma off the front of *list. */
static struct bytes
take_tag(const char **list, bool *is_weak)
{
	static const struct bytes none = { NULL, 0 };
	const char *start = *list + strspn(*list, " \t,");
	const char *at = opaque_part(start), *end;

	*is_weak = at != start;
	if (*at != '"')
		return none;
	end = strchr(at + 1, '"');
	if (end == NULL)
		return none;
	*list = end + 1;
	return (struct bytes){ (const uint8_t *)at, (size_t)(end + 1 - at) };
}

static bool
is_listed(const char *list, const char *etag, bool weak_counts)
{
	struct bytes want = bytes_of(opaque_part(etag));
	struct bytes tag;
	bool is_weak;

	if (strcmp(list, "*") == 0)
		return true;
	for (;;) {
		tag = take_tag(&list, &is_weak);
		if (tag.len == 0)
			return false;
		if (bytes_equal(tag, want) && (weak_counts || !is_weak))
			return true;
	}
}

bool
http_etag_listed(const char *if_none_match, const char *etag)
{
	return is_listed(if_none_match, etag, true);
}

bool
http_etag_matches(const char *if_match, const char *etag)
{
	if (strcmp(if_match, "*") == 0)
		return true;
	return etag[0] == '"' && is_listed(if_match, etag, false);
}
