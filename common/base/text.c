#include "common/base/text.h"

#include <errno.h>
#include <string.h>

#include "common/base/array.h"

/* Length of the well-formed UTF-8 sequence at the start, 0 if there is none. */
static size_t
utf8_sequence(const uint8_t *at, size_t left)
{
	/* RFC 3629 section 4: the first byte fixes the range of the second. */
	static const struct {
		uint8_t first, last, low, high;
		size_t len;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (at[0] < forms[i].first || at[0] > forms[i].last)
			continue;
		if (forms[i].len > left)
			return 0;
		if (forms[i].len > 1 &&
		    (at[1] < forms[i].low || at[1] > forms[i].high))
			return 0;
		for (k = 2; k < forms[i].len; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

size_t
text_sequence(struct bytes bytes)
{
	return bytes.len == 0 ? 0 : utf8_sequence(bytes.data, bytes.len);
}

bool
text_is_utf8(struct bytes bytes)
{
	size_t at = 0, len;

	while (at < bytes.len) {
		len = utf8_sequence(bytes.data + at, bytes.len - at);
		if (len == 0)
			return false;
		at += len;
	}
	return true;
}

/* Controls that steer a terminal, or turn around what stands beside them: C0,
 * DEL, C1, and those of line ends and direction (Unicode, UAX 9). */
static bool
utf8_is_control(const uint8_t *at, size_t len)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x01, 0x1f }, { 0x7f, 0x7f }, { 0xc280, 0xc29f },
		{ 0xd89c, 0xd89c },     /* Arabic letter mark */
		{ 0xe2808e, 0xe2808f }, /* marks of direction */
		{ 0xe280a8, 0xe280ae }, /* line ends, overrides */
		{ 0xe281a6, 0xe281a9 }, /* isolates */
	};
	uint32_t bytes = 0;
	size_t i;

	for (i = 0; i < len; i++)
		bytes = bytes << 8 | at[i];
	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (bytes >= ranges[i].first && bytes <= ranges[i].last)
			return true;
	return false;
}

bool
text_is_control(struct bytes sequence)
{
	return utf8_is_control(sequence.data, sequence.len);
}

bool
text_make_printable(char *text)
{
	uint8_t *at = (uint8_t *)text;
	size_t left = strlen(text), len;
	bool is_changed = false;

	while (left > 0) {
		len = utf8_sequence(at, left);
		if (len == 0) {
			*at = '?';
			len = 1;
			is_changed = true;
		} else if (utf8_is_control(at, len)) {
			memset(at, '?', len);
			is_changed = true;
		}
		at += len;
		left -= len;
	}
	return is_changed;
}

int
text_parse_u64(struct bytes text, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (text.len == 0)
		return -EINVAL;
	for (i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(
			value, (uint64_t)(text.data[i] - '0'), &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

enum { TEXT_DISTANCE_LEN = 64 }; /* longer names are never close */

size_t
text_distance(const char *a, const char *b, size_t max)
{
	size_t row[TEXT_DISTANCE_LEN + 1];
	size_t a_len = strlen(a), b_len = strlen(b), i, k, diagonal, above;

	if (a_len > TEXT_DISTANCE_LEN || b_len > TEXT_DISTANCE_LEN)
		return max + 1;
	for (k = 0; k <= b_len; k++)
		row[k] = k;
	for (i = 1; i <= a_len; i++) {
		diagonal = row[0];
		row[0] = i;
		for (k = 1; k <= b_len; k++) {
			above = row[k];
			row[k] = diagonal + (a[i - 1] != b[k - 1]);
			if (row[k] > above + 1)
				row[k] = above + 1;
			if (row[k] > row[k - 1] + 1)
				row[k] = row[k - 1] + 1;
			diagonal = above;
		}
	}
	return row[b_len] > max ? max + 1 : row[b_len];
}
