#include "common/http/syntax/http_path.h"

#include <errno.h>
#include <string.h>

#include "common/base/hex.h"
#include "common/base/text.h"

/* The byte at the cursor, an escape undone; -1 if the escape is broken. */
static int
take_byte(struct cursor *cursor)
{
	uint8_t byte = cursor_u8(cursor);
	char digits[3];
	struct bytes pair;

	if (byte != '%')
		return byte;
	pair = cursor_take(cursor, 2);
	if (pair.len != 2)
		return -1;
	memcpy(digits, pair.data, 2);
	digits[2] = '\0';
	return hex_parse(digits, &byte, 1) == 0 ? byte : -1;
}

static bool
has_dot_segment(const char *path)
{
	size_t len;

	while (*path != '\0') {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if ((len == 1 || len == 2) && strspn(path, ".") >= len)
			return true;
		path += len;
	}
	return false;
}

int
http_path_decode(struct bytes raw, char *text, size_t size)
{
	struct cursor cursor = cursor_over(raw);
	size_t len = 0;
	int byte;

	while (!cursor_done(&cursor)) {
		byte = take_byte(&cursor);
		if (byte < ' ' || byte == 0x7f)
			return -EINVAL;
		if (len + 1 >= size)
			return -ENAMETOOLONG;
		text[len++] = (char)byte;
	}
	if (size == 0)
		return -ENAMETOOLONG;
	text[len] = '\0';
	if (!text_is_utf8(bytes_of(text)) || has_dot_segment(text))
		return -EINVAL;
	return 0;
}
