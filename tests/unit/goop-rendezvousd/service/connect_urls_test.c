#include "goop-rendezvousd/service/connect_urls.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"

static union http_address
address_of(const char *text, uint16_t port)
{
	union http_address address;

	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1)
		address.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1)
		address.sa.sa_family = AF_INET6;
	else
		fail_msg("no address: %s", text);
	http_address_set_port(&address, port);
	return address;
}

/* A machine with some of everything. */
static const struct {
	const char *name, *address;
	bool is_up;
} machine[] = {
	{ "lo", "127.0.0.1", true },
	{ "lo", "::1", true },
	{ "eth0", "192.168.1.50", true },
	{ "eth0", "fe80::1", true },
	{ "eth0", "fd12:3456::50", true },
	{ "eth0", "2001:db8::50", true },
	{ "wlan0", "10.0.0.7", false },
	{ "wwan0", "100.64.1.2", true },
	{ "eth1", "203.0.113.9", true },
	{ "eth2", "169.254.3.4", true },
	{ "docker0", "172.17.0.1", true },
	{ "br-0a1b", "172.18.0.1", true },
	{ "veth12", "172.19.0.1", true },
	{ "virbr0", "192.168.122.1", true },
};

static const struct {
	const char *name, *bind, *external;
	bool is_both, is_tls, has_machine;
	enum connect_reach reach;
	const char *want; /* separated by spaces */
} cases[] = {
	{ "what the owner says, alone", "0.0.0.0", "https://goop.example.org",
	    false, false, true, CONNECT_ANYWHERE, "https://goop.example.org" },
	{ "slashes at its end go", "127.0.0.1", "http://example.org/goop//",
	    false, false, true, CONNECT_ANYWHERE, "http://example.org/goop" },
	{ "all of IPv4, the public one first", "0.0.0.0", "", false, false,
	    true, CONNECT_NETWORK,
	    "http://203.0.113.9:8787 http://192.168.1.50:8787 "
	    "http://100.64.1.2:8787" },
	{ "all of IPv6", "::", "", false, false, true, CONNECT_NETWORK,
	    "http://[2001:db8::50]:8787 http://[fd12:3456::50]:8787" },
	{ "all of both", "::", "", true, true, true, CONNECT_NETWORK,
	    "https://203.0.113.9:8787 https://192.168.1.50:8787 "
	    "https://100.64.1.2:8787 https://[2001:db8::50]:8787 "
	    "https://[fd12:3456::50]:8787" },
	{ "one address, whatever interfaces there are", "192.168.1.50", "",
	    false, false, true, CONNECT_NETWORK, "http://192.168.1.50:8787" },
	{ "one of IPv6", "2001:db8::50", "", false, false, true,
	    CONNECT_NETWORK, "http://[2001:db8::50]:8787" },
	{ "loopback is for this machine", "127.0.0.1", "", false, false, true,
	    CONNECT_HERE_ALONE, "http://127.0.0.1:8787" },
	{ "loopback of IPv6", "::1", "", false, false, true, CONNECT_HERE_ALONE,
	    "http://[::1]:8787" },
	{ "no network", "0.0.0.0", "", false, false, false, CONNECT_NOWHERE,
	    "http://127.0.0.1:8787" },
	{ "no network of IPv6", "::", "", false, false, false, CONNECT_NOWHERE,
	    "http://[::1]:8787" },
};

static void
names_what_can_be_reached(void **state)
{
	struct connect_interface interfaces[ARRAY_SIZE(machine)];
	struct connect_server server;
	struct connect_urls urls;
	char got[2048];
	size_t i, k, count;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(machine); i++)
		interfaces[i] = (struct connect_interface){ machine[i].name,
			address_of(machine[i].address, 0), machine[i].is_up };
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		server = (struct connect_server){ cases[i].external,
			address_of(cases[i].bind, 8787), cases[i].is_both,
			cases[i].is_tls };
		count = cases[i].has_machine ? ARRAY_SIZE(machine) : 0;
		connect_urls_make(&server, interfaces, count, &urls);
		got[0] = '\0';
		for (k = 0; k < urls.count; k++) {
			strncat(got, k > 0 ? " " : "", 2);
			strncat(got, urls.items[k], 200);
		}
		if (strcmp(got, cases[i].want) != 0 ||
		    urls.reach != cases[i].reach)
			fail_msg("%s: got %d \"%s\"", cases[i].name, urls.reach,
			    got);
	}
}

static void
stops_at_the_limit(void **state)
{
	struct connect_interface interfaces[32];
	struct connect_server server = { "", address_of("0.0.0.0", 80), false,
		false };
	struct connect_urls urls;
	size_t i;

	(void)state;
	for (i = 0; i < 32; i++)
		interfaces[i] = (struct connect_interface){ "eth0",
			address_of("192.0.2.1", 0), true };
	connect_urls_make(&server, interfaces, 32, &urls);
	assert_int_equal(urls.count, CONNECT_URLS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_can_be_reached),
		cmocka_unit_test(stops_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
