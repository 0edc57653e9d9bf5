#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "goop-discoveryd/rendezvous/wan_dial.h"
#include "tests/unit/support/own_network.h"
#include "tests/unit/support/scripted_server.h"

static bool has_network;
static struct event_base *base; /* of the test */

struct told {
	struct event_base *base;
	int times, error, fd;
	struct wan_addresses addresses;
};

static void
add(struct wan_addresses *addresses, const char *host, uint16_t port)
{
	union wan_address *to = &addresses->at[addresses->count++];

	memset(to, 0, sizeof(*to));
	if (strchr(host, ':') != NULL) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(port);
		inet_pton(AF_INET6, host, &to->v6.sin6_addr);
	} else {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		inet_pton(AF_INET, host, &to->v4.sin_addr);
	}
}

static void
on_dialled(int error, int fd, void *arg)
{
	struct told *told = arg;

	told->times++;
	told->error = error;
	told->fd = fd;
	event_base_loopbreak(told->base);
}

static void
on_found(int error, const struct wan_addresses *addresses, void *arg)
{
	struct told *told = arg;

	told->times++;
	told->error = error;
	if (error == 0)
		told->addresses = *addresses;
	event_base_loopbreak(told->base);
}

static void
no_script(struct scripted_connection *connection, const char *text, size_t len,
    void *arg)
{
	(void)connection;
	(void)text;
	(void)len;
	(void)arg;
}

/* One that is nowhere, two that refuse, one that is
 * there. */
static void
test_several(void **state)
{
	struct told told = { .base = base };
	struct scripted_server server;
	struct wan_dial *dial;

	(void)state;
	if (!has_network)
		skip();
	scripted_server_init(&server, told.base, NULL, 0, no_script, NULL);
	add(&told.addresses, "10.255.0.1", server.port);
	add(&told.addresses, "::1", server.port);
	add(&told.addresses, "127.0.0.1", 1);
	add(&told.addresses, "127.0.0.1", server.port);
	dial = wan_dial_new(told.base, &told.addresses, on_dialled, &told);
	assert_int_equal(told.times, 0); /* not from inside */
	event_base_dispatch(told.base);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.error, 0);
	close(told.fd);
	wan_dial_free(dial);
	scripted_server_fini(&server);
}

static void
test_none(void **state)
{
	struct told told = { .base = base };
	struct wan_dial *dial;

	(void)state;
	if (!has_network)
		skip();
	add(&told.addresses, "10.255.0.1", 1);
	add(&told.addresses, "127.0.0.1", 1);
	dial = wan_dial_new(told.base, &told.addresses, on_dialled, &told);
	event_base_dispatch(told.base);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.error, -ECONNREFUSED);
	assert_int_equal(told.fd, -1);
	wan_dial_free(dial);
}

static void
test_called_off(void **state)
{
	struct told told = { .base = base };
	struct wan_dial *dial;

	(void)state;
	if (!has_network)
		skip();
	add(&told.addresses, "127.0.0.1", 1);
	dial = wan_dial_new(told.base, &told.addresses, on_dialled, &told);
	wan_dial_free(dial);
	event_base_loop(told.base, EVLOOP_NONBLOCK);
	assert_int_equal(told.times, 0);
}

/* Names, by the thread; the second answer is remembered. */
static void
test_names(void **state)
{
	struct told told = { .base = base };
	struct wan_asker asker = { .on_found = on_found, .arg = &told };
	struct wan_names *names;
	size_t i;
	int round;

	(void)state;
	if (!has_network)
		skip();
	assert_int_equal(wan_names_new(told.base, "localhost", 80, &names), 0);
	for (round = 0; round < 3; round++) {
		told.times = 0;
		wan_names_ask(names, &asker);
		assert_int_equal(told.times, 0);
		event_base_dispatch(told.base);
		assert_int_equal(told.times, 1);
		assert_int_equal(told.error, 0);
		assert_in_range(told.addresses.count, 1, WAN_ADDRESSES_MAX);
		for (i = 0; i < told.addresses.count; i++)
			assert_int_equal(
			    told.addresses.at[i].v4.sin_port, htons(80));
		if (round == 1)
			wan_names_forget(names);
	}
	wan_names_free(names);
}

/* Nobody waits any more when the thread comes back, or everything is gone. */
static void
test_names_called_off(void **state)
{
	struct told told = { .base = base };
	struct wan_asker asker = { .on_found = on_found, .arg = &told };
	struct wan_names *names;

	(void)state;
	if (!has_network)
		skip();
	assert_int_equal(wan_names_new(told.base, "localhost", 80, &names), 0);
	wan_names_ask(names, &asker);
	wan_names_cancel(&asker);
	wan_names_cancel(&asker);
	event_base_loop(told.base, EVLOOP_ONCE);
	assert_int_equal(told.times, 0);
	wan_names_free(names);
	assert_int_equal(
	    wan_names_new(told.base, "nobody.invalid", 80, &names), 0);
	wan_names_ask(names, &asker);
	wan_names_cancel(&asker);
	wan_names_free(names);
}

static int
begin(void **state)
{
	(void)state;
	base = event_base_new();
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	event_base_free(base);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	has_network = own_network_enter();
	if (has_network)
		scripted_loopback_up();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_several, begin, finish),
		cmocka_unit_test_setup_teardown(test_none, begin, finish),
		cmocka_unit_test_setup_teardown(test_called_off, begin, finish),
		cmocka_unit_test_setup_teardown(test_names, begin, finish),
		cmocka_unit_test_setup_teardown(
		    test_names_called_off, begin, finish),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
