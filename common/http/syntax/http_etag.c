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
take_tag(const char **list)
{
	static const struct bytes none = { NULL, 0 };
	const char *at = opaque_part(*list + strspn(*list, " \t,"));
	const char *end;

	if (*at != '"')
		return none;
	end = strchr(at + 1, '"');
	if (end == NULL)
		return none;
	*list = end + 1;
	return (struct bytes){ (const uint8_t *)at, (size_t)(end + 1 - at) };
}

bool
http_etag_listed(const char *if_none_match, const char *etag)
{
	struct bytes want = bytes_of(opaque_part(etag));
	struct bytes tag;

	if (strcmp(if_none_match, "*") == 0)
		return true;
	for (;;) {
		tag = take_tag(&if_none_match);
		if (tag.len == 0)
			return false;
		if (bytes_equal(tag, want))
			return true;
	}
}
