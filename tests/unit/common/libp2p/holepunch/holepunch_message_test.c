#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/libp2p/holepunch/holepunch_message.h"
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

static struct holepunch_message
round_trip(const char *name)
{
	struct bytes bytes = framed(name);
	struct holepunch_message message;
	struct buffer wire;
	size_t len, i;

	assert_int_equal(holepunch_message_decode(bytes, &message, &len), 0);
	assert_int_equal(len, bytes.len);
	buffer_init(&wire, HOLEPUNCH_MESSAGE_MAX);
	assert_int_equal(holepunch_message_encode(&message, &wire), 0);
	assert_true(bytes_equal(buffer_bytes(&wire), bytes));
	buffer_fini(&wire);
	for (i = 0; i < bytes.len; i++)
		assert_int_equal(
		    holepunch_message_decode(
			(struct bytes){ bytes.data, i }, &message, &len),
		    HOLEPUNCH_MORE);
	assert_int_equal(holepunch_message_decode(bytes, &message, &len), 0);
	return message;
}

static void
test_vectors(void **state)
{
	struct holepunch_message message;
	char text[MULTIADDR_TEXT_SIZE];

	(void)state;
	message = round_trip("DCUtR CONNECT");
	assert_int_equal(message.type, HOLEPUNCH_CONNECT);
	assert_int_equal(message.address_count, 1);
	multiaddr_print(&message.addresses[0], text);
	assert_string_equal(text, "/ip4/198.51.100.7/tcp/4001");
	message = round_trip("DCUtR SYNC");
	assert_int_equal(message.type, HOLEPUNCH_SYNC);
	assert_int_equal(message.address_count, 0);
}

static void
test_malformed(void **state)
{
	static const uint8_t other_type[] = { 2, 0x08, 0x07 };
	static const uint8_t no_type[] = { 0 };
	static const uint8_t not_protobuf[] = { 1, 0xff };
	static const uint8_t too_long[] = { 0xff, 0x7f };
	static const struct {
		const uint8_t *data;
		size_t len;
	} cases[] = { { other_type, sizeof(other_type) },
		{ no_type, sizeof(no_type) },
		{ not_protobuf, sizeof(not_protobuf) },
		{ too_long, sizeof(too_long) } };
	struct holepunch_message message;
	size_t len, i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_true(holepunch_message_decode(
				(struct bytes){ cases[i].data, cases[i].len },
				&message, &len) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
