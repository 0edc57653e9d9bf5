#include "common/base/hex.h"

#include <errno.h>
#include <string.h>

void
hex_print(struct bytes bytes, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		text[2 * i] = digits[bytes.data[i] >> 4];
		text[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	text[2 * bytes.len] = '\0';
}

static int
digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int
hex_parse(const char *text, uint8_t *ret, size_t len)
{
	size_t i;
	int high, low;

	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		high = digit_value(text[2 * i]);
		low = digit_value(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
