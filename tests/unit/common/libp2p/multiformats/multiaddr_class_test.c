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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
