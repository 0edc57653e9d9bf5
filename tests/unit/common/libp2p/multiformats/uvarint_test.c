/* uvarint: numbers and frames */
#include "common/libp2p/multiformats/uvarint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "tests/unit/support/vectors.h"

static void
check_valid(const json_t *entry)
{
	struct bytes encoded = vectors_hex(entry, "hex");
	uint64_t want = strtoull(vectors_text(entry, "value"), NULL, 10);
	struct cursor cursor = cursor_over(encoded);
	uint8_t out[UVARINT_SIZE_MAX];
	struct buffer buffer;
	uint64_t value;
	size_t len, i;

	assert_int_equal(uvarint_decode(encoded, &value, &len), 0);
	assert_int_equal(value, want);
	assert_int_equal(len, encoded.len);
	for (i = 0; i < encoded.len; i++)
		assert_int_equal(
		    uvarint_decode(
			(struct bytes){ encoded.data, i }, &value, &len),
		    UVARINT_MORE);
	assert_int_equal(uvarint_take(&cursor), want);
	assert_true(cursor_done(&cursor));
	assert_int_equal(uvarint_encode(want, out), encoded.len);
	assert_memory_equal(out, encoded.data, encoded.len);
	buffer_init(&buffer, encoded.len);
	assert_int_equal(uvarint_append(&buffer, want), 0);
	assert_int_equal(uvarint_append(&buffer, want), -ENOBUFS);
	assert_true(bytes_equal(buffer_bytes(&buffer), encoded));
	buffer_fini(&buffer);
}

static void
test_valid(void **state)
{
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(vectors_load("varint"), "valid"), i,
	    entry) check_valid(entry);
}

static void
test_invalid(void **state)
{
	json_t *entry;
	size_t i, len;

	(void)state;
	json_array_foreach(
	    vectors_get(vectors_load("varint"), "invalid"), i, entry)
	{
		struct bytes encoded = vectors_hex(entry, "hex");
		struct cursor cursor = cursor_over(encoded);
		uint64_t value;

		print_message("%s\n", vectors_text(entry, "why"));
		assert_int_not_equal(uvarint_decode(encoded, &value, &len), 0);
		assert_int_equal(uvarint_take(&cursor), 0);
		assert_true(cursor.failed);
	}
}

/* Frames of at most 300 bytes; the message is so many bytes of 'x' */
/* clang-format off */
static const struct {
	const char *name, *head;
	size_t body;
	int want;
	size_t len, used;
} frames[] = {
	{ "nothing", "", 0, UVARINT_MORE, 0, 0 },
	{ "empty", "00", 0, 0, 0, 1 },
	{ "whole", "03", 3, 0, 3, 4 },
	{ "with what follows", "03", 9, 0, 3, 4 },
	{ "one byte missing", "03", 2, UVARINT_MORE, 0, 0 },
	{ "half a length", "80", 0, UVARINT_MORE, 0, 0 },
	{ "biggest", "ac02", 300, 0, 300, 302 },
	{ "too big, known before it is there", "ad02", 0, -EMSGSIZE, 0, 0 },
	{ "huge", "ffffffffffffffff7f", 0, -EMSGSIZE, 0, 0 },
	{ "not the shortest form", "8300", 3, -EINVAL, 0, 0 },
};
/* clang-format on */

static void
test_frames(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		json_t *hex = json_string(frames[i].head);
		struct bytes head = vectors_hex_of(hex), body;
		struct buffer buffer;
		size_t len = 0, k;

		print_message("%s\n", frames[i].name);
		buffer_init(&buffer, 1024);
		for (k = 0; k < head.len; k++)
			buffer_append(
			    &buffer, (struct bytes){ head.data + k, 1 });
		for (k = 0; k < frames[i].body; k++)
			buffer_append(&buffer, bytes_of("x"));
		body.len = 0;
		assert_int_equal(uvarint_frame_decode(
				     buffer_bytes(&buffer), 300, &body, &len),
		    frames[i].want);
		assert_int_equal(body.len, frames[i].len);
		assert_int_equal(len, frames[i].used);
		buffer_fini(&buffer);
		json_decref(hex);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
