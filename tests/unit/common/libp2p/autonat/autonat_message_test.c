#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat_message.h"
#include "tests/unit/support/vectors.h"

static struct bytes
framed(const char *name)
{
	json_t *messages = vectors_get(vectors_load("nat"), "messages"), *row;
	size_t i;

	json_array_foreach(messages, i, row)
	{
		if (strcmp(vectors_text(row, "name"), name) == 0)
			return vectors_hex(row, "framed");
	}
	fail_msg("no vector is called %s", name);
	return (struct bytes){ 0 };
}

/* It decodes, and encodes to the same bytes. */
static struct autonat_message
round_trip(const char *name)
{
	struct bytes bytes = framed(name);
	struct autonat_message message;
	struct buffer wire;
	size_t len;

	assert_int_equal(autonat_message_decode(bytes, &message, &len), 0);
	assert_int_equal(len, bytes.len);
	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	assert_int_equal(autonat_message_encode(&message, &wire), 0);
	assert_true(bytes_equal(buffer_bytes(&wire), bytes));
	buffer_fini(&wire);
	return message;
}

static void
test_version_2(void **state)
{
	struct autonat_message message;
	char text[MULTIADDR_TEXT_SIZE];

	(void)state;
	message = round_trip("AutoNAT v2 DialRequest");
	assert_int_equal(message.type, AUTONAT_DIAL_REQUEST);
	assert_true(message.nonce == 0x1122334455667788);
	assert_int_equal(message.address_count, 1);
	multiaddr_print(&message.addresses[0], text);
	assert_string_equal(text, "/ip4/198.51.100.7/tcp/4001");

	message = round_trip("AutoNAT v2 DialDataRequest");
	assert_int_equal(message.type, AUTONAT_DATA_REQUEST);
	assert_int_equal(message.data_wanted, 30000);

	message = round_trip("AutoNAT v2 DialResponse OK");
	assert_int_equal(message.type, AUTONAT_DIAL_RESPONSE);
	assert_int_equal(message.status, AUTONAT_OK);
	assert_int_equal(message.dial_status, AUTONAT_DIALLED);
	assert_int_equal(message.index, 0);
}

static void
test_dial_back(void **state)
{
	uint64_t nonce = 0;
	struct buffer wire;
	size_t len;

	(void)state;
	assert_int_equal(
	    autonat_back_decode(framed("AutoNAT v2 DialBack"), &nonce, &len),
	    0);
	assert_true(nonce == 0x1122334455667788);
	buffer_init(&wire, AUTONAT_BACK_MAX);
	assert_int_equal(autonat_back_encode(nonce, &wire), 0);
	assert_true(
	    bytes_equal(buffer_bytes(&wire), framed("AutoNAT v2 DialBack")));
	buffer_consume(&wire, buffer_bytes(&wire).len);
	assert_int_equal(autonat_back_answer_encode(&wire), 0);
	assert_true(bytes_equal(buffer_bytes(&wire),
	    framed("AutoNAT v2 DialBackResponse OK (zero value)")));
	buffer_fini(&wire);
}

static void
test_version_1(void **state)
{
	static const char *const names[] = { "AutoNAT v1 DIAL",
		"AutoNAT v1 DIAL_RESPONSE OK",
		"AutoNAT v1 DIAL_RESPONSE E_DIAL_ERROR" };
	struct autonat1_message messages[3];
	struct buffer wire;
	size_t i, len;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct bytes bytes = framed(names[i]);

		assert_int_equal(
		    autonat1_message_decode(bytes, &messages[i], &len), 0);
		assert_int_equal(len, bytes.len);
		if (i == 2)
			continue; /* it has a sentence, which we leave out */
		buffer_init(&wire, AUTONAT1_MESSAGE_MAX);
		assert_int_equal(
		    autonat1_message_encode(&messages[i], &wire), 0);
		assert_true(bytes_equal(buffer_bytes(&wire), bytes));
		buffer_fini(&wire);
	}
	assert_int_equal(messages[0].type, AUTONAT1_DIAL);
	assert_true(messages[0].peer.len > 0);
	assert_int_equal(messages[0].address_count, 1);
	assert_int_equal(messages[1].status, AUTONAT1_OK);
	assert_int_equal(messages[1].address_count, 1);
	assert_int_equal(messages[2].status, AUTONAT1_DIAL_ERROR);
}

/* The place of an address in a request is its name in the answer. */
static void
test_a_malformed_address_keeps_its_place(void **state)
{
	static const uint8_t wire[] = { 21, 0x0a, 19,       /* DialRequest */
		0x0a, 1, 0xff,                              /* no address */
		0x0a, 8, 4, 198, 51, 100, 7, 6, 0x0f, 0xa1, /* one */
		0x0a, 4, 4, 198, 51, 100 };                 /* cut off */
	struct autonat_message message;
	size_t len;

	(void)state;
	assert_int_equal(
	    autonat_message_decode(
		(struct bytes){ wire, sizeof(wire) }, &message, &len),
	    0);
	assert_int_equal(message.address_count, 3);
	assert_int_equal(message.addresses[0].len, 0);
	assert_int_equal(message.addresses[1].len, 8);
	assert_int_equal(message.addresses[2].len, 0);
}

static void
test_bad(void **state)
{
	static const uint8_t empty[] = { 0 }, none[] = { 2, 0x28, 1 },
			     endless[] = { 0x81, 0x80, 0x01 },
			     part[] = { 5, 0x0a };
	struct autonat_message message;
	struct autonat1_message older;
	uint64_t nonce;
	size_t len;

	(void)state;
	assert_int_equal(
	    autonat_message_decode((struct bytes){ empty, 1 }, &message, &len),
	    -EINVAL);
	assert_int_equal(
	    autonat_message_decode((struct bytes){ none, 3 }, &message, &len),
	    -EINVAL);
	assert_int_equal(autonat_message_decode(
			     (struct bytes){ endless, 3 }, &message, &len),
	    -EMSGSIZE);
	assert_int_equal(
	    autonat_message_decode((struct bytes){ part, 2 }, &message, &len),
	    AUTONAT_MORE);
	assert_int_equal(
	    autonat_back_decode((struct bytes){ endless, 3 }, &nonce, &len),
	    -EMSGSIZE);
	assert_int_equal(
	    autonat1_message_decode((struct bytes){ endless, 3 }, &older, &len),
	    -EMSGSIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_2),
		cmocka_unit_test(test_dial_back),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_a_malformed_address_keeps_its_place),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
