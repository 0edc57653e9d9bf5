/* Addresses that come and go, in a network namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/array.h"
#include "tests/unit/support/test_host.h"
#include "tests/unit/support/own_network.h"

static void
set_interface(const char *name, const char *address)
{
	struct ifreq request = { .ifr_flags = 0 };
	struct sockaddr_in *ip = (struct sockaddr_in *)&request.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, name);
	ip->sin_family = AF_INET;
	ip->sin_addr.s_addr = inet_addr(address);
	assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
	request.ifr_flags = IFF_UP;
	if (ip->sin_addr.s_addr != 0)
		assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

struct pair {
	struct test_host a, b;
};

static size_t
public_addresses(struct test_host *host)
{
	struct multiaddr addresses[8];

	return host_addresses(host->host, false, addresses, 8);
}

static bool
has_address(void *arg)
{
	return public_addresses(arg) == 1;
}

static bool
is_connected(void *arg)
{
	return ((struct pair *)arg)->a.identified > 0;
}

static bool
is_disconnected(void *arg)
{
	return ((struct pair *)arg)->a.disconnected > 0;
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	(void)host;
	(void)stream;
	(void)arg;
	assert_int_equal(error, 0);
}

/* A connection from an address that is gone is given up at once. */
static void
test_address_comes_and_goes(void **state)
{
	struct event_base *base;
	struct multiaddr address;
	struct pair pair;
	char text[64];

	(void)state;
	if (!own_network_enter())
		skip();
	base = event_base_new();
	set_interface("lo", "127.0.0.1");
	test_host_open(&pair.a, base, NULL);
	test_host_open(&pair.b, base, NULL);
	assert_int_equal(public_addresses(&pair.a), 0);
	set_interface("lo:1", "10.77.0.1");
	test_loop_until(base, has_address, &pair.a);
	test_loop_until(base, has_address, &pair.b);
	snprintf(text, sizeof(text), "/ip4/10.77.0.1/tcp/%u",
	    (unsigned int)host_port(pair.b.host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	assert_true(host_address_is_dialable(pair.a.host, &address));
	assert_false(host_address_is_dialable(pair.b.host, &address));
	host_learn(pair.a.host, &pair.b.id, &address, 60000);
	host_connect(pair.a.host, &pair.b.id, 10000, on_opened, NULL);
	test_loop_until(base, is_connected, &pair);
	set_interface("lo:1", "0.0.0.0");
	test_loop_until(base, is_disconnected, &pair);
	test_host_close(&pair.a);
	test_host_close(&pair.b);
	event_base_free(base);
}

static const struct {
	const char *text;
	bool want;
} addresses[] = {
	{ "/ip4/10.0.0.1/tcp/4001", true },
	{ "/ip4/127.0.0.1/tcp/4001", true },
	{ "/ip6/2001:db8::1/tcp/4001", true },
	{ "/ip4/10.0.0.1/tcp/0", false },
	{ "/ip4/0.0.0.0/tcp/4001", false },
	{ "/ip6/::/tcp/4001", false },
	{ "/ip4/224.0.0.251/tcp/4001", false },
	{ "/ip4/255.255.255.255/tcp/4001", false },
	{ "/ip6/ff02::fb/tcp/4001", false },
	{ "/ip6/fe80::1/tcp/4001", false },
	{ "/ip4/10.0.0.1/udp/4001/quic-v1", false },
	{ "/ip4/10.0.0.1/tcp/4001/ws", false },
	{ "/dns4/example.org/tcp/4001", false },
};

static void
test_dialable(void **state)
{
	struct event_base *base = event_base_new();
	struct multiaddr address;
	struct test_host host;
	size_t i;

	(void)state;
	test_host_open(&host, base, NULL);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		print_message("  %s\n", addresses[i].text);
		assert_int_equal(
		    multiaddr_parse(addresses[i].text, &address), 0);
		assert_int_equal(host_address_is_dialable(host.host, &address),
		    addresses[i].want);
	}
	test_host_close(&host);
	event_base_free(base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialable),
		cmocka_unit_test(test_address_comes_and_goes),
	};

	return cmocka_run_group_tests_name("host_addresses", tests, NULL, NULL);
}
