/* The message of a rendezvous server, as docs/rendezvous-1.1.md has it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/presence/presence.h"
#include "proto/field_json.h"

/* Everything in it, in the order of the original. */
#define FULL \
	"{\"type\":\"update\",\"peerId\":\"12D3\",\"content\":\"me\"," \
	"\"email\":\"a@b\",\"avatarHash\":\"ff\",\"videoDisabled\":true," \
	"\"activeTemplate\":\"blog\",\"target\":\"x\"," \
	"\"addrs\":[\"/ip4/10.0.0.2/tcp/4001\"],\"verificationToken\":\"t\"," \
	"\"publicKey\":\"k\",\"encryptionSupported\":true," \
	"\"goopClientVersion\":\"1\",\"ts\":7,\"verified\":true," \
	"\"proof\":\"p\"}"

/* What is read is written like this again; NULL: refused */
/* clang-format off */
static const struct { const char *name, *in, *contract, *heard; } cases[] = {
	{ "all of it", FULL, FULL, FULL },
	{ "the least",
	    "{\"type\":\"offline\",\"peerId\":\"a\",\"ts\":0}",
	    "{\"type\":\"offline\",\"peerId\":\"a\",\"ts\":0}",
	    "{\"type\":\"offline\",\"peerId\":\"a\"}" },
	{ "begin",
	    "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":true}", NULL,
	    "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":true}" },
	{ "unknown keys, null",
	    "{\"ts\":1,\"x\":{\"y\":[]},\"peerId\":\"a\",\"type\":\"t\",\"email\":null}",
	    "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1}",
	    "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1}" },
	{ "nothing in it", "{}", NULL, "{}" },
	{ "a time before 1970", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":-1}", NULL,
	    "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":-1}" },
	{ "time as a text", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":\"1\"}", NULL, NULL },
	{ "time as a fraction", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1.5}", NULL, NULL },
	{ "addrs no list", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1,\"addrs\":\"x\"}", NULL, NULL },
	{ "an address no text", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1,\"addrs\":[1]}", NULL, NULL },
	{ "a list", "[]", NULL, NULL },
	{ "nothing", "", NULL, NULL },
	{ "two of them", "{\"type\":\"t\",\"peerId\":\"a\",\"ts\":1}{}", NULL, NULL },
};
/* clang-format on */

static void
check(const struct message *message, const char *in, const char *want)
{
	struct presence decoded;
	struct buffer json;
	char *why = NULL;
	int rc;

	rc = message_decode_json(message, bytes_of(in), &decoded, &why);
	assert_int_equal(rc, want == NULL ? -EBADMSG : 0);
	free(why);
	if (rc < 0)
		return;
	buffer_init(&json, RENDEZVOUS_MESSAGE_MAX);
	assert_int_equal(message_encode_json(message, &decoded, &json), 0);
	assert_int_equal(json.len, strlen(want));
	assert_memory_equal(buffer_bytes(&json).data, want, json.len);
	buffer_fini(&json);
	message_fini(message, &decoded);
}

static void
reads_what_it_writes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		check(&presence_server_message, cases[i].in, cases[i].contract);
		check(&presence_published_message, cases[i].in, cases[i].heard);
	}
}

/* The limits of the contract, to the byte. */
static const struct {
	const char *key;
	size_t max;
} limits[] = {
	{ "type", 16 },
	{ "peerId", 256 },
	{ "content", 4096 },
	{ "email", 320 },
	{ "avatarHash", 128 },
	{ "activeTemplate", 256 },
	{ "target", 256 },
	{ "verificationToken", 1024 },
	{ "publicKey", 128 },
	{ "goopClientVersion", 64 },
	{ "proof", 88 },
	{ "cursor", 64 },
};

static int
decode_with(const char *key, size_t len)
{
	CLEANUP_FREE char *value = xzalloc(len + 1);
	CLEANUP_FREE char *in = NULL;
	struct presence decoded;
	int rc;

	memset(value, 'x', len);
	/* The key that is tried may be one of the required: then it is there
	 * once. */
	in = xasprintf("{%s%s\"ts\":1,\"%s\":\"%s\"}",
	    strcmp(key, "type") == 0 ? "" : "\"type\":\"t\",",
	    strcmp(key, "peerId") == 0 ? "" : "\"peerId\":\"a\",", key, value);
	rc = message_decode_json(
	    &presence_server_message, bytes_of(in), &decoded, NULL);
	if (rc == 0)
		presence_fini(&decoded);
	return rc;
}

static void
keeps_its_limits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		print_message("case: %s\n", limits[i].key);
		assert_int_equal(decode_with(limits[i].key, limits[i].max), 0);
		assert_int_equal(
		    decode_with(limits[i].key, limits[i].max + 1), -EBADMSG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(keeps_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
