#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/libp2p/host/dial_order.h"

static struct dial_candidate
candidate(const char *text, bool is_on_link)
{
	struct dial_candidate ret;

	assert_int_equal(multiaddr_parse(text, &ret.address), 0);
	ret.rank = dial_rank_of(&ret.address, is_on_link);
	return ret;
}

#define RELAY \
	"/ip4/45.77.1.10/tcp/4001/p2p/" \
	"12D3KooWPqT2nMDSiXUSx5D7fasaxhxKigVhcqfkKqrLghCq9jxz/p2p-circuit"

static void
test_order(void **state)
{
	static const struct {
		const char *text;
		bool is_on_link;
	} given[] = {
		{ RELAY, false },
		{ "/ip4/192.168.7.2/tcp/4001", false }, /* elsewhere */
		{ "/ip4/45.77.2.10/tcp/1", false },
		{ "/ip4/45.77.2.10/tcp/2", false },
		{ "/ip4/45.77.2.10/tcp/3", false },
		{ "/ip4/45.77.2.11/tcp/4", false },
		{ "/ip6/2a05:f480::1/tcp/4", false },
		{ "/ip4/10.1.1.5/tcp/4001", true },
		{ "/ip4/127.0.0.1/tcp/4001", true },
	};
	static const char *const want[] = {
		"/ip4/127.0.0.1/tcp/4001",
		"/ip4/10.1.1.5/tcp/4001",
		"/ip6/2a05:f480::1/tcp/4",
		"/ip4/45.77.2.10/tcp/1",
		"/ip4/45.77.2.11/tcp/4",
		"/ip4/45.77.2.10/tcp/2",
		"/ip4/45.77.2.10/tcp/3",
		"/ip4/192.168.7.2/tcp/4001",
		RELAY,
	};
	enum { COUNT = sizeof(want) / sizeof(want[0]) };
	struct dial_candidate all[COUNT];
	char text[MULTIADDR_TEXT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++)
		all[i] = candidate(given[i].text, given[i].is_on_link);
	dial_order(all, COUNT);
	for (i = 0; i < COUNT; i++) {
		multiaddr_print(&all[i].address, text);
		assert_string_equal(text, want[i]);
	}
	dial_order(all, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
