/* Two hosts that dial each other at once: whoever takes the other's connection,
 * one of them is the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "common/libp2p/host/host_punch.h"
#include "tests/unit/support/test_host.h"

struct scene {
	struct event_base *base;
	struct test_host left, right;
	unsigned int done;
	int errors[2];
};

static void
scene_open(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->base = event_base_new();
	test_host_open(&scene->left, scene->base, NULL);
	test_host_open(&scene->right, scene->base, NULL);
}

static void
scene_close(struct scene *scene)
{
	test_host_close(&scene->left);
	test_host_close(&scene->right);
	event_base_free(scene->base);
}

static struct multiaddr
address_of(const struct test_host *of)
{
	struct multiaddr address;
	char text[64];

	snprintf(
	    text, sizeof(text), "/ip4/127.0.0.1/tcp/%u", host_port(of->host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	return address;
}

static void
on_punched(struct host *host, int error, void *arg)
{
	struct scene *scene = arg;

	scene->errors[host == scene->right.host] = error;
	scene->done++;
}

static bool
both_done(void *arg)
{
	return ((struct scene *)arg)->done == 2;
}

static void
punch(struct scene *scene, struct test_host *from, const struct test_host *to,
    bool is_client)
{
	struct multiaddr address = address_of(to);

	assert_non_null(host_punch(
	    from->host, &to->id, &address, 1, is_client, 1, on_punched, scene));
}

static void
meet(bool left_first)
{
	struct host_path path;
	struct scene scene;

	scene_open(&scene);
	if (left_first)
		punch(&scene, &scene.left, &scene.right, true);
	punch(&scene, &scene.right, &scene.left, false);
	if (!left_first)
		punch(&scene, &scene.left, &scene.right, true);
	test_loop_until(scene.base, both_done, &scene);
	assert_int_equal(scene.errors[0], 0);
	assert_int_equal(scene.errors[1], 0);
	assert_true(host_best_path(scene.left.host, &scene.right.id, &path));
	assert_false(path.is_relayed);
	scene_close(&scene);
}

static void
the_client_is_first(void **state)
{
	(void)state;
	meet(true);
}

static void
the_server_is_first(void **state)
{
	(void)state;
	meet(false);
}

/* The peer knows nothing of it, and listens: it is a server like any. */
static void
a_server_alone_is_heard(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	scene.done = 1;
	punch(&scene, &scene.right, &scene.left, false);
	test_loop_until(scene.base, both_done, &scene);
	assert_int_equal(scene.errors[1], 0);
	scene_close(&scene);
}

static void
nobody_there_ends_in_time(void **state)
{
	struct multiaddr nobody;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	scene.done = 1;
	assert_int_equal(multiaddr_parse("/ip4/127.0.0.1/tcp/1", &nobody), 0);
	host_punch(scene.right.host, &scene.left.id, &nobody, 1, true, 1,
	    on_punched, &scene);
	test_loop_until(scene.base, both_done, &scene);
	assert_int_equal(scene.errors[1], -ETIMEDOUT);
	scene_close(&scene);
}

static void
cancelled_and_closed_with_the_host(void **state)
{
	struct multiaddr address;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	address = address_of(&scene.left);
	host_punch_cancel(host_punch(scene.right.host, &scene.left.id, &address,
	    1, true, 1, on_punched, &scene));
	assert_int_equal(scene.done, 0);
	punch(&scene, &scene.right, &scene.left, true);
	scene_close(&scene);
	assert_int_equal(scene.done, 1);
	assert_int_equal(scene.errors[1], -ECANCELED);
}

/* What two sockets may share, two hosts must not. */
static void
a_port_is_one_hosts(void **state)
{
	struct test_host *other;
	struct host_config config;
	struct scene scene;
	struct host *host;

	(void)state;
	scene_open(&scene);
	other = &scene.right;
	config = (struct host_config){ .base = scene.base,
		.identity = &other->identity,
		.self = other->id,
		.listen_port = host_port(scene.left.host),
		.agent_version = "test",
		.protocol_version = "test",
		.limits = host_default_limits };
	assert_int_equal(host_new(&config, NULL, NULL, &host), -EADDRINUSE);
	scene_close(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_client_is_first),
		cmocka_unit_test(the_server_is_first),
		cmocka_unit_test(a_server_alone_is_heard),
		cmocka_unit_test(nobody_there_ends_in_time),
		cmocka_unit_test(cancelled_and_closed_with_the_host),
		cmocka_unit_test(a_port_is_one_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
