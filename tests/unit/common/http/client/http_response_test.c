#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "common/http/client/http_response.h"

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

/* clang-format off */
static const struct {
	const char *name, *in;
	/* status, body in brackets, then: . complete, > more would follow,
	 * + complete and persistent, or the error */
	const char *want;
} cases[] = {
	{ "length",            OK "Content-Length: 3\r\n\r\nabc",     "200[abc]+" },
	{ "length 0",          OK "Content-Length: 0\r\n\r\n",        "200[]+" },
	{ "part",              OK "Content-Length: 3\r\n\r\nab",      "200[ab]>" },
	{ "to the end",        OK "\r\nabc",                          "200[abc]>" },
	{ "no reason",         "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "404[]+" },
	{ "no content",        "HTTP/1.1 204 No Content\r\n\r\n",     "204[]+" },
	{ "not modified",      "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", "304[]+" },
	{ "switching",         "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n", "101[]+" },
	{ "old version",       "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "200[x]." },
	{ "closes",            OK "Connection: close\r\nContent-Length: 1\r\n\r\nx", "200[x]." },
	{ "closes, in a list", OK "Connection: a ,Close\r\nContent-Length: 1\r\n\r\nx", "200[x]." },
	{ "keeps",             OK "Connection: closer\r\nContent-Length: 1\r\n\r\nx", "200[x]+" },
	{ "bare line ends",    "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "200[x]+" },
	{ "continue first",    "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", "200[x]+" },
	{ "chunks",            CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "200[abcde]+" },
	{ "chunk extension",   CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n",   "200[abc]+" },
	{ "trailer",           CHUNKED "1\r\na\r\n0\r\nX: y\r\n\r\n", "200[a]+" },
	{ "hex chunk",         CHUNKED "0A\r\n0123456789\r\n0\r\n\r\n", "200[0123456789]+" },
	{ "open chunk",        CHUNKED "5\r\nabc",                    "200[abc]>" },
	{ "chunk too long",    CHUNKED "1\r\nabc\r\n",                "200[a]proto" },
	{ "no chunk size",     CHUNKED "\r\n",                        "200[]proto" },
	{ "bad chunk size",    CHUNKED "x\r\n",                       "200[]proto" },
	{ "signed chunk size", CHUNKED "-1\r\n",                      "200[]proto" },
	{ "huge chunk size",   CHUNKED "ffffffffffffffff\r\n",        "200[]proto" },
	{ "not HTTP",          "SSH-2.0-OpenSSH_9.2\r\n\r\n",         "proto" },
	{ "HTTP/2",            "HTTP/2 200\r\n\r\n",                  "proto" },
	{ "bad status",        "HTTP/1.1 99 x\r\n\r\n",               "proto" },
	{ "status 000",        "HTTP/1.1 000 x\r\n\r\n",              "proto" },
	{ "long status",       "HTTP/1.1 2000 x\r\n\r\n",             "proto" },
	{ "empty head",        "\r\n\r\n",                            "proto" },
	{ "space in name",     OK "Content-Length : 3\r\n\r\n",       "proto" },
	{ "folded",            OK "A: b\r\n c\r\n\r\n",               "proto" },
	{ "no colon",          OK "Abc\r\n\r\n",                      "proto" },
	{ "return in value",   OK "A: b\rc\r\n\r\n",                  "proto" },
	{ "length twice",      OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "proto" },
	{ "length and chunks", OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "proto" },
	{ "other coding",      OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "proto" },
	{ "length negative",   OK "Content-Length: -1\r\n\r\n",       "proto" },
	{ "length huge",       OK "Content-Length: 99999999999999999999\r\n\r\n", "proto" },
};
/* clang-format on */

static const char *
outcome(const struct http_response *response, int rc)
{
	switch (rc) {
	case HTTP_RESPONSE_DONE:
		return response->is_persistent ? "+" : ".";
	case HTTP_RESPONSE_MORE:
		return ">";
	case -EPROTO:
		return "proto";
	case -EMSGSIZE:
		return "size";
	default:
		return "?";
	}
}

static void
read_all(struct bytes in, size_t step, char *out, size_t size)
{
	struct http_response response;
	char body[64] = "";
	struct bytes input, part;
	bool has_head = false;
	size_t at, n;
	int rc = 0;

	http_response_init(&response, false);
	for (at = 0; at < in.len && rc >= 0 && rc != HTTP_RESPONSE_DONE;
	     at += n) {
		CLEANUP_FREE uint8_t *copy = NULL;

		n = in.len - at < step ? in.len - at : step;
		copy = xmemdup(in.data + at, n);
		input = (struct bytes){ copy, n };
		while (
		    (rc = http_response_read(&response, &input, &part)) > 0 &&
		    rc != HTTP_RESPONSE_DONE) {
			has_head = true;
			if (rc == HTTP_RESPONSE_BODY)
				strncat(
				    body, (const char *)part.data, part.len);
		}
	}
	if (has_head)
		snprintf(out, size, "%d[%s]%s", response.status, body,
		    outcome(&response, rc));
	else
		snprintf(out, size, "%s", outcome(&response, rc));
	http_response_fini(&response);
}

static void
test_cases(void **state)
{
	char got[128];
	size_t i, step;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (step = 1; step < 100; step = step * 2 + 1) {
			read_all(bytes_of(cases[i].in), step, got, sizeof(got));
			if (strcmp(got, cases[i].want) != 0)
				fail_msg("%s by %zu: got %s", cases[i].name,
				    step, got);
		}
}

static void
test_headers(void **state)
{
	struct bytes part, input = bytes_of(OK "A:  b c \t\r\nEmpty:\r\n"
					       "a: second\r\n\r\nrest");
	struct http_response response;

	(void)state;
	http_response_init(&response, true);
	assert_int_equal(
	    http_response_read(&response, &input, &part), HTTP_RESPONSE_HEAD);
	assert_string_equal(http_response_header(&response, "a"), "b c");
	assert_string_equal(http_response_header(&response, "EMPTY"), "");
	assert_null(http_response_header(&response, "b"));
	/* the answer to CONNECT has no body: the rest is the tunnel's */
	assert_int_equal(
	    http_response_read(&response, &input, &part), HTTP_RESPONSE_DONE);
	assert_true(bytes_equal(input, bytes_of("rest")));
	http_response_fini(&response);
}

/* Heads, interim answers, lines and trailers that never end. */
static void
test_endless(void **state)
{
	/* clang-format off */
	static const struct { const char *first, *then; int want; } all[] = {
		{ "HTTP/1.1 200 OK\r\n", "X: aaaaaaaaaaaaaaaaaaaaaa\r\n", -EMSGSIZE },
		{ "HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaaaaaaaaa", -EMSGSIZE },
		{ "", "HTTP/1.1 103 x\r\n\r\n", -EPROTO },
		{ CHUNKED "1;", "aaaaaaaaaaaaaaaaaaaaaaaaaa", -EMSGSIZE },
		{ CHUNKED "0\r\n", "X: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", -EMSGSIZE },
	};
	/* clang-format on */
	struct http_response response;
	struct bytes input, part;
	size_t i, n;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		http_response_init(&response, false);
		input = bytes_of(all[i].first);
		do
			rc = http_response_read(&response, &input, &part);
		while (rc == HTTP_RESPONSE_HEAD);
		for (n = 0; n < 2000 && rc >= 0; n++) {
			input = bytes_of(all[i].then);
			rc = http_response_read(&response, &input, &part);
		}
		assert_int_equal(rc, all[i].want);
		http_response_fini(&response);
	}
}

static void
test_close(void **state)
{
	struct http_response response;
	struct bytes part, input = bytes_of(OK "\r\nabc");

	(void)state;
	http_response_init(&response, false);
	assert_false(http_response_end(&response));
	http_response_read(&response, &input, &part);
	http_response_read(&response, &input, &part);
	assert_true(http_response_end(&response));
	http_response_fini(&response);
	http_response_init(&response, false);
	input = bytes_of(OK "Content-Length: 4\r\n\r\nabc");
	while (input.len > 0)
		http_response_read(&response, &input, &part);
	assert_false(http_response_end(&response));
	http_response_fini(&response);
}

static void
test_dates(void **state)
{
	static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	int64_t seconds, ms;

	(void)state;
	assert_int_equal(http_date_parse(date, &seconds), 0);
	assert_int_equal(seconds, 784111777);
	assert_int_equal(http_date_parse("yesterday", &seconds), -EINVAL);
	assert_int_equal(
	    http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT+1", &seconds),
	    -EINVAL);
	assert_int_equal(http_date_parse_retry("7", NULL, 0, &ms), 0);
	assert_int_equal(ms, 7000);
	assert_int_equal(http_date_parse_retry(date, NULL, 784111770, &ms), 0);
	assert_int_equal(ms, 7000);
	assert_int_equal(http_date_parse_retry(date, date, 5, &ms), 0);
	assert_int_equal(ms, 0);
	assert_int_equal(
	    http_date_parse_retry("99999999999999999999999", NULL, 0, &ms), 0);
	assert_int_equal(ms, 24 * 3600 * 1000);
	assert_int_equal(http_date_parse_retry("-1", NULL, 0, &ms), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
