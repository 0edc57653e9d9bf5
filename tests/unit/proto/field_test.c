#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"
#include "proto/field_msgpack.h"
#include "tests/unit/support/all_messages.h"

enum { ROOM = 2 * 1024 * 1024 };

/* --- every message, filled by its own table */

static void fill(const struct message *, void *record, bool is_full);

static char *
text_of(int64_t len)
{
	char *text = xzalloc((size_t)len + 1);

	memset(text, 'a', (size_t)len);
	if (len >= 2) /* not only ASCII */
		memcpy(text, "\xc3\xa9", 2);
	return text;
}

static void
fill_list(const struct field *field, struct records *records, bool is_full)
{
	size_t count = is_full ? 3 : 1, i;

	if (count > field->max_items)
		count = field->max_items;
	records->items = xzalloc(count * field->of->size);
	records->count = count;
	for (i = 0; i < count; i++)
		fill(field->of, (char *)records->items + i * field->of->size,
		    is_full);
}

/* is_full: each value at its limit, else just there. */
static void
fill_member(const struct field *field, void *member, bool is_full)
{
	int64_t len = is_full ? field->max : 1;
	struct octets *octets = member;
	CLEANUP_FREE char *item = NULL;

	switch (field->kind) {
	case FIELD_KIND_STR:
		*(const char **)member = text_of(is_full ? len : 0);
		break;
	case FIELD_KIND_BYTES:
		item = xzalloc((size_t)len);
		item[0] = '\xff';
		*octets =
		    octets_of((struct bytes){ (uint8_t *)item, (size_t)len });
		break;
	case FIELD_KIND_INT:
		*(int64_t *)member = is_full ? field->max : field->min;
		break;
	case FIELD_KIND_BOOL:
		*(bool *)member = true;
		break;
	case FIELD_KIND_STRS:
		item = text_of(len);
		strings_add(member, item);
		strings_add(member, "");
		break;
	case FIELD_KIND_LIST:
		fill_list(field, member, is_full);
		break;
	case FIELD_KIND_END:
		break;
	}
}

static void
fill(const struct message *message, void *record, bool is_full)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++)
		if (is_full || field->need == REQUIRED)
			fill_member(
			    field, (char *)record + field->offset, is_full);
}

typedef int encode_fn(const struct message *, const void *, struct buffer *);
typedef int decode_fn(const struct message *, struct bytes, void *, char **);

static void
round_trip(const struct message *message, bool is_full, encode_fn *encode,
    decode_fn *decode)
{
	void *record = xzalloc(message->size), *again = xzalloc(message->size),
	     *copy = xzalloc(message->size);
	struct buffer buffer;

	buffer_init(&buffer, ROOM);
	fill(message, record, is_full);
	message_copy(message, record, copy);
	assert_true(message_equal(message, record, copy));
	assert_int_equal(encode(message, record, &buffer), 0);
	assert_int_equal(
	    decode(message, buffer_bytes(&buffer), again, NULL), 0);
	assert_true(message_equal(message, copy, again));
	message_fini(message, record);
	message_fini(message, copy);
	message_fini(message, again);
	buffer_fini(&buffer);
	free(record);
	free(copy);
	free(again);
}

static void
test_round_trip(void **state)
{
	size_t i;
	int full;

	(void)state;
	for (i = 0; i < ALL_MESSAGES; i++)
		for (full = 0; full <= 1; full++) {
			print_message("%s\n", all_messages[i]->name);
			round_trip(all_messages[i], full,
			    message_encode_msgpack, message_decode_msgpack);
			round_trip(all_messages[i], full, message_encode_json,
			    message_decode_json);
		}
}

/* Each field is tracked by a bit, and keys are told apart. */
static void
test_tables_are_sound(void **state)
{
	const struct field *field, *other;
	size_t i;

	(void)state;
	for (i = 0; i < ALL_MESSAGES; i++) {
		for (field = all_messages[i]->fields;
		     field->kind != FIELD_KIND_END; field++)
			for (other = all_messages[i]->fields; other != field;
			     other++)
				assert_string_not_equal(field->key, other->key);
		assert_true(field - all_messages[i]->fields < 64);
	}
}

/* --- what breaks */

static void
truncate_everywhere(
    const struct message *message, encode_fn *encode, decode_fn *decode)
{
	void *record = xzalloc(message->size);
	struct buffer buffer;
	struct bytes whole;
	uint8_t *exact;
	size_t len;
	char *why;

	buffer_init(&buffer, ROOM);
	fill(message, record, false);
	assert_int_equal(encode(message, record, &buffer), 0);
	message_fini(message, record);
	whole = buffer_bytes(&buffer);
	for (len = 0; len < whole.len; len++) {
		why = NULL;
		exact = xmemdup(whole.data, len); /* so that ASan sees */
		assert_int_equal(
		    decode(message, (struct bytes){ exact, len }, record, &why),
		    -EBADMSG);
		assert_non_null(why);
		free(why);
		free(exact);
	}
	buffer_fini(&buffer);
	free(record);
}

static void
test_truncated(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ALL_MESSAGES; i++) {
		print_message("%s\n", all_messages[i]->name);
		truncate_everywhere(all_messages[i], message_encode_msgpack,
		    message_decode_msgpack);
		truncate_everywhere(
		    all_messages[i], message_encode_json, message_decode_json);
	}
}

#define BYTES(text) text, sizeof(text) - 1
static const struct {
	const char *name;
	const struct message *message;
	const char *data;
	size_t len;
	const char *why; /* NULL: it is fine */
} packed_cases[] = {
	{ "empty map", &nothing_message, BYTES("\x80"), NULL },
	{ "unknown keys", &peer_ref_message,
	    BYTES("\x83\xa1x\x93\x01\xc0\x81\xa1k\xca____"
		  "\xa7peer_id\xa2me\xa1y\xd8________________t"),
	    NULL },
	{ "a key that is no text", &peer_ref_message,
	    BYTES("\x82\x05\x06\xa7peer_id\xa2me"), NULL },
	{ "nil is absent", &daemon_ref_message, BYTES("\x81\xa4name\xc0"),
	    NULL },
	{ "nothing at all", &nothing_message, BYTES(""),
	    "nothing: truncated, nested too deep or not msgpack" },
	{ "not a map", &nothing_message, BYTES("\x90"), "nothing: not a map" },
	{ "more after the end", &nothing_message, BYTES("\x80\x80"),
	    "nothing: bytes after the end" },
	{ "unused mark", &nothing_message, BYTES("\x81\xa1x\xc1"),
	    "nothing: truncated, nested too deep or not msgpack" },
	{ "map of 4 billion", &nothing_message, BYTES("\xdf\xff\xff\xff\xff"),
	    "nothing: truncated, nested too deep or not msgpack" },
	{ "list of 4 billion", &daemon_status_message,
	    BYTES("\x81\xa8"
		  "counters\xdd\xff\xff\xff\xff"),
	    "daemon_status: truncated, nested too deep or not msgpack" },
	{ "text of 4 GiB", &peer_ref_message,
	    BYTES("\x81\xa7peer_id\xdb\xff\xff\xff\xff"),
	    "peer_ref: truncated, nested too deep or not msgpack" },
	{ "extension of 4 GiB", &nothing_message,
	    BYTES("\x81\xa1x\xc9\xff\xff\xff\xff\x01"),
	    "nothing: truncated, nested too deep or not msgpack" },
	{ "required nil", &peer_ref_message, BYTES("\x81\xa7peer_id\xc0"),
	    "peer_ref: peer_id: missing" },
	{ "required missing", &peer_ref_message, BYTES("\x80"),
	    "peer_ref: peer_id: missing" },
	{ "wrong type", &peer_ref_message, BYTES("\x81\xa7peer_id\x01"),
	    "peer_ref: peer_id: not a text" },
	{ "bytes for text", &peer_ref_message,
	    BYTES("\x81\xa7peer_id\xc4\x01x"),
	    "peer_ref: peer_id: not a text" },
	{ "a key twice", &peer_ref_message,
	    BYTES("\x82\xa7peer_id\xa1x\xa7peer_id\xa1y"),
	    "peer_ref: peer_id: twice" },
	{ "not UTF-8", &peer_ref_message, BYTES("\x81\xa7peer_id\xa1\xff"),
	    "peer_ref: peer_id: not UTF-8" },
	{ "a NUL", &peer_ref_message, BYTES("\x81\xa7peer_id\xa1\0"),
	    "peer_ref: peer_id: not UTF-8" },
	{ "out of range", &log_query_message,
	    BYTES("\x81\xa5limit\xcd\x01\xf5"),
	    "log_query: limit: not from 0 to 500" },
	{ "negative", &log_query_message, BYTES("\x81\xa5limit\xff"),
	    "log_query: limit: not from 0 to 500" },
	{ "above 63 bits", &log_query_message,
	    BYTES("\x81\xa5limit\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	    "log_query: limit: not from 0 to 500" },
	{ "fraction", &log_query_message,
	    BYTES("\x81\xa5limit\xca\x3f\x80\x00\x00"),
	    "log_query: limit: not a whole number" },
	{ "list of the wrong", &log_page_message,
	    BYTES("\x81\xa7"
		  "entries\x91\x01"),
	    "log_page: entries: not a list" },
	{ "eight levels", &nothing_message,
	    BYTES("\x81\xa1x\x91\x91\x91\x91\x91\x91\x91\x01"), NULL },
	{ "nine levels", &nothing_message,
	    BYTES("\x81\xa1x\x91\x91\x91\x91\x91\x91\x91\x91\x01"),
	    "nothing: truncated, nested too deep or not msgpack" },
};

static const struct {
	const char *name;
	const struct message *message;
	const char *text;
	const char *why; /* NULL: it is fine */
} json_cases[] = {
	{ "empty object", &nothing_message, "{}", NULL },
	{ "unknown keys", &peer_ref_message,
	    "{\"x\":[1,null,{\"k\":1.5}],\"peer_id\":\"me\"}", NULL },
	{ "null is absent", &daemon_ref_message, "{\"name\":null}", NULL },
	{ "required null", &peer_ref_message, "{\"peer_id\":null}",
	    "peer_ref: peer_id: missing" },
	{ "not an object", &nothing_message, "[]", "nothing: not an object" },
	{ "two values", &nothing_message, "{}{}",
	    "nothing: not JSON: end of file expected near '{'" },
	{ "a key twice", &nothing_message, "{\"a\":1,\"a\":2}",
	    "nothing: not JSON: duplicate object key near '\"a\"'" },
	{ "wrong type", &peer_ref_message, "{\"peer_id\":1}",
	    "peer_ref: peer_id: not a text" },
	{ "escaped NUL", &peer_ref_message, "{\"peer_id\":\"\\u0000\"}",
	    "peer_ref: not JSON: \\u0000 is not allowed without "
	    "JSON_ALLOW_NUL near '\"\\u0000\"'" },
	{ "out of range", &log_query_message, "{\"limit\":501}",
	    "log_query: limit: not from 0 to 500" },
	{ "fraction", &log_query_message, "{\"limit\":1.0}",
	    "log_query: limit: not a whole number" },
	{ "no base64", &publish_request_message,
	    "{\"topic\":\"t\",\"data\":\"AA=A\"}",
	    "publish_request: data: not bytes" },
	{ "base64 with a line break", &publish_request_message,
	    "{\"topic\":\"t\",\"data\":\"AAA\\n\"}",
	    "publish_request: data: not bytes" },
	{ "base64 of three", &publish_request_message,
	    "{\"topic\":\"t\",\"data\":\"AAA\"}",
	    "publish_request: data: not bytes" },
	{ "no bytes", &publish_request_message,
	    "{\"topic\":\"t\",\"data\":\"\"}", NULL },
	{ "eight levels", &nothing_message, "{\"x\":[[[[[[[1]]]]]]]}", NULL },
	{ "nine levels", &nothing_message, "{\"x\":[[[[[[[[1]]]]]]]]}",
	    "nothing: nested too deep" },
	{ "brackets in a text", &nothing_message,
	    "{\"x\":\"[[[[[[[[[[\\\"[[[[[[[[[[\"}", NULL },
};

static void
check_case(const struct message *message, struct bytes bytes, decode_fn *decode,
    const char *want)
{
	void *record = xzalloc(message->size);
	uint8_t *exact = xmemdup(bytes.data, bytes.len);
	char *why = NULL;
	int rc;

	rc = decode(message, (struct bytes){ exact, bytes.len }, record, &why);
	assert_int_equal(rc, want == NULL ? 0 : -EBADMSG);
	if (want != NULL)
		assert_string_equal(why, want);
	message_fini(message, record);
	free(why);
	free(exact);
	free(record);
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(packed_cases); i++) {
		print_message("msgpack: %s\n", packed_cases[i].name);
		check_case(packed_cases[i].message,
		    (struct bytes){ (const uint8_t *)packed_cases[i].data,
			packed_cases[i].len },
		    message_decode_msgpack, packed_cases[i].why);
	}
	for (i = 0; i < ARRAY_SIZE(json_cases); i++) {
		print_message("json: %s\n", json_cases[i].name);
		check_case(json_cases[i].message, bytes_of(json_cases[i].text),
		    message_decode_json, json_cases[i].why);
	}
}

/* A struct that breaks its own table is never sent. */
static void
test_encoder_refuses(void **state)
{
	char *label = text_of(GOOP_LABEL_MAX + 1);
	struct self_profile profile = { .label = label };
	struct peer_ref nobody = { NULL };
	struct log_query query = { .limit = 501 };
	struct identity_reply identity = { .peer_id = label };
	struct buffer buffer;
	int i;

	(void)state;
	buffer_init(&buffer, ROOM);
	assert_int_equal(
	    message_encode_msgpack(&self_profile_message, &profile, &buffer),
	    -EINVAL);
	assert_int_equal(
	    message_encode_json(&peer_ref_message, &nobody, &buffer), -EINVAL);
	assert_int_equal(
	    message_encode_json(&log_query_message, &query, &buffer), -EINVAL);
	label[4] = '\0';
	label[1] = 'x'; /* no UTF-8 any more */
	assert_int_equal(
	    message_encode_json(&identity_reply_message, &identity, &buffer),
	    -EINVAL);
	strcpy(label, "me");
	for (i = 0; i <= GOOP_ADDRESSES_MAX; i++)
		strings_add(&identity.addresses, "/ip4/1.2.3.4/tcp/1");
	assert_int_equal(
	    message_encode_msgpack(&identity_reply_message, &identity, &buffer),
	    -EINVAL);
	assert_int_equal(buffer.len, 0);
	strings_free(&identity.addresses);
	free(label);
}

static void
test_full_buffer_stays_as_it_was(void **state)
{
	struct peer_ref peer = { (char *)(uintptr_t) "somebody" };
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 12);
	assert_int_equal(
	    message_encode_msgpack(&peer_ref_message, &peer, &buffer),
	    -ENOBUFS);
	assert_int_equal(buffer.len, 0);
	assert_int_equal(buffer_append(&buffer, bytes_of("abc")), 0);
	assert_int_equal(
	    message_encode_json(&peer_ref_message, &peer, &buffer), -ENOBUFS);
	assert_true(bytes_equal(buffer_bytes(&buffer), bytes_of("abc")));
	buffer_fini(&buffer);
}

/* What the original sends, and what we send to it. */
static void
test_presence_as_the_original(void **state)
{
	static const char update[] =
	    "{\"type\":\"update\",\"peerId\":\"12D3KooWA\","
	    "\"content\":\"hello\",\"addrs\":[\"/ip4/192.168.1.20/tcp/41001\"],"
	    "\"encryptionSupported\":true,\"goopClientVersion\":\"2.4.60\","
	    "\"ts\":1700000000000}";
	static const char offline[] = "{\"type\":\"offline\","
				      "\"peerId\":\"12D3KooWA\","
				      "\"ts\":1700000000000}";
	const char *const texts[] = { update, offline };
	struct presence presence;
	struct buffer buffer;
	size_t i;

	(void)state;
	buffer_init(&buffer, ROOM);
	for (i = 0; i < 2; i++) {
		assert_int_equal(message_decode_json(&presence_gossip_message,
				     bytes_of(texts[i]), &presence, NULL),
		    0);
		assert_int_equal(message_encode_json(&presence_gossip_message,
				     &presence, &buffer),
		    0);
		assert_true(
		    bytes_equal(buffer_bytes(&buffer), bytes_of(texts[i])));
		buffer_fini(&buffer);
		presence_fini(&presence);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_tables_are_sound),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_encoder_refuses),
		cmocka_unit_test(test_full_buffer_stays_as_it_was),
		cmocka_unit_test(test_presence_as_the_original),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
