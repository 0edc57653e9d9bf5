#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_framing.h"

/* clang-format off */
static const struct {
	const char *name;
	bool takes_body;
	const char *headers[4][2];
	bool want;
} cases[] = {
	{ "plain",               true,  { { "Host", "a" } }, true },
	{ "length",              true,  { { "Host", "a" }, { "Content-Length", "12" } }, true },
	{ "chunked",             true,  { { "Host", "a" }, { "Transfer-Encoding", "chunked" } }, true },
	{ "HEAD, no body",       false, { { "Host", "a" }, { "Content-Length", "0" } }, true },
	{ "no host",             true,  { { "Accept", "a" } }, false },
	{ "two hosts",           true,  { { "Host", "a" }, { "host", "b" } }, false },
	{ "both",                true,  { { "Host", "a" }, { "Content-Length", "3" }, { "Transfer-Encoding", "chunked" } }, false },
	{ "two lengths",         true,  { { "Host", "a" }, { "Content-Length", "3" }, { "Content-Length", "3" } }, false },
	{ "two codings",         true,  { { "Host", "a" }, { "Transfer-Encoding", "chunked" }, { "transfer-encoding", "x" } }, false },
	{ "coding list",         true,  { { "Host", "a" }, { "Transfer-Encoding", "gzip, chunked" } }, false },
	{ "unknown coding",      true,  { { "Host", "a" }, { "Transfer-Encoding", "identity" } }, false },
	{ "signed length",       true,  { { "Host", "a" }, { "Content-Length", "+3" } }, false },
	{ "negative length",     true,  { { "Host", "a" }, { "Content-Length", "-3" } }, false },
	{ "hex length",          true,  { { "Host", "a" }, { "Content-Length", "0x3" } }, false },
	{ "length list",         true,  { { "Host", "a" }, { "Content-Length", "3, 3" } }, false },
	{ "empty length",        true,  { { "Host", "a" }, { "Content-Length", "" } }, false },
	{ "HEAD with a body",    false, { { "Host", "a" }, { "Content-Length", "3" } }, false },
	{ "HEAD with chunks",    false, { { "Host", "a" }, { "Transfer-Encoding", "chunked" } }, false },
	{ "space before colon",  true,  { { "Host", "a" }, { "Content-Length ", "3" } }, false },
	{ "space in a name",     true,  { { "Host", "a" }, { "X Y", "3" } }, false },
	{ "empty name",          true,  { { "Host", "a" }, { "", "3" } }, false },
};
/* clang-format on */

static void
test_framing(void **state)
{
	struct evkeyval headers[4];
	struct evkeyvalq list;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		TAILQ_INIT(&list);
		for (j = 0; j < 4 && cases[i].headers[j][0] != NULL; j++) {
			headers[j].key =
			    (char *)(uintptr_t)cases[i].headers[j][0];
			headers[j].value =
			    (char *)(uintptr_t)cases[i].headers[j][1];
			TAILQ_INSERT_TAIL(&list, &headers[j], next);
		}
		if (http_framing_is_sound(
			&list, (struct http_framing_rules){ cases[i].takes_body,
				   true }) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
	/* HTTP/1.0, by a monitor that names no host */
	TAILQ_INIT(&list);
	assert_true(http_framing_is_sound(
	    &list, (struct http_framing_rules){ true, false }));
	assert_false(http_framing_is_sound(
	    &list, (struct http_framing_rules){ true, true }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_framing) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
