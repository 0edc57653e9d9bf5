/* The site streams as peers of the original speak them, and as hostile ones
 * do: a goopd's services on one host, raw streams on the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/streams/liveness.h"
#include "goopd/site/site_server.h"
#include "goopd/streams/stream_quota.h"
#include "tests/unit/support/test_host.h"

struct place {
	struct event_base *base;
	struct test_host server, client;
	struct site *site;
	struct site_server *site_server;
	struct liveness *content;
	char path[64];
	int dirfd;
};

static int
setup(void **state)
{
	static const char *const nothing_private[] = { NULL };
	struct place *place = xzalloc(sizeof(*place));
	char *why;

	log_open("goopd_stream_test", LOG_LEVEL_ERROR);
	strcpy(place->path, "/tmp/goopd_stream_test.XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->dirfd = open(place->path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(site_open(place->dirfd, "site", nothing_private,
			     &place->site, &why),
	    0);
	assert_int_equal(file_replace(place->dirfd, "site/index.html",
			     bytes_of("<h1>Hi</h1>\n"), 0644),
	    0);
	assert_int_equal(mkdirat(place->dirfd, "site/dir", 0755), 0);
	place->base = event_base_new();
	test_host_open(&place->server, place->base, NULL);
	test_host_open(&place->client, place->base, NULL);
	test_host_introduce(&place->client, &place->server);
	place->site_server = site_server_new(place->server.host, place->site);
	place->content = liveness_new(place->server.host, "Alice");
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	char command[128];

	test_host_close(&place->client);
	test_host_close(&place->server);
	site_server_free(place->site_server);
	liveness_free(place->content);
	site_free(place->site);
	close(place->dirfd);
	event_base_free(place->base);
	snprintf(command, sizeof(command), "rm -rf %s", place->path);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

/* --- a raw stream */

struct raw {
	const char *say; /* what is left to say */
	bool is_slow;    /* a byte a time */
	bool keeps_open; /* does not finish its half */
	struct stream *stream;
	char heard[4096];
	size_t len;
	bool is_ended, is_closed;
	enum stream_end end;
};

static size_t
raw_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	assert_true(raw->len + bytes.len < sizeof(raw->heard));
	memcpy(raw->heard + raw->len, bytes.data, bytes.len);
	raw->len += bytes.len;
	return bytes.len;
}

static void
raw_on_end(struct stream *stream, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	raw->is_ended = true;
}

static void
raw_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	raw->stream = NULL;
	raw->is_closed = true;
	raw->end = end;
}

static void
raw_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = raw_on_data,
		.on_end = raw_on_end,
		.on_close = raw_on_close,
	};
	struct raw *raw = arg;

	(void)host;
	assert_int_equal(error, 0);
	raw->stream = stream;
	stream_set_handler(stream, &handler, raw);
	if (!raw->is_slow)
		assert_int_equal(stream_write(stream, bytes_of(raw->say)), 0);
	if (!raw->is_slow && !raw->keeps_open)
		stream_finish(stream);
}

static void
raw_open(struct place *place, const char *const *protocol, struct raw *raw)
{
	host_open(place->client.host, &place->server.id, protocol, 1, 10000,
	    raw_on_opened, raw);
}

static bool
is_over(void *arg)
{
	struct raw *raw = arg;

	return raw->is_ended || raw->is_closed;
}

static bool
is_open(void *arg)
{
	return ((struct raw *)arg)->stream != NULL;
}

static void
say_slowly(struct place *place, struct raw *raw)
{
	test_loop_until(place->base, is_open, raw);
	for (; *raw->say != '\0' && raw->stream != NULL; raw->say++) {
		stream_write(raw->stream,
		    (struct bytes){ (const uint8_t *)raw->say, 1 });
		test_loop_for(place->base, 2);
	}
}

static const char *const site_1_0[] = { SITE_PROTOCOL_1_0 };
static const char *const site_1_1[] = { SITE_PROTOCOL_1_1 };
static const char *const label[] = { LIVENESS_PROTOCOL };

/* clang-format off */
static const struct {
	const char *name;
	const char *const *protocol;
	const char *say;
	const char *want; /* how the answer begins */
} cases[] = {
	{ "a page", site_1_0, "GET /\n", "OK text/html; charset=utf-8 12\n<h1>Hi</h1>\n" },
	{ "named", site_1_0, "GET /index.html\n", "OK text/html; charset=utf-8 12\n" },
	{ "sealed", site_1_0, "ENC:AAAA\n", "ERR bad request\n" },
	{ "missing", site_1_0, "GET /x\n", "ERR not found\n" },
	{ "directory", site_1_0, "GET /dir\n", "ERR not found\n" },
	{ "up", site_1_0, "GET ../x\n", "ERR forbidden\n" },
	{ "bypass", site_1_0, "GET \\/lua/x\n", "ERR forbidden\n" },
	{ "more than one line", site_1_0, "GET /\nGET /\n", "OK text/html; charset=utf-8 12\n" },
	{ "no request", site_1_0, "POST / HTTP/1.1\n", "ERR bad request\n" },
	{ "range", site_1_1, "GET /\nrange: bytes=1-2\n\n", "206\ntype: text/html; charset=utf-8\nsize: 12\nfrom: 1\nlength: 2\n" },
	{ "HEAD", site_1_1, "HEAD /\n\n", "200\n" },
	{ "directory", site_1_1, "GET /dir\n\n", "301 is a directory\n\n" },
	{ "malformed", site_1_1, "GET\n\n", "400 bad request\n\n" },
	{ "label", label, "", "Alice\n" },
};
/* clang-format on */

static void
test_answers(void **state)
{
	struct place *place = *state;
	struct raw raw;
	size_t i, slow;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		for (slow = 0; slow < 2; slow++) {
			raw = (struct raw){ .say = cases[i].say,
				.is_slow = slow == 1 };
			raw_open(place, cases[i].protocol, &raw);
			if (slow == 1)
				say_slowly(place, &raw);
			test_loop_until(place->base, is_over, &raw);
			assert_true(raw.is_ended);
			assert_true(raw.len >= strlen(cases[i].want));
			assert_memory_equal(
			    raw.heard, cases[i].want, strlen(cases[i].want));
			if (raw.stream != NULL)
				stream_reset(raw.stream);
			test_loop_for(place->base, 5);
		}
	}
}

/* A head without end is answered before it fills anything. */
static void
test_endless_head(void **state)
{
	struct place *place = *state;
	char say[SITE_HEAD_MAX + 1];
	struct raw raw = { .say = say, .keeps_open = true };

	memset(say, 'a', SITE_HEAD_MAX);
	memcpy(say, "GET /", 5);
	say[SITE_HEAD_MAX] = '\0';
	raw_open(place, site_1_0, &raw);
	test_loop_until(place->base, is_over, &raw);
	assert_int_equal(raw.len, strlen("ERR bad request\n"));
	stream_reset(raw.stream);
	test_loop_for(place->base, 5);
}

/* One that leaves without a request is reset, not kept. */
static void
test_leaves_early(void **state)
{
	struct place *place = *state;
	struct raw raw = { .say = "" };

	raw_open(place, site_1_1, &raw);
	test_loop_until(place->base, is_over, &raw);
	assert_int_equal(raw.end, STREAM_RESET);
}

static size_t
count_closed(struct raw *raws, size_t count)
{
	size_t closed = 0, i;

	for (i = 0; i < count; i++)
		closed += raws[i].is_closed;
	return closed;
}

static void
test_streams_per_peer(void **state)
{
	struct place *place = *state;
	static struct raw raws[STREAMS_PER_PEER + 5];
	size_t i;

	memset(raws, 0, sizeof(raws));
	for (i = 0; i < ARRAY_SIZE(raws); i++) {
		raws[i] = (struct raw){ .say = "GET", .keeps_open = true };
		raw_open(place, site_1_0, &raws[i]);
	}
	test_loop_for(place->base, 500);
	assert_int_equal(count_closed(raws, ARRAY_SIZE(raws)), 5);
	/* Each that ends makes room for another. */
	for (i = 0; i < ARRAY_SIZE(raws); i++) {
		if (raws[i].stream != NULL)
			stream_reset(raws[i].stream);
	}
	test_loop_for(place->base, 50);
	raws[0] = (struct raw){ .say = "GET /\n" };
	raw_open(place, site_1_0, &raws[0]);
	test_loop_until(place->base, is_over, &raws[0]);
	assert_true(raws[0].is_ended);
	stream_reset(raws[0].stream);
	test_loop_for(place->base, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_endless_head, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_leaves_early, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_streams_per_peer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
