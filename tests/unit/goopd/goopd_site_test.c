/* Sites between whole goopds, and from peers of the original. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/goopd_pair.h"
#include "tests/unit/support/test_host.h"

/* Ask a for the file and read it: what came must be file[from, from+len). */
static void
assert_fetched(struct pair *pair, const struct site_open *open, int status,
    const uint8_t *file, size_t from, size_t len)
{
	struct site_head head;
	struct body body;

	pair_ask_site_open(&pair->a, open, &head);
	assert_int_equal(head.status, status);
	assert_int_equal(head.from, from);
	assert_int_equal(head.length, len);
	body = pair_read_body(pair, pair_claim(&pair->a, &head));
	assert_int_equal(body.len, len);
	assert_memory_equal(body.data, file + from, len);
	free(body.data);
	message_fini(&site_head_message, &head);
}

static void
assert_site_of(struct pair *pair, struct peer *whom)
{
	struct site_open open = pair_site_open(whom, "/");
	CLEANUP_FREE uint8_t *large = NULL;
	size_t len;

	assert_int_equal(
	    file_read(whom->context.dirfd, "site/large", LARGE, &large, &len),
	    0);
	assert_fetched(pair, &open, 200, (const uint8_t *)"<h1>Hi</h1>", 0, 11);
	open.path = "/dir/";
	assert_fetched(pair, &open, 200, (const uint8_t *)"inside", 0, 6);
	open.path = "/empty.txt";
	assert_fetched(pair, &open, 200, large, 0, 0);
	open.path = "/large";
	assert_fetched(pair, &open, 200, large, 0, LARGE);
	open.range = "bytes=1000000-1999999";
	assert_fetched(pair, &open, 206, large, 1000000, 1000000);
	open.range = "bytes=-5";
	assert_fetched(pair, &open, 206, large, LARGE - 5, 5);
}

static void
test_site_of_another(void **state)
{
	struct pair *pair = *state;

	pair_introduce(&pair->a, &pair->b);
	assert_site_of(pair, &pair->b);
}

static void
test_own_site(void **state)
{
	struct pair *pair = *state;

	assert_site_of(pair, &pair->a);
}

static void
assert_heads_of(struct pair *pair, struct peer *whom)
{
	struct site_open open = pair_site_open(whom, "/");
	struct site_head head, again;

	open.head_only = true;
	pair_ask_site_open(&pair->a, &open, &head);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.length, 11);
	assert_int_equal(head.ticket.len, 0);
	assert_string_equal(head.type, "text/html; charset=utf-8");
	assert_int_equal(strlen(head.last_modified), 29);
	assert_true(head.ranges);
	open.head_only = false;
	open.if_none_match = head.etag;
	pair_ask_site_open(&pair->a, &open, &again);
	assert_int_equal(again.status, 304);
	assert_int_equal(again.ticket.len, 0);
	message_fini(&site_head_message, &again);
	open.if_none_match = NULL;
	open.range = "bytes=11-";
	pair_ask_site_open(&pair->a, &open, &again);
	assert_int_equal(again.status, 416);
	assert_int_equal(again.size, 11);
	message_fini(&site_head_message, &again);
	message_fini(&site_head_message, &head);
	open = pair_site_open(whom, "/dir");
	pair_ask_site_open(&pair->a, &open, &again);
	assert_int_equal(again.status, 301);
	message_fini(&site_head_message, &again);
}

static void
assert_errors_of(struct pair *pair, struct peer *whom)
{
	static const struct {
		const char *path;
		enum bus_code want;
	} errors[] = {
		{ "/missing", BUS_NOT_FOUND },
		{ "/.secret", BUS_FORBIDDEN },
		{ "/a\nrange: bytes=0-1", BUS_BAD_REQUEST },
		{ "relative", BUS_BAD_REQUEST },
	};
	struct site_open open;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		open = pair_site_open(whom, errors[i].path);
		assert_int_equal(pair_ask_site_open_in_vain(&pair->a, &open),
		    errors[i].want);
	}
}

static void
test_heads_and_errors(void **state)
{
	struct pair *pair = *state;
	struct site_open open = pair_site_open(&pair->b, "/");

	assert_int_equal(
	    pair_ask_site_open_in_vain(&pair->a, &open), BUS_UNREACHABLE);
	open.peer_id = "nobody";
	assert_int_equal(
	    pair_ask_site_open_in_vain(&pair->a, &open), BUS_BAD_REQUEST);
	pair_introduce(&pair->a, &pair->b);
	assert_heads_of(pair, &pair->a);
	assert_heads_of(pair, &pair->b);
	assert_errors_of(pair, &pair->a);
	assert_errors_of(pair, &pair->b);
}

/* What was promised cannot be kept: the reader sees fewer bytes, not others. */
static void
test_file_shrinks(void **state)
{
	struct pair *pair = *state;
	struct peer *peers[] = { &pair->a, &pair->b };
	struct site_head head;
	struct site_open open;
	struct body body;
	size_t i;
	int fd, file;

	pair_introduce(&pair->a, &pair->b);
	for (i = 0; i < 2; i++) {
		open = pair_site_open(peers[i], "/large");
		pair_ask_site_open(&pair->a, &open, &head);
		fd = pair_claim(&pair->a, &head);
		file = openat(peers[i]->context.dirfd, "site/large", O_WRONLY);
		assert_int_equal(ftruncate(file, LARGE / 2), 0);
		close(file);
		body = pair_read_body(pair, fd);
		assert_true(body.len < LARGE);
		free(body.data);
		message_fini(&site_head_message, &head);
	}
}

/* --- peers of the original */

/* One of 1.0.0 only: says to each request what answer tells, in pieces. */
struct original {
	struct test_host host;
	const char *answer;
	bool resets; /* instead of finishing */
};

static size_t
original_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct original *original = arg;
	const char *at;

	if (memchr(bytes.data, '\n', bytes.len) == NULL)
		return 0;
	for (at = original->answer; *at != '\0'; at++)
		stream_write(stream, (struct bytes){ (const uint8_t *)at, 1 });
	if (original->resets)
		stream_reset(stream);
	else
		stream_finish(stream);
	return bytes.len;
}

static void
on_original(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = original_on_data,
	};

	(void)host;
	stream_set_handler(stream, &handler, arg);
}

/* clang-format off */
static const struct {
	const char *name, *path, *answer;
	bool resets;
	enum bus_code want;
	const char *type;
	int length;
	const char *body;
} originals[] = {
	{ "a page", "/", "OK text/html; charset=utf-8 5\nhello", false, BUS_OK, "text/html; charset=utf-8", 5, "hello" },
	{ "type by path", "/a.css", "OK text/plain; charset=utf-8 5\nhello", false, BUS_OK, "text/css; charset=utf-8", 5, "hello" },
	{ "no type", "/dir/", "OK  5\nhello", false, BUS_OK, "text/html; charset=utf-8", 5, "hello" },
	{ "empty", "/", "OK text/html 0\n", false, BUS_OK, "text/html", 0, "" },
	{ "more than said", "/", "OK text/html 5\nhello, world", false, BUS_OK, "text/html", 5, "hello" },
	{ "less than said", "/", "OK text/html 5\nhell", false, BUS_OK, "text/html", 5, "hell" },
	{ "not found", "/", "ERR not found\n", false, BUS_NOT_FOUND, NULL, 0, NULL },
	{ "forbidden", "/", "ERR forbidden\n", false, BUS_FORBIDDEN, NULL, 0, NULL },
	{ "disabled", "/", "ERR site disabled\n", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "nonsense", "/", "<html>\n", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "sealed", "/", "EOK text/html 4\nAAAA", false, BUS_INTERNAL, NULL, 0, NULL },
	{ "nothing", "/", "", false, BUS_UNREACHABLE, NULL, 0, NULL },
	{ "a reset", "/", "", true, BUS_UNREACHABLE, NULL, 0, NULL },
};
/* clang-format on */

static void
assert_original(struct pair *pair, const struct site_open *open, size_t i)
{
	struct site_head head;
	struct body body;

	if (originals[i].want != BUS_OK) {
		assert_int_equal(pair_ask_site_open_in_vain(&pair->a, open),
		    originals[i].want);
		return;
	}
	pair_ask_site_open(&pair->a, open, &head);
	assert_int_equal(head.status, 200);
	assert_false(head.ranges);
	assert_string_equal(head.type, originals[i].type);
	assert_int_equal(head.length, originals[i].length);
	body = pair_read_body(pair, pair_claim(&pair->a, &head));
	assert_int_equal(body.len, strlen(originals[i].body));
	assert_memory_equal(body.data, originals[i].body, body.len);
	free(body.data);
	message_fini(&site_head_message, &head);
}

static void
test_originals(void **state)
{
	struct pair *pair = *state;
	struct original original = { .answer = NULL };
	struct site_open open = { .range = "bytes=1-2" };
	char id[PEER_ID_TEXT_SIZE];
	size_t i;

	test_host_open(&original.host, pair->base, NULL);
	host_serve(
	    original.host.host, SITE_PROTOCOL_1_0, on_original, &original);
	peer_id_print(&original.host.id, id);
	pair_learn(&pair->a, id, host_port(original.host.host));
	open.peer_id = id;
	for (i = 0; i < ARRAY_SIZE(originals); i++) {
		print_message("case: %s\n", originals[i].name);
		original.answer = originals[i].answer;
		original.resets = originals[i].resets;
		open.path = originals[i].path;
		assert_original(pair, &open, i);
	}
	test_host_close(&original.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_site_of_another, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_own_site, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_heads_and_errors, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_file_shrinks, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_originals, pair_setup, pair_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
