/* hash and random: keyed hashing, uniform numbers */
#include "common/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/random.h"
#include "common/base/xalloc.h"

/* Every length and every byte counts; where it lies in memory does not. */
static void
test_hash(void **state)
{
	uint8_t key[40] = { 0 }, moved[41];
	unsigned int before = 0, whole;
	size_t len, i, same = 0;

	(void)state;
	for (len = 0; len <= sizeof(key); len++) {
		whole = hash_seeded(key, len);
		memcpy(moved + 1, key, len);
		assert_int_equal(hash_seeded(moved + 1, len), whole);
		same += len > 0 && whole == before;
		before = whole;
		for (i = 0; i < len; i++) {
			moved[1 + i] ^= 0x10;
			same += hash_seeded(moved + 1, len) == whole;
			moved[1 + i] ^= 0x10;
		}
	}
	/* 860 pairs of 32 bits: two equal ones by chance are no news */
	assert_true(same <= 2);
}

struct item {
	char name[16];
	size_t value;
	UT_hash_handle hh;
};

static void
test_table(void **state)
{
	struct item *table = NULL, *item, *next;
	size_t i;
	char name[16];

	(void)state;
	for (i = 0; i < 1000; i++) {
		item = xzalloc(sizeof(*item));
		snprintf(item->name, sizeof(item->name), "item %zu", i);
		item->value = i;
		HASH_ADD_STR(table, name, item);
	}
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "item %zu", i);
		HASH_FIND_STR(table, name, item);
		assert_non_null(item);
		assert_int_equal(item->value, i);
	}
	HASH_FIND_STR(table, "item 1000", item);
	assert_null(item);
	HASH_ITER (hh, table, item, next) {
		HASH_DEL(table, item);
		free(item);
	}
	assert_null(table);
}

static void
test_random(void **state)
{
	uint8_t zero[32] = { 0 }, a[32] = { 0 }, b[32] = { 0 };
	unsigned int seen = 0;
	size_t i;

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zero, sizeof(a));
	for (i = 0; i < 2000; i++) {
		uint32_t value = random_below(7);

		assert_true(value < 7);
		seen |= 1u << value;
	}
	assert_int_equal(seen, 0x7f);
	assert_int_equal(random_below(1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
