#include "common/libp2p/multiformats/multibase.h"

#include <errno.h>
#include <string.h>

#include "common/base/array.h"

struct alphabet {
	char code;
	uint8_t bits; /* a digit, by RFC 4648; 0: the bytes are one number */
	const char *digits;
};

/* clang-format off */
static const struct alphabet alphabets[] = {
	{ 'z', 0, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz" },
	{ 'Z', 0, "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ" },
	{ 'k', 0, "0123456789abcdefghijklmnopqrstuvwxyz" },
	{ 'K', 0, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
	{ '9', 0, "0123456789" },
	{ '7', 3, "01234567" },
	{ 'f', 4, "0123456789abcdef" },
	{ 'F', 4, "0123456789ABCDEF" },
	{ 'b', 5, "abcdefghijklmnopqrstuvwxyz234567" },
	{ 'B', 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" },
	{ 'v', 5, "0123456789abcdefghijklmnopqrstuv" },
	{ 'V', 5, "0123456789ABCDEFGHIJKLMNOPQRSTUV" },
	{ 'h', 5, "ybndrfg8ejkmcpqxot1uwisza345h769" },
	{ 'm', 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	          "0123456789+/" },
	{ 'u', 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	          "0123456789-_" },
};
/* clang-format on */

static const struct alphabet *
alphabet_find(char code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(alphabets); i++)
		if (alphabets[i].code == code)
			return &alphabets[i];
	return NULL;
}

/* The value of a digit, or -1. */
static int
digit_value(const struct alphabet *alphabet, uint8_t digit)
{
	const char *at = digit ? strchr(alphabet->digits, digit) : NULL;

	return at != NULL ? (int)(at - alphabet->digits) : -1;
}

/* How many of the bytes at the start are this one. */
static size_t
count_leading(struct bytes bytes, uint8_t which)
{
	size_t count = 0;

	while (count < bytes.len && bytes.data[count] == which)
		count++;
	return count;
}

/*
 * number = number * factor + carry, where number is len digits of base, least
 * significant first. False if it needs more than max digits.
 */
static bool
number_push(uint8_t *number, size_t *len, size_t max, unsigned int base,
    unsigned int factor, unsigned int carry)
{
	size_t i;

	for (i = 0; i < *len; i++) {
		carry += number[i] * factor;
		number[i] = (uint8_t)(carry % base);
		carry /= base;
	}
	for (; carry > 0; carry /= base) {
		if (*len == max)
			return false;
		number[(*len)++] = (uint8_t)(carry % base);
	}
	return true;
}

/* Leading zero bytes are not part of the number: each is one zero digit. */
static int
number_encode(const struct alphabet *alphabet, struct bytes bytes, char *text,
    size_t size)
{
	uint8_t number[MULTIBASE_BYTES_MAX * 3];
	unsigned int radix = (unsigned int)strlen(alphabet->digits);
	size_t zeros = count_leading(bytes, 0), len = 0, i;

	for (i = zeros; i < bytes.len; i++)
		if (!number_push(number, &len, sizeof(number), radix, 256,
			bytes.data[i]))
			return -ENOBUFS;
	if (zeros + len + 1 > size)
		return -ENOBUFS;
	memset(text, alphabet->digits[0], zeros);
	for (i = 0; i < len; i++)
		text[zeros + i] = alphabet->digits[number[len - 1 - i]];
	text[zeros + len] = '\0';
	return 0;
}

static int
number_decode(const struct alphabet *alphabet, struct bytes text, uint8_t *ret,
    size_t size, size_t *ret_len)
{
	uint8_t number[MULTIBASE_BYTES_MAX];
	unsigned int radix = (unsigned int)strlen(alphabet->digits);
	size_t zeros = count_leading(text, (uint8_t)alphabet->digits[0]);
	size_t len = 0, i;
	int value;

	for (i = zeros; i < text.len; i++) {
		value = digit_value(alphabet, text.data[i]);
		if (value < 0 || !number_push(number, &len, sizeof(number), 256,
				     radix, (unsigned int)value))
			return -EINVAL;
	}
	if (zeros > size || len > size - zeros)
		return -EINVAL;
	memset(ret, 0, zeros);
	for (i = 0; i < len; i++)
		ret[zeros + i] = number[len - 1 - i];
	*ret_len = zeros + len;
	return 0;
}

static int
bits_encode(const struct alphabet *alphabet, struct bytes bytes, char *text,
    size_t size)
{
	unsigned int held = 0, mask = (1u << alphabet->bits) - 1;
	size_t len = (bytes.len * 8 + alphabet->bits - 1) / alphabet->bits;
	size_t in = 0, out, have = 0;

	if (len + 1 > size)
		return -ENOBUFS;
	for (out = 0; out < len; out++) {
		if (have < alphabet->bits) {
			held =
			    held << 8 | (in < bytes.len ? bytes.data[in] : 0);
			in++;
			have += 8;
		}
		have -= alphabet->bits;
		text[out] = alphabet->digits[held >> have & mask];
	}
	text[len] = '\0';
	return 0;
}

static int
bits_decode(const struct alphabet *alphabet, struct bytes text, uint8_t *ret,
    size_t size, size_t *ret_len)
{
	unsigned int held = 0;
	size_t have = 0, len = 0, i;
	int value;

	for (i = 0; i < text.len; i++) {
		value = digit_value(alphabet, text.data[i]);
		if (value < 0)
			return -EINVAL;
		held = (held << alphabet->bits | (unsigned int)value) & 0xffff;
		have += alphabet->bits;
		if (have < 8)
			continue;
		if (len == size)
			return -EINVAL;
		have -= 8;
		ret[len++] = (uint8_t)(held >> have);
	}
	/* What is left fills up the last digit: less than one, and zero. */
	if (have >= alphabet->bits || (held & ((1u << have) - 1)) != 0)
		return -EINVAL;
	*ret_len = len;
	return 0;
}

int
multibase_encode(char code, struct bytes bytes, char *text, size_t size)
{
	const struct alphabet *alphabet = alphabet_find(code);

	if (alphabet == NULL)
		return -EINVAL;
	if (bytes.len > MULTIBASE_BYTES_MAX)
		return -ENOBUFS;
	if (alphabet->bits == 0)
		return number_encode(alphabet, bytes, text, size);
	return bits_encode(alphabet, bytes, text, size);
}

int
multibase_decode(
    char code, struct bytes text, uint8_t *ret, size_t size, size_t *ret_len)
{
	const struct alphabet *alphabet = alphabet_find(code);

	if (alphabet == NULL)
		return -EINVAL;
	if (alphabet->bits == 0)
		return number_decode(alphabet, text, ret, size, ret_len);
	return bits_decode(alphabet, text, ret, size, ret_len);
}
