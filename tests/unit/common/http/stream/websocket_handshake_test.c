/* The beginning of a WebSocket, from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "common/http/stream/websocket_handshake.h"

#define GOOD_KEY "dGhlIHNhbXBsZSBub25jZQ=="

#define ASKED(...) \
	{ \
		.is_get = true, .host = "server.example.com", \
		.upgrade = "websocket", .connection = "Upgrade", \
		.version = "13", .key = GOOD_KEY, __VA_ARGS__ \
	}

/* clang-format off */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct {
	const char *name;
	struct websocket_request request;
	int want;
} cases[] = {
	{ "RFC 6455, 1.2", ASKED(.host = "server.example.com"), 0 },
	{ "a list of words", ASKED(.connection = "keep-alive,UPGRADE"), 0 },
	{ "any case", ASKED(.upgrade = "WebSocket"), 0 },
	{ "not GET", ASKED(.is_get = false), WEBSOCKET_MALFORMED },
	{ "no Upgrade", ASKED(.upgrade = NULL), WEBSOCKET_MALFORMED },
	{ "another protocol", ASKED(.upgrade = "h2c"), WEBSOCKET_MALFORMED },
	{ "no Connection", ASKED(.connection = NULL), WEBSOCKET_MALFORMED },
	{ "part of a word", ASKED(.connection = "upgraded"),
	    WEBSOCKET_MALFORMED },
	{ "no version", ASKED(.version = NULL), WEBSOCKET_VERSION },
	{ "an old version", ASKED(.version = "8"), WEBSOCKET_VERSION },
	{ "no key", ASKED(.key = NULL), WEBSOCKET_MALFORMED },
	{ "an empty key", ASKED(.key = ""), WEBSOCKET_MALFORMED },
	{ "a short key", ASKED(.key = "dGhlIHNhbXBsZSBub24="),
	    WEBSOCKET_MALFORMED },
	{ "a key of 18 bytes", ASKED(.key = "dGhlIHNhbXBsZSBub25jZWFh"),
	    WEBSOCKET_MALFORMED },
	{ "a key that is no base64", ASKED(.key = "dGhlIHNhbXBsZS*ub25jZQ=="),
	    WEBSOCKET_MALFORMED },
	{ "own page", ASKED(.origin = "http://server.example.com"), 0 },
	{ "own page, https behind a proxy",
	    ASKED(.origin = "https://server.example.com"), 0 },
	{ "own page, port said", ASKED(.origin = "https://a:443", .host = "a"),
	    0 },
	{ "own page, other port",
	    ASKED(.origin = "http://A:8787", .host = "a:8787"), 0 },
	{ "page of another port",
	    ASKED(.origin = "http://a:8080", .host = "a:8787"),
	    WEBSOCKET_FOREIGN },
	{ "page of another host", ASKED(.origin = "https://evil.example"),
	    WEBSOCKET_FOREIGN },
	{ "page of a longer host",
	    ASKED(.origin = "http://server.example.com.evil"),
	    WEBSOCKET_FOREIGN },
	{ "page of nowhere", ASKED(.origin = "null"), WEBSOCKET_FOREIGN },
	{ "page of a file", ASKED(.origin = "file://"), WEBSOCKET_FOREIGN },
	{ "no host to compare with",
	    ASKED(.origin = "http://", .host = ""), WEBSOCKET_FOREIGN },
};
#pragma GCC diagnostic pop
/* clang-format on */

static void
test_requests(void **state)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int got = websocket_handshake_answer(&cases[i].request, accept);

		if (got != cases[i].want)
			fail_msg("%s: got %d, want %d", cases[i].name, got,
			    cases[i].want);
		if (got == 0)
			assert_string_equal(
			    accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	}
}

static void
test_statuses(void **state)
{
	(void)state;
	assert_int_equal(websocket_refusal_status(WEBSOCKET_MALFORMED), 400);
	assert_int_equal(websocket_refusal_status(WEBSOCKET_VERSION), 426);
	assert_int_equal(websocket_refusal_status(WEBSOCKET_FOREIGN), 403);
}

static void
test_both_sides_agree(void **state)
{
	char key[WEBSOCKET_KEY_SIZE], other[WEBSOCKET_KEY_SIZE];
	char accept[WEBSOCKET_ACCEPT_SIZE];
	struct websocket_request request = cases[0].request;

	(void)state;
	request.key = key;
	websocket_key_make(key);
	websocket_key_make(other);
	assert_string_not_equal(key, other);
	assert_int_equal(websocket_handshake_answer(&request, accept), 0);
	assert_true(websocket_handshake_is_accepted(
	    key, "websocket", "Upgrade", accept));
	assert_false(websocket_handshake_is_accepted(
	    other, "websocket", "Upgrade", accept));
	assert_false(
	    websocket_handshake_is_accepted(key, "websocket", "Upgrade", NULL));
	assert_false(
	    websocket_handshake_is_accepted(key, "websocket", NULL, accept));
	assert_false(
	    websocket_handshake_is_accepted(key, NULL, "Upgrade", accept));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_both_sides_agree),
	};

	return cmocka_run_group_tests_name(
	    "websocket_handshake", tests, NULL, NULL);
}
