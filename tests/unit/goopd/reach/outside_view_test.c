#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "goopd/reach/outside_view.h"

struct scene {
	struct outside_view views[OUTSIDE_VIEWS_MAX];
	size_t count;
	uint8_t observers;
};

static void
see(struct scene *scene, const char *address, const char *from, bool is_of_port)
{
	struct host_observation seen = { .is_of_port = is_of_port };
	struct peer_id observer = { .len = 1, .data = { ++scene->observers } };

	assert_int_equal(multiaddr_parse(address, &seen.address), 0);
	assert_int_equal(multiaddr_parse(from, &seen.from), 0);
	scene->count =
	    outside_note(scene->views, scene->count, &seen, &observer);
}

static void
assert_nat(const struct scene *scene, enum outside_nat want)
{
	assert_int_equal(outside_nat_of(scene->views, scene->count), want);
}

#define OUT    "/ip4/45.77.9.10/tcp/4001"
#define OTHER  "/ip4/45.77.9.10/tcp/50123"
#define LEFT   "/ip4/45.77.1.10/tcp/4001"
#define LEFT_2 "/ip4/45.77.1.10/tcp/4002"
#define RIGHT  "/ip4/45.77.2.10/tcp/4001"

static void
test_one_observer_says_nothing(void **state)
{
	struct scene scene = { .count = 0 };

	(void)state;
	assert_nat(&scene, OUTSIDE_NAT_UNKNOWN);
	see(&scene, OUT, LEFT, true);
	assert_nat(&scene, OUTSIDE_NAT_UNKNOWN);
	see(&scene, OUT, LEFT_2, true); /* the same machine */
	assert_nat(&scene, OUTSIDE_NAT_UNKNOWN);
	assert_int_equal(scene.views[0].observers, 2);
	see(&scene, OTHER, RIGHT, false); /* of some port of ours */
	assert_nat(&scene, OUTSIDE_NAT_UNKNOWN);
}

static void
test_same(void **state)
{
	struct scene scene = { .count = 0 };

	(void)state;
	see(&scene, OUT, LEFT, true);
	see(&scene, OUT, RIGHT, true);
	assert_nat(&scene, OUTSIDE_NAT_SAME);
	assert_int_equal(scene.count, 1);
}

static void
test_varies(void **state)
{
	struct scene scene = { .count = 0 };

	(void)state;
	see(&scene, OUT, LEFT, true);
	see(&scene, OTHER, RIGHT, true);
	assert_nat(&scene, OUTSIDE_NAT_VARIES);
}

static void
test_observers_without_end(void **state)
{
	struct scene scene = { .count = 0 };
	char text[64];
	int i;

	(void)state;
	for (i = 1; i <= 100; i++) {
		snprintf(text, sizeof(text), "/ip4/45.77.9.10/tcp/%d", i);
		see(&scene, text, LEFT, true);
	}
	assert_int_equal(scene.count, OUTSIDE_VIEWS_MAX);
	for (i = 1; i <= 100; i++) {
		snprintf(text, sizeof(text), "/ip4/45.78.%d.1/tcp/1", i);
		see(&scene, "/ip4/45.77.9.10/tcp/1", text, true);
	}
	assert_int_equal(scene.views[0].source_count, OUTSIDE_SOURCES_MAX);
	assert_int_equal(scene.views[0].observers, 101);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_observer_says_nothing),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_varies),
		cmocka_unit_test(test_observers_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
