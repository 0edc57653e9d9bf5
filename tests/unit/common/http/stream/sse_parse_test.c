#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/http/stream/sse_parse.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	const char *want; /* the data of each event in brackets, then id, retry */
} cases[] = {
	{ "one",              "data: a\n\n",                 "[a] - -1" },
	{ "no space",         "data:a\n\n",                  "[a] - -1" },
	{ "two spaces",       "data:  a\n\n",                "[ a] - -1" },
	{ "CRLF",             "data: a\r\n\r\n",             "[a] - -1" },
	{ "CR",               "data: a\r\rdata: b\r\r",      "[a][b] - -1" },
	{ "mixed",            "data: a\r\n\ndata: b\n\r\n",  "[a][b] - -1" },
	{ "two lines",        "data: a\ndata: b\n\n",        "[a\nb] - -1" },
	{ "empty lines",      "data\ndata:\n\n",             "[\n] - -1" },
	{ "comment",          ": ok\n\n:\n\ndata: a\n\n",    "[a] - -1" },
	{ "id",               "id: 7\ndata: a\n\n",          "[a] 7 -1" },
	{ "id stays",         "id: 7\ndata: a\n\ndata: b\n\n", "[a][b] 7 -1" },
	{ "id without data",  "id: 7\n\n",                   " 7 -1" },
	{ "id is not yet told", "id: 7\n\nid: 8\n",          " 7 -1" },
	{ "empty id",         "id: 7\ndata: a\n\nid\n\n",    "[a] - -1" },
	{ "retry",            "retry: 1500\n\n",             " - 1500" },
	{ "retry no number",  "retry: 15s\nretry: -1\n\n",   " - -1" },
	{ "retry too large",  "retry: 99999999999999999999\n\n", " - -1" },
	{ "other fields",     "event: x\nfoo: b\ndatax: 1\ndata: a\n\n", "[a] - -1" },
	{ "unfinished",       "data: a\n",                   " - -1" },
	{ "mark at the front", "\xef\xbb\xbf" "data: a\n\n", "[a] - -1" },
	{ "mark later",       "\n\xef\xbb\xbf" "data: a\n\n", " - -1" },
};
/* clang-format on */

/* What step bytes at a time give. */
static void
read_all(const char *in, size_t step, char *out, size_t size)
{
	struct sse_parse parse;
	struct bytes input, data;
	size_t at, len = strlen(in), used = 0;
	CLEANUP_FREE char *copy = NULL;

	sse_parse_init(&parse);
	*out = '\0';
	for (at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;

		/* of its own size, so that reading on is seen */
		copy = xmemdup(in + at, n);
		input = (struct bytes){ (uint8_t *)copy, n };
		while (sse_parse_read(&parse, &input, &data) == SSE_PARSE_EVENT)
			used += (size_t)snprintf(out + used, size - used,
			    "[%.*s]", (int)data.len, (const char *)data.data);
		free(copy);
		copy = NULL;
	}
	snprintf(out + used, size - used, " %s %lld",
	    parse.id[0] != '\0' ? parse.id : "-", (long long)parse.retry_ms);
	sse_parse_fini(&parse);
}

static void
test_cases(void **state)
{
	char got[256];
	size_t i, step;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (step = 1; step < 20; step++) {
			read_all(cases[i].in, step, got, sizeof(got));
			if (strcmp(got, cases[i].want) != 0)
				fail_msg("%s by %zu: got %s", cases[i].name,
				    step, got);
		}
}

/* What is too long is dropped whole; the next event is whole again. */
static void
test_too_long(void **state)
{
	size_t len = SSE_PARSE_LINE_MAX + 100;
	CLEANUP_FREE char *big = xzalloc(len + 1);
	struct bytes input, data;
	struct sse_parse parse;
	int i;

	(void)state;
	sse_parse_init(&parse);
	memset(big, 'x', len);
	memcpy(big, "data: ", 6);
	for (i = 0; i < 3; i++) {
		input = (struct bytes){ (uint8_t *)big, len };
		assert_int_equal(sse_parse_read(&parse, &input, &data), 0);
		assert_true(parse.line.capacity <= 2 * SSE_PARSE_LINE_MAX);
	}
	input = bytes_of("\ndata: y\n\n");
	assert_int_equal(sse_parse_read(&parse, &input, &data), 0);
	assert_int_equal(parse.dropped, 1);
	/* many short lines make a long event too */
	memset(big + 60000, 0, 1);
	for (i = 0; i < 3; i++) {
		input = bytes_of(big);
		assert_int_equal(sse_parse_read(&parse, &input, &data), 0);
		input = bytes_of("\n");
		assert_int_equal(sse_parse_read(&parse, &input, &data), 0);
	}
	input = bytes_of("\ndata: z\n\n");
	assert_int_equal(sse_parse_read(&parse, &input, &data), 1);
	assert_true(bytes_equal(data, bytes_of("z")));
	assert_int_equal(parse.dropped, 2);
	sse_parse_fini(&parse);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
