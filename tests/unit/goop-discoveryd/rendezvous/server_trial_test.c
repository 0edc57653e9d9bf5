/* Trying a server: what it finds out, and what it says. */
#include "tests/unit/support/server_scene.h"

#include <string.h>

#include "common/base/array.h"
#include "goop-discoveryd/rendezvous/server_trial.h"

struct outcome {
	bool is_done, is_ours;
	char sentence[256], advice[256];
};

static void
on_done(const struct server_trial_end *end, void *arg)
{
	struct outcome *outcome = arg;

	outcome->is_done = true;
	outcome->is_ours = end->is_ours;
	if (end->sentence == NULL)
		return;
	snprintf(
	    outcome->sentence, sizeof(outcome->sentence), "%s", end->sentence);
	snprintf(outcome->advice, sizeof(outcome->advice), "%s", end->advice);
}

/* Try the scene's server below this path, or this URL. */
static struct outcome
try(struct server_scene *scene, const char *url)
{
	struct outcome outcome = { .is_done = false };
	struct server_trial *trial;
	char own[64];

	snprintf(own, sizeof(own), "http://127.0.0.1:%u%s",
	    (unsigned int)scene->server.port, url);
	assert_int_equal(
	    server_trial_new(scene->base,
		strstr(url, "://") != NULL ? url : own, "12D3KooWA",
		scene->resolver, on_done, &outcome, &trial),
	    0);
	RUN_UNTIL(scene, outcome.is_done);
	server_trial_free(trial);
	return outcome;
}

static void
test_joinable(void **state)
{
	struct server_scene scene;
	struct outcome outcome;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	outcome = try(&scene, "");
	assert_string_equal(outcome.sentence, "");
	assert_int_equal(scene.posts, 0); /* nobody hears of a trial */
	server_scene_fini(&scene);
}

/* A server that speaks event streams alone is one, too. */
static void
test_events_alone(void **state)
{
	struct server_scene scene;
	struct outcome outcome;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = 404;
	outcome = try(&scene, "");
	assert_string_equal(outcome.sentence, "");
	server_scene_fini(&scene);
}

static void
test_refused(void **state)
{
	struct server_scene scene;
	struct outcome outcome;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.refuse_ws = scene.refuse_events = 404;
	outcome = try(&scene, "");
	assert_non_null(strstr(outcome.sentence, "no rendezvous server"));
	assert_non_null(strstr(outcome.advice, "in a browser"));
	server_scene_fini(&scene);
}

static void
test_unreached(void **state)
{
	struct server_scene scene;
	struct outcome outcome;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	outcome = try(&scene, "http://127.0.0.1:1");
	assert_non_null(strstr(outcome.sentence, "Connection refused"));
	assert_non_null(strstr(outcome.advice, "online"));
	server_scene_fini(&scene);
}

/* It moved: the sentence names the target, which is what to do. */
static void
test_moved(void **state)
{
	struct server_scene scene;
	struct outcome outcome;

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.moved_to = "https://elsewhere.example/ws";
	outcome = try(&scene, "/old");
	assert_non_null(strstr(outcome.sentence, "https://elsewhere.example"));
	assert_string_equal(outcome.advice, "");
	server_scene_fini(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joinable),
		cmocka_unit_test(test_events_alone),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unreached),
		cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, server_scene_set_up, NULL);
}
