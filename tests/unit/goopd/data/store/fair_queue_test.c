#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "goopd/data/store/fair_queue.h"

enum { ITEMS = 16 };

struct scene {
	struct fair_queue *queue;
	struct fair_item items[ITEMS * ITEMS];
	size_t count;
};

static const struct fair_limits limits = {
	.all = 12,
	.caller = 8,
	.favoured = 2,
	.running = { 1, 0 },
};

static int
begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	scene->queue = fair_queue_new(&limits);
	*state = scene;
	return 0;
}

static int
end(void **state)
{
	struct scene *scene = *state;

	fair_queue_free(scene->queue);
	free(scene);
	return 0;
}

/* Callers are letters; those in capitals are favoured. */
static struct fair_key
key_of(char caller)
{
	struct fair_key key = { .is_favoured = caller >= 'A' && caller <= 'Z' };

	key.bytes[0] = (uint8_t)caller;
	return key;
}

static int
put(struct scene *scene, char caller, unsigned int lane)
{
	struct fair_key key = key_of(caller);

	return fair_queue_put(
	    scene->queue, &key, lane, &scene->items[scene->count++]);
}

static void
put_all(struct scene *scene, const char *callers, unsigned int lane)
{
	for (; *callers != '\0'; callers++)
		assert_int_equal(put(scene, *callers, lane), 0);
}

static char
caller_of(const struct scene *scene, const struct fair_item *item,
    const char *callers)
{
	return callers[item - scene->items];
}

/* Serve all that wait in a lane, each for so long; who came, in order. */
static void
serve(struct scene *scene, unsigned int lane, const char *callers,
    int64_t (*cost)(char), char *order)
{
	struct fair_item *item;
	char caller;

	while ((item = fair_queue_take(scene->queue, lane)) != NULL) {
		caller = caller_of(scene, item, callers);
		*order++ = caller;
		fair_queue_ran(scene->queue, item, cost(caller));
		fair_queue_release(scene->queue, item);
	}
	*order = '\0';
}

static int64_t
all_cost_alike(char caller)
{
	(void)caller;
	return 100;
}

static int64_t
h_is_heavy(char caller)
{
	return caller == 'h' ? 1000 : 100;
}

static void
in_turn(void **state)
{
	char order[ITEMS];

	put_all(*state, "aaabbc", 0);
	serve(*state, 0, "aaabbc", all_cost_alike, order);
	assert_string_equal(order, "abcaba");
}

static void
the_heavy_one_waits(void **state)
{
	char order[ITEMS];

	put_all(*state, "hhhaaaaabb", 0);
	serve(*state, 0, "hhhaaaaabb", h_is_heavy, order);
	assert_int_equal(order[0], 'h');
	assert_string_equal(order + 8, "hh");
}

static void
who_comes_later_begins_level(void **state)
{
	static const char callers[] = "aaaabb";
	struct scene *scene = *state;
	struct fair_item *item;
	char order[ITEMS];

	put_all(scene, "aaaa", 0);
	item = fair_queue_take(scene->queue, 0);
	fair_queue_ran(scene->queue, item, 1000);
	fair_queue_release(scene->queue, item);
	item = fair_queue_take(scene->queue, 0);
	fair_queue_ran(scene->queue, item, 1000);
	fair_queue_release(scene->queue, item);
	put_all(scene, "bb", 0);
	serve(scene, 0, callers, all_cost_alike, order);
	assert_string_equal(order, "bbaa");
}

/* One at a time, so that it never waits with the others: it is remembered. */
static void
debts_outlast_absence(void **state)
{
	static const char callers[] = "habh";
	struct scene *scene = *state;
	struct fair_item *item;
	char order[ITEMS];

	put_all(scene, "hab", 0);
	item = fair_queue_take(scene->queue, 0);
	assert_ptr_equal(item, &scene->items[0]);
	fair_queue_ran(scene->queue, item, 5000);
	fair_queue_release(scene->queue, item);
	put_all(scene, "h", 0);
	serve(scene, 0, callers, all_cost_alike, order);
	assert_string_equal(order, "abh");
}

static void
one_runs_of_each(void **state)
{
	struct scene *scene = *state;
	struct fair_item *first, *second;

	put_all(scene, "aab", 0);
	first = fair_queue_take(scene->queue, 0);
	second = fair_queue_take(scene->queue, 0);
	assert_ptr_equal(first, &scene->items[0]);
	assert_ptr_equal(second, &scene->items[2]);
	assert_null(fair_queue_take(scene->queue, 0));
	fair_queue_ran(scene->queue, first, 1);
	assert_ptr_equal(fair_queue_take(scene->queue, 0), &scene->items[1]);
	put_all(scene, "cc", 1); /* where any number may */
	assert_non_null(fair_queue_take(scene->queue, 1));
	assert_non_null(fair_queue_take(scene->queue, 1));
}

static void
there_are_limits(void **state)
{
	struct scene *scene = *state;
	struct fair_item *item;

	put_all(scene, "aaaaaaaa", 0);
	assert_int_equal(put(scene, 'a', 1), FAIR_CALLER_FULL);
	put_all(scene, "bbbb", 1);
	assert_int_equal(put(scene, 'c', 0), FAIR_FULL);
	assert_int_equal(put(scene, 'A', 0), 0);
	assert_int_equal(put(scene, 'A', 0), 0);
	assert_int_equal(put(scene, 'A', 0), FAIR_FULL);
	item = fair_queue_take(scene->queue, 1);
	fair_queue_ran(scene->queue, item, 1);
	assert_int_equal(put(scene, 'b', 0), FAIR_FULL); /* not yet answered */
	fair_queue_release(scene->queue, item);
	fair_queue_release(scene->queue, &scene->items[0]); /* given up */
	fair_queue_release(scene->queue, &scene->items[1]);
	assert_int_equal(put(scene, 'b', 0), 0);
	assert_int_equal(fair_queue_count(scene->queue), 12);
}

static void
bytes_have_limits_too(void **state)
{
	static const struct fair_limits few = {
		.all = 12, .caller = 8, .bytes = 100, .caller_bytes = 50
	};
	struct scene *scene = *state;
	size_t i;

	fair_queue_free(scene->queue);
	scene->queue = fair_queue_new(&few);
	for (i = 0; i < ITEMS; i++)
		scene->items[i].bytes = 40;
	assert_int_equal(put(scene, 'a', 0), 0);
	assert_int_equal(put(scene, 'a', 0), FAIR_CALLER_FULL);
	assert_int_equal(put(scene, 'b', 0), 0);
	assert_int_equal(put(scene, 'c', 0), FAIR_FULL);
	assert_int_equal(put(scene, 'A', 0), 0);
	assert_int_equal(put(scene, 'A', 0), 0);
	assert_int_equal(put(scene, 'A', 0), 0);
	assert_int_equal(put(scene, 'A', 0), FAIR_FULL);
	for (i = 0; i < 7; i++)
		if (scene->items[i].caller != NULL)
			fair_queue_release(scene->queue, &scene->items[i]);
	assert_int_equal(put(scene, 'a', 0), 0);
}

static void
one_goes_to_the_other_lane(void **state)
{
	struct scene *scene = *state;
	struct fair_item *item;

	put_all(scene, "a", 0);
	put_all(scene, "a", 1);
	item = fair_queue_take(scene->queue, 0);
	fair_queue_ran(scene->queue, item, 5);
	fair_queue_move(scene->queue, item, 1);
	assert_true(fair_queue_is_empty(scene->queue, 0));
	assert_ptr_equal(fair_queue_take(scene->queue, 1), item);
	assert_int_equal(fair_queue_count(scene->queue), 2);
}

static void
strangers_are_forgotten(void **state)
{
	struct scene *scene = *state;
	struct fair_key key = { .bytes = { 0 } };
	struct fair_item *item;
	int i;

	for (i = 0; i < 10 * FAIR_ABSENT_MAX; i++) {
		memcpy(key.bytes, &i, sizeof(i));
		assert_int_equal(
		    fair_queue_put(scene->queue, &key, 0, &scene->items[0]), 0);
		item = fair_queue_take(scene->queue, 0);
		fair_queue_ran(scene->queue, item, i);
		fair_queue_release(scene->queue, item);
	}
	assert_int_equal(fair_queue_count(scene->queue), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_turn),
		TEST(the_heavy_one_waits),
		TEST(who_comes_later_begins_level),
		TEST(debts_outlast_absence),
		TEST(one_runs_of_each),
		TEST(there_are_limits),
		TEST(bytes_have_limits_too),
		TEST(one_goes_to_the_other_lane),
		TEST(strangers_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
