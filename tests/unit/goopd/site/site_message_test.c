#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/site/site_message.h"
#include "proto/field.h"

/* clang-format off */
static const struct {
	const char *name;
	enum site_version version;
	const char *in;
	int want;
	bool is_head;
	const char *path, *range, *if_none_match;
} requests[] = {
	{ "plain", SITE_1_0, "GET /index.html\n", 0, false, "/index.html", "", "" },
	{ "spaces in the path", SITE_1_0, "GET /a b.html\n", 0, false, "/a b.html", "", "" },
	{ "CR before LF", SITE_1_0, "GET /a\r\n", 0, false, "/a", "", "" },
	{ "empty path", SITE_1_0, "GET  \n", SITE_BAD, false, "", "", "" },
	{ "relative", SITE_1_0, "GET a\n", 0, false, "a", "", "" },
	{ "no LF yet", SITE_1_0, "GET /index.html", SITE_MORE, false, "", "", "" },
	{ "nothing yet", SITE_1_0, "", SITE_MORE, false, "", "", "" },
	{ "sealed", SITE_1_0, "ENC:AAAA\n", SITE_BAD, false, "", "", "" },
	{ "another method", SITE_1_0, "POST /\n", SITE_BAD, false, "", "", "" },
	{ "empty line", SITE_1_0, "\n", SITE_BAD, false, "", "", "" },
	{ "plain", SITE_1_1, "GET /a\n\n", 0, false, "/a", "", "" },
	{ "HEAD", SITE_1_1, "HEAD /a\n\n", 0, true, "/a", "", "" },
	{ "headers", SITE_1_1, "GET /a\nrange: bytes=0-1\nif-none-match: \"x\"\n\n", 0, false, "/a", "bytes=0-1", "\"x\"" },
	{ "unknown header", SITE_1_1, "GET /a\ncolour: blue\n\n", 0, false, "/a", "", "" },
	{ "header twice", SITE_1_1, "GET /a\nrange: a\nrange: b\n\n", SITE_BAD, false, "", "", "" },
	{ "no colon", SITE_1_1, "GET /a\nrange\n\n", SITE_BAD, false, "", "", "" },
	{ "no name", SITE_1_1, "GET /a\n: a\n\n", SITE_BAD, false, "", "", "" },
	{ "no space", SITE_1_1, "GET /a\nrange:a\n\n", SITE_BAD, false, "", "", "" },
	{ "relative", SITE_1_1, "GET a\n\n", SITE_BAD, false, "", "", "" },
	{ "no path", SITE_1_1, "GET \n\n", SITE_BAD, false, "", "", "" },
	{ "CR", SITE_1_1, "GET /a\r\n\r\n", SITE_MORE, false, "", "", "" },
	{ "not whole", SITE_1_1, "GET /a\nrange: a\n", SITE_MORE, false, "", "", "" },
	{ "malformed UTF-8", SITE_1_1, "GET /\xff\n\n", SITE_BAD, false, "", "", "" },
};

static const struct {
	const char *name;
	enum site_version version;
	const char *in;
	int want;
	unsigned int status;
	const char *type;
	uint64_t size, from, length;
} answers[] = {
	{ "a page", SITE_1_0, "OK text/html; charset=utf-8 12\n", 0, 200, "text/html; charset=utf-8", 12, 0, 12 },
	{ "empty type", SITE_1_0, "OK  12\n", 0, 200, "", 12, 0, 12 },
	{ "nonsense type", SITE_1_0, "OK <b>x</b> 12\n", 0, 200, "", 12, 0, 12 },
	{ "more than 50 MiB", SITE_1_0, "OK video/mp4 99999999999\n", 0, 200, "video/mp4", 99999999999, 0, 99999999999 },
	{ "no length", SITE_1_0, "OK text/html\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "negative", SITE_1_0, "OK text/html -1\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "hexadecimal", SITE_1_0, "OK text/html 0x10\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "over 63 bits", SITE_1_0, "OK text/html 9223372036854775808\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "not found", SITE_1_0, "ERR not found\n", 0, 404, "", 0, 0, 0 },
	{ "forbidden", SITE_1_0, "ERR forbidden\n", 0, 403, "", 0, 0, 0 },
	{ "bad request", SITE_1_0, "ERR bad request\n", 0, 400, "", 0, 0, 0 },
	{ "site disabled", SITE_1_0, "ERR site disabled\n", 0, 500, "", 0, 0, 0 },
	{ "bare ERR", SITE_1_0, "ERR\n", 0, 500, "", 0, 0, 0 },
	{ "sealed", SITE_1_0, "EOK text/html 16\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "not whole", SITE_1_0, "OK text/html 1", SITE_MORE, 0, "", 0, 0, 0 },
	{ "whole", SITE_1_1, "200\ntype: image/png\nsize: 9\nlength: 9\n\n", 0, 200, "image/png", 9, 0, 9 },
	{ "part", SITE_1_1, "206\nsize: 9\nfrom: 2\nlength: 3\n\n", 0, 206, "", 9, 2, 3 },
	{ "not modified", SITE_1_1, "304\netag: \"a\"\n\n", 0, 304, "", 0, 0, 0 },
	{ "text", SITE_1_1, "404 not found\n\n", 0, 404, "", 0, 0, 0 },
	{ "out of range", SITE_1_1, "416\nsize: 9\n\n", 0, 416, "", 9, 0, 0 },
	{ "no size", SITE_1_1, "200\nlength: 9\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "no length", SITE_1_1, "200\nsize: 9\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "past the end", SITE_1_1, "206\nsize: 9\nfrom: 8\nlength: 2\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "part called whole", SITE_1_1, "200\nsize: 9\nlength: 8\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "body of an error", SITE_1_1, "404\nlength: 8\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "informational", SITE_1_1, "100\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "no status", SITE_1_1, "abc\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "tag without quotes", SITE_1_1, "304\netag: a\n\n", SITE_BAD, 0, "", 0, 0, 0 },
	{ "header injection", SITE_1_1, "304\netag: \"a\r\"\n\n", SITE_BAD, 0, "", 0, 0, 0 },
};
/* clang-format on */

/* An exact copy, so that a read past the end is seen. */
static struct bytes
copy_of(const char *text, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	memcpy(copy, text, len);
	return (struct bytes){ realloc(copy, len > 0 ? len : 1), len };
}

/* Until the last byte of a good head is there, more is wanted. */
static void
assert_prefixes_want_more(
    int (*parse)(enum site_version, struct bytes, size_t *),
    enum site_version version, const char *in)
{
	struct bytes part;
	size_t len, used;

	for (len = 0; len < strlen(in); len++) {
		part = copy_of(in, len);
		assert_int_equal(parse(version, part, &used), SITE_MORE);
		text_free((const char *)part.data);
	}
}

static int
parse_request(enum site_version version, struct bytes bytes, size_t *used)
{
	struct site_request request;

	return site_request_parse(version, bytes, &request, used);
}

static int
parse_answer(enum site_version version, struct bytes bytes, size_t *used)
{
	struct site_answer answer;

	return site_answer_parse(version, bytes, &answer, used);
}

static void
test_requests(void **state)
{
	struct site_request request;
	size_t i, used;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		print_message(
		    "case: 1.%d %s\n", requests[i].version, requests[i].name);
		rc = site_request_parse(requests[i].version,
		    bytes_of(requests[i].in), &request, &used);
		assert_int_equal(rc, requests[i].want);
		if (rc != 0)
			continue;
		assert_int_equal(used, strlen(requests[i].in));
		assert_int_equal(request.is_head, requests[i].is_head);
		assert_string_equal(request.path, requests[i].path);
		assert_string_equal(request.range, requests[i].range);
		assert_string_equal(
		    request.if_none_match, requests[i].if_none_match);
		assert_prefixes_want_more(
		    parse_request, requests[i].version, requests[i].in);
	}
}

static void
test_answers(void **state)
{
	struct site_answer answer;
	size_t i, used;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		print_message(
		    "case: 1.%d %s\n", answers[i].version, answers[i].name);
		rc = site_answer_parse(answers[i].version,
		    bytes_of(answers[i].in), &answer, &used);
		assert_int_equal(rc, answers[i].want);
		if (rc != 0)
			continue;
		assert_int_equal(used, strlen(answers[i].in));
		assert_int_equal(answer.status, answers[i].status);
		assert_string_equal(answer.type, answers[i].type);
		assert_int_equal(answer.size, answers[i].size);
		assert_int_equal(answer.from, answers[i].from);
		assert_int_equal(answer.length, answers[i].length);
		assert_prefixes_want_more(
		    parse_answer, answers[i].version, answers[i].in);
	}
}

/* The body stays where it is. */
static void
test_used(void **state)
{
	struct site_answer answer;
	size_t used;

	(void)state;
	assert_int_equal(
	    site_answer_parse(
		SITE_1_0, bytes_of("OK text/html 5\n<h1>\n"), &answer, &used),
	    0);
	assert_int_equal(used, 15);
}

/* A head without end is refused when it is too long, not kept for ever. */
static void
test_too_long(void **state)
{
	char *text = malloc(SITE_HEAD_MAX + 16);
	enum site_version version;
	size_t used, i;

	(void)state;
	for (version = SITE_1_0; version <= SITE_1_1; version++) {
		memset(text, 'a', SITE_HEAD_MAX + 16);
		memcpy(text, "GET /", 5);
		assert_int_equal(
		    parse_request(version,
			(struct bytes){ (uint8_t *)text, SITE_HEAD_MAX - 1 },
			&used),
		    SITE_MORE);
		assert_int_equal(
		    parse_request(version,
			(struct bytes){ (uint8_t *)text, SITE_HEAD_MAX },
			&used),
		    SITE_BAD);
	}
	strcpy(text, "GET /\n");
	for (i = 0; i <= SITE_HEADERS_MAX; i++)
		strcat(text, "a: b\n");
	strcat(text, "\n");
	assert_int_equal(
	    parse_request(SITE_1_1, bytes_of(text), &used), SITE_BAD);
	free(text);
}

static void
test_print(void **state)
{
	struct site_request request = { .path = "/a/", .range = "bytes=0-" };
	struct site_answer answer = { .status = 206,
		.type = "image/png",
		.size = 100,
		.from = 10,
		.length = 5,
		.etag = "\"a-b\"",
		.ranges = true };
	struct buffer out;

	(void)state;
	buffer_init(&out, SITE_HEAD_MAX);
	site_request_print(SITE_1_0, &request, &out);
	site_request_print(SITE_1_1, &request, &out);
	site_answer_print(SITE_1_1, &answer, &out);
	site_answer_fail(&answer, 404, "not found");
	site_answer_print(SITE_1_0, &answer, &out);
	site_answer_print(SITE_1_1, &answer, &out);
	buffer_append(&out, (struct bytes){ (const uint8_t *)"", 1 });
	assert_string_equal((const char *)buffer_bytes(&out).data,
	    "GET /a/index.html\n"
	    "GET /a/\nrange: bytes=0-\n\n"
	    "206\ntype: image/png\nsize: 100\nfrom: 10\nlength: 5\n"
	    "etag: \"a-b\"\nranges: bytes\n\n"
	    "ERR not found\n"
	    "404 not found\n\n");
	buffer_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
