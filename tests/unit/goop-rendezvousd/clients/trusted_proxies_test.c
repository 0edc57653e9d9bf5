/* Which client a request comes from, behind proxies. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/clients/forwarded.h"
#include "goop-rendezvousd/clients/trusted_proxies.h"

static struct sockaddr_storage
socket_of(const char *text)
{
	struct sockaddr_storage socket = { .ss_family = AF_UNIX };
	struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&socket;
	struct sockaddr_in *ip4 = (struct sockaddr_in *)&socket;

	if (inet_pton(AF_INET, text, &ip4->sin_addr) == 1)
		socket.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &ip6->sin6_addr) == 1)
		socket.ss_family = AF_INET6;
	return socket;
}

/* Is an address within? want -EINVAL: the network is none */
/* clang-format off */
static const struct { const char *network, *address; int want; } networks[] = {
	{ "10.0.0.0/8", "10.255.0.1", 1 },
	{ "10.0.0.0/8", "11.0.0.1", 0 },
	{ "10.0.0.0/8", "::ffff:10.1.1.1", 1 },
	{ "10.0.0.1", "10.0.0.1", 1 },
	{ "10.0.0.1", "10.0.0.2", 0 },
	{ "10.1.2.3/20", "10.1.15.255", 1 },
	{ "10.1.2.3/20", "10.1.16.0", 0 },
	{ "0.0.0.0/0", "203.0.113.1", 1 },
	{ "0.0.0.0/0", "2001:db8::1", 0 },
	{ "::/0", "2001:db8::1", 1 },
	{ "fd00::/8", "fd12::1", 1 },
	{ "fd00::/8", "fe00::1", 0 },
	{ "::1", "::1", 1 },
	{ "::ffff:10.0.0.0/104", "10.9.9.9", 1 },
	{ "10.0.0.0/33", "", -EINVAL },
	{ "fd00::/129", "", -EINVAL },
	{ "10.0.0.0/", "", -EINVAL },
	{ "10.0.0.0/-1", "", -EINVAL },
	{ "10.0.0.0/8/8", "", -EINVAL },
	{ "/8", "", -EINVAL },
	{ "proxy.example", "", -EINVAL },
	{ "", "", -EINVAL },
};
/* clang-format on */

static void
knows_networks(void **state)
{
	struct trusted_proxies proxies;
	struct client_address address;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(networks); i++) {
		print_message("case: %s has %s\n", networks[i].network,
		    networks[i].address);
		proxies.count = 0;
		rc = trusted_proxies_add(&proxies, networks[i].network);
		assert_int_equal(rc, networks[i].want < 0 ? -EINVAL : 0);
		if (rc < 0)
			continue;
		assert_int_equal(client_address_parse(
				     bytes_of(networks[i].address), &address),
		    0);
		assert_int_equal(
		    trusted_proxies_have(&proxies, &address), networks[i].want);
	}
}

static void
a_list_of_proxies_ends(void **state)
{
	struct trusted_proxies proxies = { .count = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < TRUSTED_PROXIES_MAX; i++)
		assert_int_equal(trusted_proxies_add(&proxies, "::1"), 0);
	assert_int_equal(trusted_proxies_add(&proxies, "::1"), -ENOSPC);
}

/* Trusted: 10.0.0.0/8 and fd00::/8 */
/* clang-format off */
static const struct { const char *name, *other_end, *x, *rfc, *want; } cases[] = {
	{ "no proxy", "192.0.2.1", NULL, NULL, "192.0.2.1" },
	{ "a client that claims", "192.0.2.1", "203.0.113.5", "for=203.0.113.5", "192.0.2.1" },
	{ "a proxy that says nothing", "10.0.0.1", NULL, NULL, "10.0.0.1" },
	{ "a proxy for one", "10.0.0.1", "203.0.113.5", NULL, "203.0.113.5" },
	{ "mapped proxy", "::ffff:10.0.0.1", "203.0.113.5", NULL, "203.0.113.5" },
	{ "IPv6 proxy", "fd00::1", "2001:db8::7", NULL, "2001:db8::7" },
	{ "what the client wrote itself", "10.0.0.1", "1.1.1.1, 203.0.113.5", NULL, "203.0.113.5" },
	{ "two proxies of ours", "10.0.0.1", "1.1.1.1, 203.0.113.5, 10.9.9.9", NULL, "203.0.113.5" },
	{ "from our own network", "10.0.0.1", "10.0.0.7", NULL, "10.0.0.7" },
	{ "all are ours", "10.0.0.1", "10.0.0.7,10.0.0.8", NULL, "10.0.0.7" },
	{ "with a port", "10.0.0.1", "203.0.113.5:4711", NULL, "203.0.113.5" },
	{ "IPv6 in brackets", "10.0.0.1", "[2001:db8::7]:4711", NULL, "2001:db8::7" },
	{ "IPv6 in brackets, no port", "10.0.0.1", "[2001:db8::7]", NULL, "2001:db8::7" },
	{ "mapped", "10.0.0.1", "::ffff:203.0.113.5", NULL, "203.0.113.5" },
	{ "a mapped proxy of ours", "10.0.0.1", "203.0.113.5, ::ffff:10.0.0.2", NULL, "203.0.113.5" },
	{ "spaces and empty parts", "10.0.0.1", " , 203.0.113.5 ,, \t", NULL, "203.0.113.5" },
	{ "nonsense at the right", "10.0.0.1", "203.0.113.5, unknown", NULL, "10.0.0.1" },
	{ "nonsense behind a proxy of ours", "10.0.0.1", "unknown, 10.0.0.2", NULL, "10.0.0.2" },
	{ "an open quote of the client", "10.0.0.1", "\"x, 203.0.113.5", NULL, "203.0.113.5" },
	{ "a bad port", "10.0.0.1", "203.0.113.5:x", NULL, "10.0.0.1" },
	{ "a port too long", "10.0.0.1", "203.0.113.5:123456", NULL, "10.0.0.1" },
	{ "open brackets", "10.0.0.1", "[2001:db8::7", NULL, "10.0.0.1" },
	{ "empty", "10.0.0.1", "", NULL, "10.0.0.1" },

	{ "Forwarded", "10.0.0.1", NULL, "for=203.0.113.5", "203.0.113.5" },
	{ "with more", "10.0.0.1", NULL, "by=10.0.0.1;For=203.0.113.5;proto=https", "203.0.113.5" },
	{ "quoted", "10.0.0.1", NULL, "for=\"[2001:db8::7]:4711\"", "2001:db8::7" },
	{ "a comma in quotes", "10.0.0.1", NULL, "for=203.0.113.5;host=\"a,for=1.1.1.1\"", "203.0.113.5" },
	{ "a chain", "10.0.0.1", NULL, "for=1.1.1.1, for=203.0.113.5,for=10.3.3.3;by=x", "203.0.113.5" },
	{ "hidden", "10.0.0.1", NULL, "for=1.1.1.1, for=_gazonk", "10.0.0.1" },
	{ "unknown", "10.0.0.1", NULL, "for=unknown", "10.0.0.1" },
	{ "no for", "10.0.0.1", NULL, "proto=http", "10.0.0.1" },
	{ "two for", "10.0.0.1", NULL, "for=1.1.1.1;for=2.2.2.2", "10.0.0.1" },
	{ "a backslash at the end", "10.0.0.1", NULL, "for=\"1.1.1.1\\", "10.0.0.1" },
	{ "an open quote", "10.0.0.1", NULL, "x=\"a, for=203.0.113.5", "10.0.0.1" },

	{ "both agree", "10.0.0.1", "203.0.113.5", "for=203.0.113.5", "203.0.113.5" },
	{ "one is the client's own", "10.0.0.1", "203.0.113.5", "for=1.1.1.1", "10.0.0.1" },
	{ "of no family", "", "203.0.113.5", NULL, "::" },
};
/* clang-format on */

static void
assert_found(
    const char *other_end, const char *x, const char *rfc, const char *want)
{
	struct sockaddr_storage socket = socket_of(other_end);
	struct trusted_proxies proxies = { .count = 0 };
	char text[CLIENT_ADDRESS_TEXT_SIZE];
	struct client_address client;

	assert_int_equal(trusted_proxies_add(&proxies, "10.0.0.0/8"), 0);
	assert_int_equal(trusted_proxies_add(&proxies, "fd00::/8"), 0);
	client = trusted_proxies_client(
	    &proxies, (const struct sockaddr *)&socket, x, rfc);
	client_address_print(&client, text);
	assert_string_equal(text, want);
}

static void
finds_the_client(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_found(cases[i].other_end, cases[i].x, cases[i].rfc,
		    cases[i].want);
	}
}

static void
long_headers_say_nothing(void **state)
{
	CLEANUP_FREE char *header = xzalloc(FORWARDED_MAX + 16);
	size_t i, len = 0;

	(void)state;
	memset(header, ' ', FORWARDED_MAX);
	memcpy(header, "203.0.113.5", 11);
	assert_found("10.0.0.1", header, NULL, "203.0.113.5");
	header[FORWARDED_MAX] = ' ';
	assert_found("10.0.0.1", header, NULL, "10.0.0.1");
	for (i = 0; i < FORWARDED_HOPS_MAX; i++) {
		memcpy(header + len, "1.1.1.1,", 9);
		len += 8;
	}
	assert_found("10.0.0.1", header, NULL, "1.1.1.1");
	memcpy(header + len, "1.1.1.1,", 9);
	assert_found("10.0.0.1", header, NULL, "10.0.0.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_networks),
		cmocka_unit_test(a_list_of_proxies_ends),
		cmocka_unit_test(finds_the_client),
		cmocka_unit_test(long_headers_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
