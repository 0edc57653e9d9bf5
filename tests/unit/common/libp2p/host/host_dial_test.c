/* Which addresses are tried, and what a failure is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support/black_hole.h"
#include "tests/unit/support/test_host.h"

struct dialled {
	bool is_done;
	int error;
};

static void
on_dialled(struct host *host, struct stream *stream, int error, void *arg)
{
	struct dialled *dialled = arg;

	(void)host;
	(void)stream;
	dialled->is_done = true;
	dialled->error = error;
}

static bool
is_done(void *arg)
{
	return ((struct dialled *)arg)->is_done;
}

static int
dial(struct test_host *from, const struct peer_id *to)
{
	struct dialled dialled = { .is_done = false };

	host_connect(from->host, to, 60000, on_dialled, &dialled);
	test_loop_until(from->base, is_done, &dialled);
	return dialled.error;
}

/* The good address comes after twelve that never answer, none of which is given
 * up during the test. */
static void
test_dead_addresses_are_overlapped(void **state)
{
	struct event_base *base = event_base_new();
	struct host_limits limits = host_default_limits;
	struct test_host from, to;
	struct black_hole hole;
	int i;

	(void)state;
	limits.connect_ms = 600000;
	test_host_open(&from, base, &limits);
	test_host_open(&to, base, NULL);
	black_hole_open(&hole);
	for (i = 2; i < 14; i++)
		black_hole_tell(&hole, i, from.host, &to.id);
	test_host_introduce(&from, &to);
	assert_int_equal(dial(&from, &to.id), 0);
	test_host_close(&from);
	test_host_close(&to);
	black_hole_close(&hole);
	event_base_free(base);
}

/* --- a peer of another security --- */

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int len, void *arg)
{
	static const char words[] = "\x13/multistream/1.0.0\n"
				    "\x03na\n";
	int *accepted = arg;

	(void)listener;
	(void)from;
	(void)len;
	assert_int_equal(
	    write(fd, words, sizeof(words) - 1), sizeof(words) - 1);
	*accepted = fd;
}

static void
test_another_security(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	struct event_base *base = event_base_new();
	struct evconnlistener *listener;
	struct noise_identity unused;
	struct test_host from;
	struct multiaddr address;
	struct peer_id to;
	char text[64];
	int accepted = -1;

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, on_accepted, &accepted,
	    LEV_OPT_CLOSE_ON_FREE, 8, (struct sockaddr *)&at, sizeof(at));
	assert_non_null(listener);
	getsockname(
	    evconnlistener_get_fd(listener), (struct sockaddr *)&at, &len);
	test_host_open(&from, base, NULL);
	test_identity(&unused, &to);
	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    (unsigned int)ntohs(at.sin_port));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	host_learn(from.host, &to, &address, 60000);
	assert_int_equal(dial(&from, &to), -EPROTO);
	test_host_close(&from);
	evconnlistener_free(listener);
	close(accepted);
	event_base_free(base);
}

static void
test_nothing_there(void **state)
{
	struct event_base *base = event_base_new();
	struct test_host from, to;

	(void)state;
	test_host_open(&from, base, NULL);
	test_host_open(&to, base, NULL);
	test_host_introduce(&from, &to);
	test_host_close(&to);
	assert_int_equal(dial(&from, &to.id), -EHOSTUNREACH);
	test_host_close(&from);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_addresses_are_overlapped),
		cmocka_unit_test(test_another_security),
		cmocka_unit_test(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
