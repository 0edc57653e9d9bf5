#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/libp2p/relay/relay_message.h"
#include "tests/unit/support/vectors.h"

static enum relay_kind
kind_of(const char *name)
{
	return strncmp(name, "HOP", 3) == 0 ? RELAY_HOP : RELAY_STOP;
}

/* Each decodes; what has no voucher encodes to the same bytes. */
static void
test_vectors(void **state)
{
	json_t *messages = vectors_get(vectors_load("relay"), "messages"), *row;
	struct relay_message message;
	struct buffer wire;
	size_t i, len;

	(void)state;
	assert_int_equal(json_array_size(messages), 10);
	json_array_foreach(messages, i, row)
	{
		const char *name = vectors_text(row, "name");
		struct bytes framed = vectors_hex(row, "framed");

		assert_int_equal(
		    relay_message_decode(kind_of(name), framed, &message, &len),
		    0);
		assert_int_equal(len, framed.len);
		if (message.expire > 0)
			continue;
		buffer_init(&wire, RELAY_MESSAGE_MAX);
		assert_int_equal(
		    relay_message_encode(kind_of(name), &message, &wire), 0);
		assert_true(bytes_equal(buffer_bytes(&wire), framed));
		buffer_fini(&wire);
	}
}

static struct relay_message
named(const char *name)
{
	json_t *messages = vectors_get(vectors_load("relay"), "messages"), *row;
	struct relay_message message = { 0 };
	size_t i, len;

	json_array_foreach(
	    messages, i, row) if (!strcmp(vectors_text(row, "name"), name))
	    assert_int_equal(relay_message_decode(kind_of(name),
				 vectors_hex(row, "framed"), &message, &len),
		0);
	return message;
}

static void
test_values(void **state)
{
	const json_t *file = vectors_load("relay");
	struct relay_message message;
	char text[MULTIADDR_TEXT_SIZE], id[PEER_ID_TEXT_SIZE];

	(void)state;
	message = named("HOP STATUS OK with reservation and limit");
	assert_int_equal(message.type, RELAY_STATUS);
	assert_int_equal(message.status, RELAY_OK);
	assert_int_equal(message.expire, 1893456000);
	assert_int_equal(message.address_count, 1);
	multiaddr_print(&message.addresses[0], text);
	assert_non_null(strstr(text, vectors_text(file, "relay")));
	assert_true(message.has_limit);
	assert_int_equal(message.limit_s, 120);
	assert_int_equal(message.limit_bytes, 131072);

	message = named("HOP CONNECT to A");
	assert_int_equal(message.type, RELAY_CONNECT);
	peer_id_print(&message.peer, id);
	assert_string_equal(id, vectors_text(file, "peer"));
	assert_false(message.has_limit);

	message = named("STOP CONNECT from B with limit");
	assert_int_equal(message.type, RELAY_CONNECT);
	peer_id_print(&message.peer, id);
	assert_string_equal(id, vectors_text(file, "relay"));
	assert_true(message.has_limit);
	assert_int_equal(
	    named("HOP STATUS NO_RESERVATION").status, RELAY_NO_RESERVATION);
}

static void
test_reservation_round_trip(void **state)
{
	struct relay_message message = { .type = RELAY_STATUS,
		.status = RELAY_OK,
		.expire = 42,
		.address_count = 2 };
	struct relay_message back;
	struct buffer wire;
	size_t len;

	(void)state;
	assert_int_equal(
	    multiaddr_parse("/ip4/1.2.3.4/tcp/5", &message.addresses[0]), 0);
	assert_int_equal(
	    multiaddr_parse("/ip6/2a05::1/tcp/5", &message.addresses[1]), 0);
	buffer_init(&wire, RELAY_MESSAGE_MAX);
	assert_int_equal(relay_message_encode(RELAY_HOP, &message, &wire), 0);
	/* What follows belongs to the circuit. */
	assert_int_equal(buffer_append(&wire, bytes_of("noise")), 0);
	assert_int_equal(
	    relay_message_decode(RELAY_HOP, buffer_bytes(&wire), &back, &len),
	    0);
	assert_int_equal(len, wire.len - strlen("noise"));
	assert_int_equal(back.expire, 42);
	assert_int_equal(back.address_count, 2);
	assert_true(multiaddr_equal(&back.addresses[1], &message.addresses[1]));
	buffer_fini(&wire);
}

static int
decode(enum relay_kind kind, const char *bytes, size_t len)
{
	struct relay_message message;
	size_t used;

	return relay_message_decode(kind,
	    (struct bytes){ (const uint8_t *)bytes, len }, &message, &used);
}

static void
test_refused(void **state)
{
	(void)state;
	assert_int_equal(decode(RELAY_HOP, "", 0), RELAY_MORE);
	assert_int_equal(decode(RELAY_HOP, "\x02\x08", 2), RELAY_MORE);
	assert_int_equal(decode(RELAY_HOP, "\x02\x08\x03", 3), -EINVAL);
	assert_int_equal(decode(RELAY_STOP, "\x02\x08\x02", 3), -EINVAL);
	assert_int_equal(decode(RELAY_HOP, "\x03\xff\xff\xff", 4), -EINVAL);
	/* A peer without an id, and 4097 bytes. */
	assert_int_equal(decode(RELAY_HOP, "\x04\x08\x01\x12\x00", 5), -EINVAL);
	assert_int_equal(decode(RELAY_HOP, "\x81\x20", 2), -EMSGSIZE);
	assert_string_equal(relay_status_text(RELAY_NO_RESERVATION),
	    "the peer is not at this relay");
	assert_non_null(relay_status_text(12345));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_reservation_round_trip),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
