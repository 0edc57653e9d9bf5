/* buffer: first in, first out, never over its maximum */
#include "common/base/buffer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_holds(const struct buffer *buffer, const char *want)
{
	if (!bytes_equal(buffer_bytes(buffer), bytes_of(want)))
		fail_msg("want \"%s\", got %zu bytes", want, buffer->len);
}

static void
test_first_in_first_out(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 64);
	assert_holds(&buffer, "");
	assert_int_equal(buffer_append(&buffer, bytes_of("hello ")), 0);
	assert_int_equal(buffer_append(&buffer, bytes_of("world")), 0);
	assert_holds(&buffer, "hello world");
	buffer_consume(&buffer, 3);
	assert_holds(&buffer, "lo world");
	assert_int_equal(buffer_printf(&buffer, "%c %d", '!', 42), 0);
	assert_holds(&buffer, "lo world! 42");
	buffer_fini(&buffer);
	assert_holds(&buffer, "");
	assert_int_equal(buffer_append(&buffer, bytes_of("again")), 0);
	assert_holds(&buffer, "again");
	buffer_fini(&buffer);
}

static void
test_maximum(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 8);
	assert_int_equal(buffer_room(&buffer), 8);
	assert_int_equal(
	    buffer_append(&buffer, bytes_of("123456789")), -ENOBUFS);
	assert_holds(&buffer, "");
	assert_int_equal(buffer_append(&buffer, bytes_of("12345678")), 0);
	assert_int_equal(buffer_room(&buffer), 0);
	assert_int_equal(buffer_append(&buffer, bytes_of("9")), -ENOBUFS);
	assert_int_equal(buffer_printf(&buffer, "%d", 9), -ENOBUFS);
	assert_null(buffer_reserve(&buffer, 1));
	assert_holds(&buffer, "12345678");
	buffer_consume(&buffer, 1);
	assert_int_equal(buffer_append(&buffer, bytes_of("9")), 0);
	assert_holds(&buffer, "23456789");
	buffer_fini(&buffer);
	assert_int_equal(buffer_room(&buffer), 8);
}

/* No bytes always fit, also where there is no memory and no room. */
static void
test_no_bytes(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 0);
	assert_int_equal(buffer_append(&buffer, bytes_of("")), 0);
	assert_int_equal(buffer_printf(&buffer, "%s", ""), 0);
	assert_int_equal(buffer_append(&buffer, (struct bytes){ NULL, 0 }), 0);
	buffer_consume(&buffer, 0);
	assert_null(buffer.memory);
	buffer_fini(&buffer);
}

static void
test_memory_only_while_needed(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	assert_null(buffer.memory);
	assert_int_equal(buffer_append(&buffer, bytes_of("x")), 0);
	assert_non_null(buffer.memory);
	buffer_consume(&buffer, 1);
	assert_null(buffer.memory);
}

static void
test_reserve(void **state)
{
	struct buffer buffer;
	uint8_t *room;

	(void)state;
	buffer_init(&buffer, 1024);
	room = buffer_reserve(&buffer, 1000);
	memcpy(room, "ab", 2);
	buffer_commit(&buffer, 2);
	assert_holds(&buffer, "ab");
	room = buffer_reserve(&buffer, 4); /* not committed: not there */
	memcpy(room, "cdef", 4);
	assert_holds(&buffer, "ab");
	buffer_fini(&buffer);
}

/* A long stream through a small buffer, pieces of every size */
static void
test_stream(void **state)
{
	struct buffer buffer;
	uint8_t piece[97], want = 0, next = 0;
	size_t turn, i, len;

	(void)state;
	buffer_init(&buffer, 1000);
	for (turn = 0; turn < 5000; turn++) {
		len = turn * 31 % sizeof(piece);
		for (i = 0; i < len; i++)
			piece[i] = (uint8_t)(next + i);
		if (buffer_append(&buffer, (struct bytes){ piece, len }) == 0)
			next = (uint8_t)(next + len);
		len = turn * 17 % sizeof(piece);
		if (len > buffer.len)
			len = buffer.len;
		for (i = 0; i < len; i++)
			assert_int_equal(buffer_bytes(&buffer).data[i], want++);
		buffer_consume(&buffer, len);
	}
	buffer_fini(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_in_first_out),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_no_bytes),
		cmocka_unit_test(test_memory_only_while_needed),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
