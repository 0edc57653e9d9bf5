#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/libp2p/multiformats/multiaddr_class.h"

static void
test_public(void **state)
{
	static const struct {
		const char *text;
		bool is_public;
	} cases[] = {
		{ "/ip4/45.77.5.10/tcp/4001", true },
		{ "/ip4/100.63.0.1/tcp/1", true },
		{ "/ip4/100.64.0.1/tcp/1", false }, /* carrier's */
		{ "/ip4/192.168.1.1/tcp/1", false },
		{ "/ip4/127.0.0.1/tcp/1", false },
		{ "/ip4/169.254.1.1/tcp/1", false },
		{ "/ip4/0.0.0.0/tcp/1", false },
		{ "/ip4/198.51.100.7/tcp/1", false },
		{ "/ip4/198.19.0.1/tcp/1", false },
		{ "/ip4/203.0.113.9/tcp/1", false },
		{ "/ip4/203.0.114.9/tcp/1", true },
		{ "/ip4/224.0.0.251/tcp/1", false },
		{ "/ip4/255.255.255.255/tcp/1", false },
		{ "/ip6/2a05:f480:0:3::10/tcp/1", true },
		{ "/ip6/2001:db8::1/tcp/1", false },
		{ "/ip6/fd00::1/tcp/1", false },
		{ "/ip6/fe80::1/tcp/1", false },
		{ "/ip6/::1/tcp/1", false },
		{ "/ip6/64:ff9b::102:304/tcp/1", false },
		{ "/ip6/ff02::fb/tcp/1", false },
		{ "/ip4/45.77.5.10/udp/4001/quic-v1", false },
		{ "/dns4/example.org/tcp/1", false },
	};
	struct multiaddr address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(multiaddr_parse(cases[i].text, &address), 0);
		if (multiaddr_is_public(&address) != cases[i].is_public)
			fail_msg("%s", cases[i].text);
	}
}

static void
test_subnets(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int bits;
		bool is_same;
	} cases[] = {
		{ "/ip4/10.1.2.3/tcp/1", "/ip4/10.1.2.200/tcp/2", 24, true },
		{ "/ip4/10.1.2.3/tcp/1", "/ip4/10.1.3.3/tcp/1", 24, false },
		{ "/ip4/10.1.2.3/tcp/1", "/ip4/10.1.3.3/tcp/1", 23, true },
		{ "/ip4/10.1.2.3/tcp/1", "/ip4/10.1.2.4/tcp/1", 32, false },
		{ "/ip4/10.1.2.3/tcp/1", "/ip4/200.1.2.3/tcp/1", 0, true },
		{ "/ip6/fd01::1/tcp/1", "/ip6/fd01::2/tcp/1", 64, true },
		{ "/ip6/fd01::1/tcp/1", "/ip6/fd01:0:0:1::1/tcp/1", 64, false },
		{ "/ip6/fd01::1/tcp/1", "/ip6/fd01::1/tcp/1", 255, true },
		{ "/ip6/fd01::1/tcp/1", "/ip4/10.1.2.3/tcp/1", 0, false },
		{ "/ip4/10.1.2.3/tcp/1", "/dns4/a.example/tcp/1", 0, false },
	};
	struct multiaddr a, b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(multiaddr_parse(cases[i].a, &a), 0);
		assert_int_equal(multiaddr_parse(cases[i].b, &b), 0);
		if (multiaddr_is_same_subnet(&a, &b, cases[i].bits) !=
		    cases[i].is_same)
			fail_msg("%s %s", cases[i].a, cases[i].b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_subnets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
