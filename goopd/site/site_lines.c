#include "goopd/site/site_lines.h"

#include <string.h>

#include "common/base/text.h"

bool
site_line_take(struct cursor *cursor, struct bytes *ret)
{
	struct bytes rest = cursor_rest(cursor);
	const uint8_t *lf = NULL;

	if (rest.len > 0)
		lf = memchr(rest.data, '\n', rest.len);
	if (lf == NULL)
		return false;
	*ret = cursor_take(cursor, (size_t)(lf - rest.data));
	cursor_u8(cursor);
	return true;
}

bool
site_line_copy(struct bytes line, char *text, size_t size)
{
	size_t i;

	if (line.len >= size || !text_is_utf8(line))
		return false;
	for (i = 0; i < line.len; i++) {
		if (line.data[i] < 0x20 || line.data[i] == 0x7f)
			return false;
	}
	if (line.len > 0)
		memcpy(text, line.data, line.len);
	text[line.len] = '\0';
	return true;
}
