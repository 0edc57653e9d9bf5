/* mDNS packets: recorded, our own, and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/hex.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/mdns_world.h"

static const struct {
	const char *name;
	bool asks;
	const char *asked_label;
	size_t instances;
	uint32_t ttl_s;
	const char *address; /* the last */
} cases[] = {
	{ "js query", true, "", 0, 0, NULL },
	{ "go query", true, "", 0, 0, NULL },
	{ "js response to a query", false, "", 1, 120,
	    "/ip4/127.0.0.1/tcp/4111" },
	{ "go response to a query", false, "", 1, 3200,
	    "/ip4/192.0.2.7/tcp/4222" },
	{ "go probe (query with authority section; ignore it)", false, "", 0, 0,
	    NULL },
	{ "go unsolicited announcement", false, "", 1, 3200,
	    "/ip4/192.0.2.7/tcp/4222" },
	{ "go goodbye (ttl 0)", false, "", 1, 0, "/ip4/192.0.2.7/tcp/4222" },
};

static void
reads_recorded_packets(void **state)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	struct mdns_service *service;
	char text[MDNS_ADDRESS_TEXT_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(mdns_service_new("GOOP-mdns", &service), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_int_equal(mdns_packet_decode(
				     service, captured(cases[i].name), packet),
		    0);
		assert_int_equal(packet->asks_service, cases[i].asks);
		assert_string_equal(packet->asked_label, cases[i].asked_label);
		assert_int_equal(packet->count, cases[i].instances);
		if (packet->count == 0)
			continue;
		assert_int_equal(packet->instances[0].ttl_s, cases[i].ttl_s);
		assert_true(packet->instances[0].count > 0);
		mdns_address_print(
		    &packet->instances[0]
			 .addresses[packet->instances[0].count - 1],
		    0, text);
		assert_string_equal(text, cases[i].address);
	}
	mdns_service_free(service);
	free(packet);
}

static void
writes_the_known_query(void **state)
{
	static const char want[] = "000000000001000000000000"
				   "09676f6f702d6d646e73056c6f63616c00000c0001";
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	char hex[2 * MDNS_PACKET_OUT_MAX + 1];
	int len;

	(void)state;
	assert_int_equal(mdns_service_new(MDNS_TAG, &service), 0);
	len = mdns_query_encode(service, 0, out);
	assert_true(len > 0);
	hex_print((struct bytes){ out, (size_t)len }, hex);
	assert_string_equal(hex, want);
	mdns_service_free(service);
}

/* Read our packet with libldns itself: what go and js peers look for. */
static void
tells_all_in_one_packet(void **state)
{
	struct mdns_address addresses[2] = { ip("192.168.1.20"),
		ip("2001:db8::1") };
	struct peer_id alice = peer(ALICE);
	struct mdns_self self = { "abc", &alice, 41001, addresses, 2, 120,
		NULL };
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	char text[MDNS_ADDRESS_TEXT_SIZE];
	int len;

	(void)state;
	assert_int_equal(mdns_service_new(MDNS_TAG, &service), 0);
	len = mdns_self_encode(service, &self, out);
	assert_true(len > 0);
	/* QR and AA; 1 answer; SRV, TXT, A, AAAA beside it. */
	assert_memory_equal(out, "\0\0\x84\0\0\0\0\1\0\0\0\4", 12);
	assert_int_equal(mdns_packet_decode(service,
			     (struct bytes){ out, (size_t)len }, packet),
	    0);
	assert_int_equal(packet->count, 1);
	assert_string_equal(packet->instances[0].label, "abc");
	assert_int_equal(packet->instances[0].count, 2);
	mdns_address_print(&packet->instances[0].addresses[1], 0, text);
	assert_string_equal(text, "/ip6/2001:db8::1/tcp/41001");
	free(packet);
	mdns_service_free(service);
}

static void
a_packet_full_of_addresses_fits(void **state)
{
	struct mdns_address addresses[MDNS_INTERFACE_ADDRESSES_MAX];
	struct peer_id alice = peer(ALICE);
	struct mdns_self self = { "abcdefghijklmnopqrstuvwxyz012345", &alice,
		65535, addresses, MDNS_INTERFACE_ADDRESSES_MAX, 120, NULL };
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	size_t i;

	(void)state;
	for (i = 0; i < MDNS_INTERFACE_ADDRESSES_MAX; i++) {
		addresses[i] = ip("2001:db8:1111:2222:3333:4444:5555:6666");
		addresses[i].ip[0] = (uint8_t)(0x20 + i);
	}
	assert_int_equal(mdns_service_new(MDNS_TAG, &service), 0);
	assert_true(mdns_self_encode(service, &self, out) > 0);
	mdns_service_free(service);
}

static const struct {
	const char *name, *tag;
	int want;
} tags[] = {
	{ "usual", "goop-mdns", 0 },
	{ "of several labels", "_p2p._udp", 0 },
	{ "empty", "", -EINVAL },
	{ "dot", ".", -EINVAL },
	{ "two dots", "a..b", -EINVAL },
	{ "label too long",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    -EINVAL },
};

static void
a_tag_has_to_be_a_name(void **state)
{
	struct mdns_service *service;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		print_message("case: %s\n", tags[i].name);
		rc = mdns_service_new(tags[i].tag, &service);
		assert_int_equal(rc, tags[i].want);
		if (rc == 0)
			mdns_service_free(service);
	}
}

/* --- hostile packets: an answer around one record of our choice */

static const struct {
	const char *name, *hex;
	int want;
} hostile[] = {
	{ "empty", "", -EBADMSG },
	{ "half a header", "0000840000", -EBADMSG },
	{ "counts that lie", "00008400000000ff00000000", -EBADMSG },
	{ "too many records", "000084000000ffffffffffff", -EBADMSG },
	{ "a name that points to itself",
	    "000000000001000000000000c00c000c0001", -EBADMSG },
	{ "two names that point to each other",
	    "000000000001000000000000c00ec00c000c0001", -EBADMSG },
	{ "a pointer past the end", "000000000001000000000000cfff000c0001",
	    -EBADMSG },
	{ "a name without end", "0000000000010000000000003f616161", -EBADMSG },
	{ "record data past the end",
	    "00008400000000010000000000001000010000007800ff", -EBADMSG },
	{ "an opcode that is no query",
	    "00002800000100000000000009676f6f702d6d646e73056c6f63616c00"
	    "000c0001",
	    0 },
};

static void
hostile_packets_are_refused(void **state)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	uint8_t wire[256];
	struct mdns_service *service;
	size_t i, len;

	(void)state;
	assert_int_equal(mdns_service_new(MDNS_TAG, &service), 0);
	for (i = 0; i < ARRAY_SIZE(hostile); i++) {
		print_message("case: %s\n", hostile[i].name);
		len = strlen(hostile[i].hex) / 2;
		assert_int_equal(hex_parse(hostile[i].hex, wire, len), 0);
		assert_int_equal(mdns_packet_decode(service,
				     (struct bytes){ wire, len }, packet),
		    hostile[i].want);
		assert_false(packet->asks_service);
		assert_int_equal(packet->count, 0);
	}
	mdns_service_free(service);
	free(packet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_recorded_packets),
		cmocka_unit_test(writes_the_known_query),
		cmocka_unit_test(tells_all_in_one_packet),
		cmocka_unit_test(a_packet_full_of_addresses_fits),
		cmocka_unit_test(a_tag_has_to_be_a_name),
		cmocka_unit_test(hostile_packets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
