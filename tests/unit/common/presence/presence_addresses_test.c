/* Which announced addresses are dialled, and which are passed on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/base/array.h"
#include "common/presence/presence_addresses.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"
#define BOB   "12D3KooWBRFW3HkJCLKSWb4yG6iWRBpgNjbM4FFvNsL5T5JKTqrd"

/* --- by us */

static const struct {
	const char *name, *told, *want;
} dialled[] = {
	{ "private", "/ip4/192.168.1.20/tcp/1", "/ip4/192.168.1.20/tcp/1" },
	{ "with its own id", "/ip4/10.0.0.1/tcp/1/p2p/" ALICE,
	    "/ip4/10.0.0.1/tcp/1" },
	{ "with another's id", "/ip4/10.0.0.1/tcp/1/p2p/" BOB, NULL },
	{ "IPv6", "/ip6/2001:DB8::1/tcp/1", "/ip6/2001:db8::1/tcp/1" },
	{ "mapped", "/ip6/::ffff:10.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1" },
	{ "loopback", "/ip4/127.0.0.1/tcp/22", NULL },
	{ "loopback, mapped", "/ip6/::ffff:127.0.0.1/tcp/22", NULL },
	{ "IPv6 loopback", "/ip6/::1/tcp/22", NULL },
	{ "unspecified", "/ip4/0.0.0.0/tcp/1", NULL },
	{ "link-local IPv4: a LAN without DHCP", "/ip4/169.254.1.1/tcp/1",
	    "/ip4/169.254.1.1/tcp/1" },
	{ "multicast", "/ip4/224.0.0.251/tcp/1", NULL },
	{ "broadcast", "/ip4/255.255.255.255/tcp/1", NULL },
	{ "IPv6 multicast", "/ip6/ff02::fb/tcp/1", NULL },
	{ "link-local", "/ip6/fe80::1/tcp/1", NULL },
	{ "a zone of theirs", "/ip6zone/eth0/ip6/fe80::1/tcp/1", NULL },
	{ "port 0", "/ip4/10.0.0.1/tcp/0", NULL },
	{ "UDP", "/ip4/10.0.0.1/udp/1/quic-v1", NULL },
	{ "through a relay", "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit",
	    "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit" },
	{ "through a relay to her",
	    "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit/p2p/" ALICE,
	    "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit" },
	{ "through a relay to another",
	    "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit/p2p/" BOB, NULL },
	{ "through a relay on this machine",
	    "/ip4/127.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit", NULL },
	{ "through a relay without an id", "/ip4/10.0.0.1/tcp/1/p2p-circuit",
	    NULL },
	{ "a name", "/dns4/example.com/tcp/1", NULL },
	{ "nonsense", "10.0.0.1:1", NULL },
};

static void
dials_plausible_addresses(void **state)
{
	struct strings texts = { NULL, 0 };
	struct peer_id alice;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i < ARRAY_SIZE(dialled); i++) {
		print_message("case: %s\n", dialled[i].name);
		strings_add(&texts, dialled[i].told);
		strings_add(&texts, dialled[i].told); /* a double */
		assert_true(presence_addresses_filter(
		    &texts, &alice, PRESENCE_ADDRESSES_DIAL));
		assert_int_equal(texts.count, dialled[i].want != NULL);
		if (texts.count > 0)
			assert_string_equal(texts.items[0], dialled[i].want);
		strings_free(&texts);
	}
}

static void
dials_no_more_than_a_few(void **state)
{
	struct strings texts = { NULL, 0 };
	struct peer_id alice;
	char text[64];
	int i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i <= PRESENCE_ADDRESSES_DIALLED_MAX; i++) {
		snprintf(text, sizeof(text), "/ip4/10.0.0.%d/tcp/1", i);
		strings_add(&texts, text);
	}
	presence_addresses_filter(&texts, &alice, PRESENCE_ADDRESSES_DIAL);
	assert_int_equal(texts.count, PRESENCE_ADDRESSES_DIALLED_MAX);
	strings_free(&texts);
}

/* --- by a server */

static const struct {
	const char *name, *text;
	bool want;
} passed_on[] = {
	{ "private", "/ip4/192.168.1.20/tcp/1", true },
	{ "public", "/ip4/203.0.113.5/tcp/4001", true },
	{ "IPv6", "/ip6/2001:db8::1/tcp/1", true },
	{ "QUIC", "/ip4/10.0.0.1/udp/1/quic-v1", true },
	{ "named", "/ip4/10.0.0.1/tcp/1/p2p/" ALICE, true },
	{ "through a relay",
	    "/ip4/203.0.113.5/tcp/443/tls/sni/example.org/ws/p2p/" BOB
	    "/p2p-circuit",
	    true },
	{ "through a relay, named",
	    "/ip4/203.0.113.5/tcp/4001/p2p/" BOB "/p2p-circuit/p2p/" ALICE,
	    true },
	{ "a name", "/dns4/example.org/tcp/1", true },
	{ "of another peer", "/ip4/10.0.0.1/tcp/1/p2p/" BOB, false },
	{ "loopback", "/ip4/127.0.0.1/tcp/1", false },
	{ "all of loopback", "/ip4/127.9.9.9/tcp/1", false },
	{ "IPv6 loopback", "/ip6/::1/tcp/1", false },
	{ "loopback, mapped", "/ip6/::ffff:127.0.0.1/tcp/1", false },
	{ "loopback, long", "/ip6/0:0:0:0:0:0:0:1/tcp/1", false },
	{ "a relay at home", "/ip4/127.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit",
	    false },
	{ "unspecified", "/ip4/0.0.0.0/tcp/1", false },
	{ "IPv6 unspecified", "/ip6/::/tcp/1", false },
	{ "multicast", "/ip4/224.0.0.251/tcp/1", false },
	{ "IPv6 multicast", "/ip6/ff02::fb/tcp/1", false },
	{ "broadcast", "/ip4/255.255.255.255/tcp/1", false },
	{ "link-local", "/ip4/169.254.1.1/tcp/1", false },
	{ "IPv6 link-local", "/ip6/fe80::1/tcp/1", false },
	{ "a zone", "/ip6zone/eth0/ip6/fe80::1/tcp/1", false },
	{ "localhost", "/dns4/localhost/tcp/1", false },
	{ "localhost, in words", "/dns/a.LOCALHOST/tcp/1", false },
	{ "localhost of the root", "/dns4/localhost./tcp/1", false },
	{ "a name of the root", "/dns4/rendezvous.example./tcp/1", true },
	{ "loopback for a name", "/dns4/127.0.0.1/tcp/1", false },
	{ "loopback in one number", "/dns/2130706433/tcp/1", false },
	{ "loopback in hexadecimal", "/dns4/0x7f.1/tcp/1", false },
	{ "IPv6 for a name", "/dns6/::1/tcp/1", false },
	{ "no name", "/dns4/./tcp/1", false },
	{ "a path", "/tcp/1", false },
	{ "nonsense", "10.0.0.1:1", false },
	{ "nothing", "", false },
};

static void
passes_usable_addresses_on(void **state)
{
	struct strings texts = { NULL, 0 };
	struct peer_id alice;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i < ARRAY_SIZE(passed_on); i++) {
		print_message("case: %s\n", passed_on[i].name);
		strings_add(&texts, passed_on[i].text);
		assert_int_equal(presence_addresses_filter(&texts, &alice,
				     PRESENCE_ADDRESSES_PASS_ON),
		    !passed_on[i].want);
		assert_int_equal(texts.count, passed_on[i].want);
		if (texts.count > 0)
			assert_string_equal(texts.items[0], passed_on[i].text);
		strings_free(&texts);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dials_plausible_addresses),
		cmocka_unit_test(dials_no_more_than_a_few),
		cmocka_unit_test(passes_usable_addresses_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
