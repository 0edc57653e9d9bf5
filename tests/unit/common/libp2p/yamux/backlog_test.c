/* backlog: order, growth, and memory that is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/array.h"
#include "common/libp2p/yamux/backlog.h"

static uint8_t pattern[4 * 1024 * 1024];

static struct bytes
part(size_t from, size_t len)
{
	return (struct bytes){ pattern + from, len };
}

static void
assert_waiting(const struct backlog *backlog, size_t from, size_t len)
{
	struct bytes bytes = backlog_bytes(backlog);

	assert_int_equal(bytes.len, len);
	if (len > 0)
		assert_memory_equal(bytes.data, pattern + from, len);
}

/* Append `in` and consume `out` each round, until the pattern is used up. */
static void
test_order(void **state)
{
	static const struct {
		const char *name;
		size_t in, out;
	} cases[] = {
		{ "emptied each time", 65507, 65507 },
		{ "small ones", 100, 100 },
		{ "the reader is behind", 65507, 40000 },
		{ "a byte at a time in", 1, 1 },
		{ "far behind", 100000, 1000 },
	};
	size_t i, in, out, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct backlog backlog = { 0 };

		print_message("%s\n", cases[i].name);
		for (in = out = 0; in + cases[i].in <= sizeof(pattern) / 16;) {
			backlog_append(&backlog, part(in, cases[i].in));
			in += cases[i].in;
			n = cases[i].out < in - out ? cases[i].out : in - out;
			backlog_consume(&backlog, n);
			out += n;
			assert_waiting(&backlog, out, in - out);
		}
		backlog_consume(&backlog, in - out);
		assert_null(backlog.memory);
	}
}

static void
test_empty_holds_nothing(void **state)
{
	struct backlog backlog = { 0 };

	(void)state;
	assert_waiting(&backlog, 0, 0);
	backlog_append(&backlog, part(0, 0));
	assert_null(backlog.memory);
	backlog_consume(&backlog, 0);
	assert_null(backlog.memory);
}

static void
test_memory_is_used_again(void **state)
{
	struct backlog first = { 0 }, second = { 0 };
	const uint8_t *memory;

	(void)state;
	backlog_append(&first, part(0, BACKLOG_SPARE_MAX));
	memory = first.memory;
	backlog_consume(&first, BACKLOG_SPARE_MAX);
	backlog_append(&second, part(7, 100)); /* does not need it */
	assert_ptr_not_equal(second.memory, memory);
	backlog_append(&first, part(0, BACKLOG_SMALL + 1));
	assert_ptr_equal(first.memory, memory);
	backlog_append(&second, part(107, 2 * BACKLOG_SMALL)); /* it is lent */
	assert_waiting(&second, 7, 100 + 2 * BACKLOG_SMALL);
	assert_waiting(&first, 0, BACKLOG_SMALL + 1);
	backlog_consume(&first, first.len);
	backlog_consume(&second, second.len);
	backlog_release();
	backlog_append(&first, part(0, BACKLOG_SMALL + 1));
	assert_true(first.capacity < BACKLOG_SPARE_MAX);
	backlog_consume(&first, first.len);
	backlog_release();
}

static void
test_large_memory_is_not_kept(void **state)
{
	struct backlog backlog = { 0 };

	(void)state;
	backlog_append(&backlog, part(0, BACKLOG_SPARE_MAX + 1));
	backlog_consume(&backlog, BACKLOG_SPARE_MAX + 1);
	backlog_append(&backlog, part(0, 2 * BACKLOG_SMALL));
	assert_true(backlog.capacity <= BACKLOG_SPARE_MAX);
	backlog_consume(&backlog, backlog.len);
	backlog_release();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_empty_holds_nothing),
		cmocka_unit_test(test_memory_is_used_again),
		cmocka_unit_test(test_large_memory_is_not_kept),
	};
	size_t i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 31 + i / 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
