#include "goop-rendezvousd/endpoints/query_string.h"

#include <errno.h>
#include <string.h>

#include "common/base/hex.h"
#include "common/base/text.h"

/* The value of name, still encoded; data is NULL if there is none. */
static struct bytes
find(const char *query, const char *name)
{
	size_t len = strlen(name), part;

	for (; query != NULL && *query != '\0';
	     query += part + (query[part] == '&')) {
		part = strcspn(query, "&");
		if (part > len && query[len] == '=' &&
		    memcmp(query, name, len) == 0)
			return (struct bytes){ (const uint8_t *)query + len + 1,
				part - len - 1 };
	}
	return (struct bytes){ NULL, 0 };
}

/* Take one character. 0 or -EINVAL. */
static int
decode_one(struct bytes *from, uint8_t *ret)
{
	char digits[3] = { 0 };
	size_t used = 1;

	*ret = from->data[0] == '+' ? ' ' : from->data[0];
	if (from->data[0] == '%') {
		used = 3;
		if (from->len < used)
			return -EINVAL;
		memcpy(digits, from->data + 1, 2);
		if (hex_parse(digits, ret, 1) < 0)
			return -EINVAL;
	}
	from->data += used;
	from->len -= used;
	return *ret < ' ' || *ret == 0x7f ? -EINVAL : 0;
}

int
query_get(const char *query, const char *name, char *ret, size_t size)
{
	struct bytes value = find(query, name);
	size_t len = 0;

	if (value.data == NULL)
		return QUERY_ABSENT;
	while (value.len > 0) {
		if (len + 1 >= size)
			return -ENOBUFS;
		if (decode_one(&value, (uint8_t *)&ret[len++]) < 0)
			return -EINVAL;
	}
	ret[len] = '\0';
	return text_is_utf8((struct bytes){ (uint8_t *)ret, len }) ? 0
								   : -EINVAL;
}
