#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goopd/reach/relay_places.h"

#define RELAY "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"

static const struct {
	const char *name, *told[4], *want[RELAY_PLACES_MAX];
} cases[] = {
	{ "nothing", { NULL }, { NULL } },
	{ "this machine only", { "/ip4/127.0.0.1/tcp/1" }, { NULL } },
	{ "public ones first",
	    { "/ip4/10.0.0.1/tcp/1", "/ip4/1.1.1.1/tcp/1/p2p/" RELAY },
	    { "/ip4/1.1.1.1/tcp/1", "/ip4/10.0.0.1/tcp/1" } },
	{ "not too many",
	    { "/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/1",
		"/ip4/1.1.1.3/tcp/1" },
	    { "/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/1" } },
	{ "none that cannot be dialled",
	    { "no address", "/dns4/a.example/tcp/443/wss",
		"/ip4/1.1.1.1/udp/1/quic-v1", "/ip4/1.1.1.2/tcp/1" },
	    { "/ip4/1.1.1.2/tcp/1" } },
};

static void
check(size_t number, const struct peer_id *relay)
{
	struct multiaddr addresses[RELAY_OFFERED_ADDRESSES_MAX], plain;
	struct relay_offer offer = { .server = "https://a.example" };
	struct relay_places places;
	struct peer_id id;
	size_t i;
	char text[MULTIADDR_TEXT_SIZE];

	for (i = 0; i < 4 && cases[number].told[i] != NULL; i++)
		strings_add(&offer.addresses, cases[number].told[i]);
	relay_places_set(&places, relay, addresses,
	    relay_offer_addresses(&offer, addresses));
	for (i = 0; i < places.count; i++) {
		assert_true(multiaddr_take_circuit(&places.at[i], &plain, &id));
		assert_true(peer_id_equal(&id, relay));
		multiaddr_print(&plain, text);
		assert_non_null(cases[number].want[i]);
		assert_string_equal(text, cases[number].want[i]);
	}
	if (i < RELAY_PLACES_MAX && cases[number].want[i] != NULL)
		fail_msg("%s: %s is missing", cases[number].name,
		    cases[number].want[i]);
	strings_free(&offer.addresses);
}

static void
test_places(void **state)
{
	struct peer_id relay;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(RELAY, &relay), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check(i, &relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_places) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
