#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/monotime.h"
#include "common/http_client/connect_race.h"
#include "tests/unit/support/own_network.h"
#include "tests/unit/support/scripted_server.h"

#define GOOD   "127.0.0.9"
#define DEAD   "127.0.0.8" /* does not take a connection any more */
#define DEAD_2 "127.0.0.7"
#define WRONG  "127.0.0.1" /* nobody listens there */

enum {
	KERNEL_MS = 2900, /* the kernel alone tries each for longer */
	FILLING = 4,
	PORT = 4001,
};

static bool has_network;

static int
set_up(void **state)
{
	(void)state;
	has_network = own_network_enter();
	if (has_network)
		scripted_loopback_up();
	return 0;
}

/* A listener whose queue is full: what comes then is not answered. */
static void
make_dead(const char *address, uint16_t port, int fds[1 + FILLING])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int i;

	inet_pton(AF_INET, address, &in.sin_addr);
	for (i = 0; i <= FILLING; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (i > 0)
			(void)connect(
			    fds[i], (struct sockaddr *)&in, sizeof(in));
		else
			assert_true(bind(fds[0], (struct sockaddr *)&in,
					sizeof(in)) == 0 &&
				    listen(fds[0], 0) == 0);
	}
}

static void
close_all(const int fds[1 + FILLING])
{
	int i;

	for (i = 0; i <= FILLING; i++)
		close(fds[i]);
}

struct scene {
	int fd; /* 0: not over */
	struct resolver_address winner;
};

static void
on_done(int fd, const struct resolver_address *address, void *arg)
{
	struct scene *scene = arg;

	scene->fd = fd;
	if (address != NULL)
		scene->winner = *address;
}

static void
add(struct resolver_answer *answer, const char *text)
{
	struct resolver_address *at = &answer->at[answer->count++];

	at->family = strchr(text, ':') != NULL ? 6 : 4;
	assert_int_equal(
	    inet_pton(at->family == 4 ? AF_INET : AF_INET6, text, at->bytes),
	    1);
}

static void
on_connection(struct scripted_connection *connection, const char *text,
    size_t len, void *arg)
{
	(void)connection;
	(void)text;
	(void)len;
	(void)arg;
}

static void
test_races(void **state)
{
	static const struct {
		const char *name, *at[4];
		int want; /* 0: GOOD wins; else the error */
		int from; /* so long it takes at least, in ms */
	} cases[] = {
		{ "the first", { GOOD, DEAD }, 0, 0 },
		{ "a dead one", { DEAD, GOOD }, 0, 250 },
		{ "two dead ones", { DEAD, DEAD_2, GOOD }, 0, 500 },
		{ "one that refuses", { WRONG, GOOD }, 0, 0 },
		{ "no route", { "192.0.2.1", GOOD }, 0, 0 },
		{ "all refuse", { WRONG, WRONG }, -ECONNREFUSED, 0 },
	};
	struct event_base *base = event_base_new();
	struct scripted_server server;
	struct resolver_answer answer;
	struct connect_race *race;
	struct monotime begun;
	struct scene scene;
	int dead[2][1 + FILLING];
	size_t i, k;
	int64_t took;

	(void)state;
	if (!has_network)
		skip();
	scripted_server_init(&server, base, GOOD, 0, on_connection, NULL);
	make_dead(DEAD, server.port, dead[0]);
	make_dead(DEAD_2, server.port, dead[1]);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		answer = (struct resolver_answer){ 0 };
		scene = (struct scene){ 0 };
		for (k = 0; k < 4 && cases[i].at[k] != NULL; k++)
			add(&answer, cases[i].at[k]);
		begun = monotime_now();
		race = connect_race_new(
		    base, &answer, server.port, on_done, &scene);
		while (scene.fd == 0)
			event_base_loop(base, EVLOOP_ONCE);
		took = monotime_since_ms(monotime_now(), begun);
		connect_race_free(race);
		if (scene.fd > 0)
			close(scene.fd);
		if ((scene.fd < 0 ? scene.fd : 0) != cases[i].want ||
		    took < cases[i].from || took > KERNEL_MS)
			fail_msg("%s: %d after %d ms", cases[i].name, scene.fd,
			    (int)took);
	}
	close_all(dead[0]);
	close_all(dead[1]);
	scripted_server_fini(&server);
	event_base_free(base);
}

/* A race that is given up leaves nothing behind. */
static void
test_given_up(void **state)
{
	struct event_base *base = event_base_new();
	struct resolver_answer answer = { 0 };
	struct scene scene = { 0 };
	struct connect_race *race;
	int dead[1 + FILLING];

	(void)state;
	if (!has_network)
		skip();
	make_dead(DEAD, PORT, dead);
	add(&answer, DEAD);
	add(&answer, DEAD);
	race = connect_race_new(base, &answer, PORT, on_done, &scene);
	event_base_loop(base, EVLOOP_ONCE);
	connect_race_free(race);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(scene.fd, 0);
	close_all(dead);
	event_base_free(base);
}

static void
test_order(void **state)
{
	static const struct {
		const char *at[6], *want;
	} cases[] = {
		{ { "::1", "::2", "10.0.0.1", "10.0.0.2" }, "6464" },
		{ { "10.0.0.1", "10.0.0.2", "10.0.0.3", "::1" }, "4644" },
		{ { "10.0.0.1" }, "4" },
		{ { "::1", "::2", "::3" }, "666" },
	};
	struct resolver_address order[RESOLVER_ADDRESSES_MAX];
	struct resolver_answer answer;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		answer = (struct resolver_answer){ 0 };
		for (k = 0; k < 6 && cases[i].at[k] != NULL; k++)
			add(&answer, cases[i].at[k]);
		connect_race_order(&answer, order);
		for (k = 0; k < answer.count; k++)
			if (order[k].family != cases[i].want[k] - '0')
				fail_msg("case %zu: at %zu", i, k);
		/* each family in the system's order */
		assert_memory_equal(&order[0], &answer.at[0], sizeof(order[0]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
