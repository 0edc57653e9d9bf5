#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/libp2p/host/identify.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "tests/unit/support/vectors.h"

/* A message without its length, as some vectors have it. */
static void
decode_bare(struct bytes message, struct identify *ret)
{
	struct buffer framed;
	size_t len;

	buffer_init(&framed, message.len + UVARINT_SIZE_MAX);
	assert_int_equal(uvarint_append(&framed, message.len), 0);
	assert_int_equal(buffer_append(&framed, message), 0);
	identify_init(ret);
	assert_int_equal(identify_decode(buffer_bytes(&framed), ret, &len), 0);
	assert_int_equal(len, framed.len);
	buffer_fini(&framed);
}

static void
check_fields(const struct identify *identify, const json_t *fields)
{
	json_t *list, *entry;
	struct bytes bytes;
	size_t i;

	bytes = vectors_hex(fields, "publicKey");
	assert_int_equal(identify->public_key_len, bytes.len);
	assert_memory_equal(identify->public_key, bytes.data, bytes.len);
	list = vectors_get(fields, "listenAddrs");
	assert_int_equal(identify->listen_count, json_array_size(list));
	json_array_foreach(list, i, entry) assert_true(bytes_equal(
	    vectors_hex_of(entry), multiaddr_bytes(&identify->listen[i])));
	list = vectors_get(fields, "protocols");
	assert_int_equal(identify->protocol_count, json_array_size(list));
	json_array_foreach(list, i, entry)
	    assert_true(identify_speaks(identify, json_string_value(entry)));
	assert_true(bytes_equal(vectors_hex(fields, "observedAddr"),
	    multiaddr_bytes(&identify->observed)));
	assert_string_equal(
	    identify->agent, vectors_text(fields, "agentVersion"));
	assert_string_equal(identify->protocol_version,
	    vectors_text(fields, "protocolVersion"));
}

static void
test_vectors(void **state)
{
	json_t *vector = vectors_get(vectors_load("identify"), "identify");
	json_t *fields = vectors_get(vector, "fields");
	struct identify identify;

	(void)state;
	decode_bare(vectors_hex(vector, "message"), &identify);
	check_fields(&identify, fields);
	identify_fini(&identify);
	decode_bare(vectors_hex(vector, "js_encoded"), &identify);
	check_fields(&identify, fields);
	identify_fini(&identify);
}

static void
test_live_js_message(void **state)
{
	json_t *live =
	    vectors_get(vectors_load("identify"), "live_js_identify");
	struct identify identify;

	(void)state;
	decode_bare(vectors_hex(live, "message"), &identify);
	assert_string_equal(identify.agent, "js-libp2p/3.3.11 node/20.20.2");
	assert_true(identify_speaks(&identify, "/meshsub/1.2.0"));
	assert_int_equal(identify.listen_count, 1);
	identify_fini(&identify);
}

static void
test_round_trip_and_merge(void **state)
{
	struct identify said, heard;
	struct multiaddr address;
	struct buffer wire;
	size_t len;

	(void)state;
	buffer_init(&wire, IDENTIFY_MESSAGE_MAX);
	identify_init(&said);
	identify_init(&heard);
	strcpy(said.agent, "test/1");
	identify_add_protocol(&said, "/a/1");
	identify_add_protocol(&said, "/a/1");
	assert_int_equal(multiaddr_parse("/ip4/10.0.0.1/tcp/7", &address), 0);
	identify_add_address(&said, &address);
	assert_int_equal(identify_encode(&said, &wire), 0);
	assert_int_equal(identify_decode(buffer_bytes(&wire), &heard, &len), 0);
	assert_int_equal(len, wire.len);
	buffer_fini(&wire);
	/* A second part adds to the first. */
	identify_add_protocol(&said, "/b/1");
	assert_int_equal(identify_encode(&said, &wire), 0);
	assert_int_equal(identify_decode(buffer_bytes(&wire), &heard, &len), 0);
	assert_int_equal(heard.protocol_count, 2);
	assert_int_equal(heard.listen_count, 1);
	assert_string_equal(heard.agent, "test/1");
	buffer_fini(&wire);
	identify_fini(&said);
	identify_fini(&heard);
}

static const struct {
	const char *name;
	struct bytes input;
	int want;
} malformed[] = {
	{ "nothing yet", { (const uint8_t *)"", 0 }, IDENTIFY_MORE },
	{ "half a message", { (const uint8_t *)"\x05\x0a", 2 }, IDENTIFY_MORE },
	{ "not protobuf", { (const uint8_t *)"\x02\xff\xff", 3 }, -EINVAL },
	{ "too long", { (const uint8_t *)"\x81\x40", 2 }, -EMSGSIZE },
	{ "a length without end",
	    { (const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10 },
	    -EINVAL },
};

static void
test_malformed(void **state)
{
	struct identify identify;
	size_t i, len = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(malformed); i++) {
		print_message("  %s\n", malformed[i].name);
		identify_init(&identify);
		assert_int_equal(
		    identify_decode(malformed[i].input, &identify, &len),
		    malformed[i].want);
		identify_fini(&identify);
	}
}

static void
test_limits(void **state)
{
	struct identify identify;
	char protocol[2 * IDENTIFY_PROTOCOL_SIZE];
	size_t i;

	(void)state;
	identify_init(&identify);
	memset(protocol, 'x', sizeof(protocol));
	protocol[IDENTIFY_PROTOCOL_SIZE] = '\0';
	identify_add_protocol(&identify, protocol);
	assert_int_equal(identify.protocol_count, 0);
	for (i = 0; i < 2 * IDENTIFY_PROTOCOLS_MAX; i++) {
		snprintf(protocol, sizeof(protocol), "/p/%zu", i);
		identify_add_protocol(&identify, protocol);
	}
	assert_int_equal(identify.protocol_count, IDENTIFY_PROTOCOLS_MAX);
	identify_fini(&identify);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_live_js_message),
		cmocka_unit_test(test_round_trip_and_merge),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("identify", tests, NULL, NULL);
}
