#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "goopd/port_mapper/pcp_message.h"

enum { ANNOUNCE_SIZE = 24 };

static struct mapping_ask
make_ask(enum mapping_step step)
{
	struct mapping_ask ask = {
		.step = step,
		.internal_port = 4001,
		.external_port = 4002,
		.nonce = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
	};

	assert_int_equal(
	    mapping_address_parse("192.168.1.7", &ask.network.own), 0);
	return ask;
}

/* The answer that a router makes of the request. */
static void
make_answer(uint8_t packet[PCP_MAP_SIZE], const char *external, uint16_t port,
    uint32_t lifetime, uint8_t result)
{
	struct in6_addr address = { 0 };

	assert_int_equal(mapping_address_parse(external, &address), 0);
	packet[1] |= 0x80;
	packet[3] = result;
	store_be32(packet + 4, lifetime);
	store_be32(packet + 8, 77); /* its epoch */
	memset(packet + 12, 0, 12);
	store_be16(packet + 42, port);
	memcpy(packet + 44, &address, sizeof(address));
}

static void
test_request(void **state)
{
	/* RFC 6887, 7.1 and 11.1 */
	static const uint8_t wanted[PCP_MAP_SIZE] = { 2, 1, 0, 0, 0, 0, 0x1c,
		0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 7,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 6, 0, 0, 0, 0x0f, 0xa1,
		0x0f, 0xa2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct mapping_ask ask = make_ask(MAPPING_MAP);
	uint8_t packet[PCP_MAP_SIZE];

	(void)state;
	assert_int_equal(pcp_request_encode(&ask, packet), PCP_MAP_SIZE);
	assert_memory_equal(packet, wanted, PCP_MAP_SIZE);
	ask.step = MAPPING_DELETE;
	assert_int_equal(pcp_request_encode(&ask, packet), PCP_MAP_SIZE);
	assert_memory_equal(packet + 4, "\0\0\0\0", 4);
	ask.step = MAPPING_CHECK;
	assert_int_equal(pcp_request_encode(&ask, packet), ANNOUNCE_SIZE);
	assert_int_equal(packet[1], 0);
}

static void
test_answers(void **state)
{
	static const struct {
		const char *name, *external;
		uint16_t port;
		uint32_t lifetime;
		uint8_t result;
		enum mapping_verdict verdict;
	} cases[] = {
		{ "granted", "45.77.5.10", 4002, 3600, 0, MAPPING_GRANTED },
		{ "all ports", "45.77.5.10", 0, 3600, 0, MAPPING_MALFORMED },
		{ "no time", "45.77.5.10", 4002, 0, 0, MAPPING_MALFORMED },
		{ "any address", "0.0.0.0", 4002, 9, 0, MAPPING_MALFORMED },
		{ "IPv6", "2a05:f480::1", 4002, 9, 0, MAPPING_MALFORMED },
		{ "refused", "0.0.0.0", 0, 9, 2, MAPPING_SWITCHED_OFF },
		{ "no network", "0.0.0.0", 0, 9, 7, MAPPING_NO_PUBLIC_ADDRESS },
		{ "full", "45.77.5.10", 0, 9, 8, MAPPING_TABLE_FULL },
		{ "carrier", "100.64.5.2", 0, 9, 8, MAPPING_NO_PUBLIC_ADDRESS },
		{ "taken", "0.0.0.0", 0, 9, 11, MAPPING_CONFLICT },
		{ "unknown", "0.0.0.0", 0, 9, 200, MAPPING_FAILED },
	};
	struct mapping_ask ask = make_ask(MAPPING_MAP);
	struct mapping_answer answer;
	uint8_t packet[PCP_MAP_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pcp_request_encode(&ask, packet);
		make_answer(packet, cases[i].external, cases[i].port,
		    cases[i].lifetime, cases[i].result);
		assert_int_equal(
		    pcp_answer_decode((struct bytes){ packet, sizeof(packet) },
			&ask, &answer),
		    0);
		if (answer.verdict != cases[i].verdict)
			fail_msg("%s: got %d, want %d", cases[i].name,
			    answer.verdict, cases[i].verdict);
		assert_true(answer.has_epoch);
		assert_int_equal(answer.epoch_s, 77);
	}
}

static void
test_not_ours(void **state)
{
	static const uint8_t nat_pmp[] = { 0, 0x80, 0, 1, 0, 0, 0, 9 };
	struct mapping_ask ask = make_ask(MAPPING_MAP);
	struct mapping_answer answer = { 0 };
	uint8_t packet[PCP_MAP_SIZE];
	struct bytes bytes = { packet, sizeof(packet) };

	(void)state;
	pcp_request_encode(&ask, packet);
	/* a request is no answer */
	assert_int_equal(pcp_answer_decode(bytes, &ask, &answer), -EBADMSG);
	make_answer(packet, "45.77.5.10", 4002, 3600, 0);
	packet[24] ^= 1; /* another's nonce */
	assert_int_equal(pcp_answer_decode(bytes, &ask, &answer), -ENOMSG);
	packet[24] ^= 1;
	packet[41] ^= 1; /* another port */
	assert_int_equal(pcp_answer_decode(bytes, &ask, &answer), -ENOMSG);
	packet[41] ^= 1;
	bytes.len = PCP_MAP_SIZE - 4;
	assert_int_equal(pcp_answer_decode(bytes, &ask, &answer), -EBADMSG);
	assert_int_equal(
	    pcp_answer_decode(
		(struct bytes){ nat_pmp, sizeof(nat_pmp) }, &ask, &answer),
	    0);
	assert_int_equal(answer.verdict, MAPPING_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
