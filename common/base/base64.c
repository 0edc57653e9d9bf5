#include "common/base/base64.h"

#include <errno.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t
print_group(const uint8_t *from, size_t len, char *text)
{
	uint32_t bits = (uint32_t)from[0] << 16;

	bits |= len > 1 ? (uint32_t)from[1] << 8 : 0;
	bits |= len > 2 ? from[2] : 0;
	text[0] = digits[bits >> 18 & 63];
	text[1] = digits[bits >> 12 & 63];
	text[2] = digits[bits >> 6 & 63];
	text[3] = digits[bits & 63];
	return len + 1;
}

void
base64_print_unpadded(struct bytes bytes, char *text)
{
	char group[4];
	size_t at, i, used;

	for (at = 0; at < bytes.len; at += 3) {
		used = bytes.len - at < 3 ? bytes.len - at : 3;
		used = print_group(bytes.data + at, used, group);
		for (i = 0; i < used; i++)
			*text++ = group[i];
	}
	*text = '\0';
}

void
base64_print(struct bytes bytes, char *text)
{
	size_t end = BASE64_SIZE(bytes.len) - 1, at;

	base64_print_unpadded(bytes, text);
	for (at = (bytes.len * 4 + 2) / 3; at < end; at++)
		text[at] = '=';
	text[end] = '\0';
}

static int
value_of(uint8_t digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == '+')
		return 62;
	return digit == '/' ? 63 : -1;
}

/* Padding is all of it or none. 0 or -EINVAL. */
static int
strip_padding(struct bytes *text)
{
	size_t padding = 0;

	while (padding < 2 && padding < text->len &&
	       text->data[text->len - 1 - padding] == '=')
		padding++;
	if (padding > 0 && text->len % 4 != 0)
		return -EINVAL;
	text->len -= padding;
	return text->len % 4 == 1 ? -EINVAL : 0;
}

int
base64_parse(struct bytes text, uint8_t *ret, size_t size, size_t *ret_len)
{
	uint32_t bits = 0;
	size_t at, used = 0;
	int value;

	if (strip_padding(&text) < 0 || text.len / 4 * 3 > size ||
	    text.len * 3 / 4 > size)
		return -EINVAL;
	for (at = 0; at < text.len; at++) {
		value = value_of(text.data[at]);
		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
		/* Of each four digits all but the first complete a byte. */
		if (at % 4 != 0)
			ret[used++] = (uint8_t)(bits >> (6 - at % 4 * 2));
	}
	if (text.len % 4 != 0 &&
	    (bits & ((1U << (6 - (text.len - 1) % 4 * 2)) - 1)) != 0)
		return -EINVAL;
	*ret_len = used;
	return 0;
}
