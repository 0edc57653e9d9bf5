#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/base/monotime.h"
#include "common/resolver/resolver.h"
#include "tests/unit/support/own_network.h"

enum { QUESTIONS = RESOLVER_NAMES_MAX + 2 };

struct scene {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_question questions[QUESTIONS];
	unsigned int answers, found, busy, lost;
	struct resolver_answer last;
};

static bool has_network;

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct scene *scene = arg;

	scene->answers++;
	scene->found += answer->error == 0;
	scene->busy += answer->error == EAI_AGAIN;
	scene->last = *answer;
}

static void
on_lost(void *arg)
{
	struct scene *scene = arg;

	scene->lost++;
}

static void
scene_init(struct scene *scene)
{
	size_t i;

	memset(scene, 0, sizeof(*scene));
	scene->base = event_base_new();
	for (i = 0; i < QUESTIONS; i++) {
		scene->questions[i].on_answer = on_answer;
		scene->questions[i].arg = scene;
	}
	assert_int_equal(
	    resolver_new(scene->base, on_lost, scene, &scene->resolver), 0);
}

static void
scene_fini(struct scene *scene)
{
	resolver_free(scene->resolver);
	event_base_free(scene->base);
}

static void
run_until(struct scene *scene, const unsigned int *counter, unsigned int want)
{
	struct monotime end = monotime_add_ms(monotime_now(), 20000);
	struct timeval turn = { 0, 100 * 1000 };

	while (*counter < want && !monotime_reached(monotime_now(), end)) {
		event_base_loopexit(scene->base, &turn);
		event_base_dispatch(scene->base);
	}
	assert_int_equal(*counter, want);
}

/* All who wait for one name get its addresses; for a while they are kept. */
static void
test_found(void **state)
{
	struct scene scene;
	size_t i;

	(void)state;
	scene_init(&scene);
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	resolver_ask(scene.resolver, "localhost", &scene.questions[1]);
	assert_int_equal(scene.answers, 0); /* not from inside */
	run_until(&scene, &scene.answers, 2);
	assert_int_equal(scene.found, 2);
	assert_in_range(scene.last.count, 1, RESOLVER_ADDRESSES_MAX);
	for (i = 0; i < scene.last.count; i++)
		if (scene.last.at[i].family == 4)
			assert_int_equal(scene.last.at[i].bytes[0], 127);
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	assert_int_equal(scene.answers, 2);
	run_until(&scene, &scene.answers, 3);
	resolver_forget(scene.resolver, "localhost");
	resolver_forget(scene.resolver, "never.asked.test");
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	run_until(&scene, &scene.answers, 4);
	assert_int_equal(scene.found, 4);
	scene_fini(&scene);
}

static void
test_unknown(void **state)
{
	struct scene scene;

	(void)state;
	if (!has_network)
		skip();
	scene_init(&scene);
	resolver_ask(scene.resolver, "a.invalid", &scene.questions[0]);
	run_until(&scene, &scene.answers, 1);
	assert_int_not_equal(scene.last.error, 0);
	assert_int_equal(scene.last.count, 0);
	/* a failure is not kept */
	resolver_ask(scene.resolver, "a.invalid", &scene.questions[0]);
	run_until(&scene, &scene.answers, 2);
	scene_fini(&scene);
}

static void
test_called_off(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	resolver_cancel(&scene.questions[0]);
	resolver_cancel(&scene.questions[0]);
	resolver_ask(scene.resolver, "localhost", &scene.questions[1]);
	run_until(&scene, &scene.answers, 1);
	resolver_ask(scene.resolver, "other.invalid", &scene.questions[0]);
	resolver_cancel(&scene.questions[0]);
	scene_fini(&scene); /* in the middle of a lookup */
}

/* More names than there are places; and names that are none. */
static void
test_too_many(void **state)
{
	struct scene scene;
	char name[RESOLVER_NAME_SIZE + 1];
	size_t i;

	(void)state;
	scene_init(&scene);
	for (i = 0; i < RESOLVER_NAMES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "n%zu.localhost", i);
		resolver_ask(scene.resolver, name, &scene.questions[i]);
	}
	run_until(&scene, &scene.answers, RESOLVER_NAMES_MAX + 1);
	assert_true(scene.busy >= 1);
	memset(name, 'a', RESOLVER_NAME_SIZE);
	name[RESOLVER_NAME_SIZE] = '\0';
	scene.busy = 0;
	resolver_ask(scene.resolver, name, &scene.questions[0]);
	resolver_ask(scene.resolver, "", &scene.questions[1]);
	run_until(&scene, &scene.busy, 2);
	/* places are free again */
	scene.found = 0;
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	run_until(&scene, &scene.found, 1);
	scene_fini(&scene);
}

/* The child dies: the owner is told, once. */
static void
test_lost(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	kill(resolver_pid(scene.resolver), SIGKILL);
	run_until(&scene, &scene.lost, 1);
	resolver_ask(scene.resolver, "localhost", &scene.questions[0]);
	run_until(&scene, &scene.busy, 1);
	assert_int_equal(scene.lost, 1);
	scene_fini(&scene);
}

static int
set_up(void **state)
{
	(void)state;
	has_network = own_network_enter();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_called_off),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
