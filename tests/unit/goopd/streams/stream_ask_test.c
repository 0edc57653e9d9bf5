/* stream_ask: how a question to a peer ends: both hosts in one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/streams/stream_ask.h"
#include "tests/unit/support/test_host.h"

#define PROTOCOL "/test/ask/1"

enum { BUDGET_MS = 10000, SHORT_MS = 100 };

/* What the other peer does when the request is complete. */
enum answer { ANSWER, ANSWER_OPEN, SILENCE, RESET, END };

struct place {
	struct event_base *base;
	struct test_host asker, other;
	enum answer answer;
	struct stream_asking *asking;
	char heard[32], got[32];
	size_t heard_len, got_len;
	bool is_ended, takes; /* by the asker: the whole, the stream */
	int error;            /* of on_fail */
	unsigned int open;    /* streams at the other peer */
};

/* --- the other peer */

static size_t
other_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct place *place = arg;

	(void)stream;
	assert_true(place->heard_len + bytes.len < sizeof(place->heard));
	memcpy(place->heard + place->heard_len, bytes.data, bytes.len);
	place->heard_len += bytes.len;
	return bytes.len;
}

static void
other_on_end(struct stream *stream, void *arg)
{
	struct place *place = arg;

	if (place->answer == ANSWER || place->answer == ANSWER_OPEN)
		stream_write(stream, bytes_of("answer\n"));
	if (place->answer == RESET)
		stream_reset(stream);
	if (place->answer == ANSWER || place->answer == END)
		stream_finish(stream);
}

static void
other_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct place *place = arg;

	(void)stream;
	(void)end;
	place->open--;
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = other_on_data,
		.on_end = other_on_end,
		.on_close = other_on_close,
	};
	struct place *place = arg;

	(void)host;
	place->open++;
	stream_set_handler(stream, &handler, arg);
}

/* --- the asker */

static const struct stream_handler taken = { .on_close = NULL };

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct place *place = arg;

	assert_true(place->got_len + bytes.len < sizeof(place->got));
	memcpy(place->got + place->got_len, bytes.data, bytes.len);
	place->got_len += bytes.len;
	if (memchr(bytes.data, '\n', bytes.len) == NULL)
		return bytes.len;
	place->is_ended = true;
	if (place->takes) {
		assert_ptr_equal(stream_ask_take(place->asking), stream);
		stream_set_handler(stream, &taken, place);
	} else {
		stream_ask_done(place->asking);
	}
	return bytes.len;
}

static void
on_fail(int error, void *arg)
{
	struct place *place = arg;

	assert_false(place->is_ended);
	place->is_ended = true;
	place->error = error;
}

static const struct stream_ask_handler handler = { on_data, on_fail };

static void
ask(struct place *place, const char *const *protocol, int64_t budget_ms)
{
	struct stream_question question = {
		.peer = &place->other.id,
		.protocol = protocol,
		.request = bytes_of("question"),
		.budget_ms = budget_ms,
	};

	place->is_ended = false;
	place->error = 0;
	place->heard_len = place->got_len = 0;
	place->asking =
	    stream_ask(place->asker.host, &question, &handler, place);
}

static bool
is_ended(void *arg)
{
	return ((struct place *)arg)->is_ended;
}

static bool
is_closed(void *arg)
{
	return ((struct place *)arg)->open == 0;
}

static const char *const protocol = PROTOCOL, *const unknown = "/test/none/1";

static int
setup(void **state)
{
	struct place *place = xzalloc(sizeof(*place));

	log_open("stream_ask_test", LOG_LEVEL_ERROR);
	place->base = event_base_new();
	test_host_open(&place->asker, place->base, NULL);
	test_host_open(&place->other, place->base, NULL);
	test_host_introduce(&place->asker, &place->other);
	host_serve(place->other.host, PROTOCOL, on_stream, place);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	test_host_close(&place->asker);
	test_host_close(&place->other);
	event_base_free(place->base);
	free(place);
	return 0;
}

static void
test_ends(void **state)
{
	static const struct {
		const char *name;
		enum answer answer;
		const char *const *protocol;
		int64_t budget_ms;
		int error;
	} cases[] = {
		{ "an answer", ANSWER, &protocol, BUDGET_MS, 0 },
		{ "a stream left open", ANSWER_OPEN, &protocol, BUDGET_MS, 0 },
		{ "silence", SILENCE, &protocol, SHORT_MS, -ETIMEDOUT },
		{ "a reset", RESET, &protocol, BUDGET_MS, -ECONNRESET },
		{ "no answer", END, &protocol, BUDGET_MS, -ENODATA },
		{ "an unknown protocol", ANSWER, &unknown, BUDGET_MS,
		    -EPROTONOSUPPORT },
	};
	struct place *place = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		place->answer = cases[i].answer;
		ask(place, cases[i].protocol, cases[i].budget_ms);
		test_loop_until(place->base, is_ended, place);
		if (place->error != cases[i].error)
			fail_msg("%s: got %d", cases[i].name, place->error);
		if (cases[i].error == 0)
			assert_memory_equal(place->got, "answer\n", 7);
		if (cases[i].protocol == &protocol)
			assert_memory_equal(place->heard, "question", 8);
		test_loop_until(place->base, is_closed, place);
	}
}

static void
test_no_address(void **state)
{
	struct place *place = *state;
	struct noise_identity identity;

	test_identity(&identity, &place->other.id);
	ask(place, &protocol, BUDGET_MS);
	test_loop_until(place->base, is_ended, place);
	assert_int_equal(place->error, -ENOENT);
}

static void
test_cancelled(void **state)
{
	struct place *place = *state;

	place->answer = SILENCE;
	ask(place, &protocol, BUDGET_MS);
	stream_ask_cancel(place->asking); /* before there is a stream */
	ask(place, &protocol, BUDGET_MS);
	test_loop_for(place->base, SHORT_MS);
	stream_ask_cancel(place->asking);
	test_loop_until(place->base, is_closed, place);
	assert_false(place->is_ended);
}

static void
test_taken(void **state)
{
	struct place *place = *state;

	place->answer = ANSWER;
	place->takes = true;
	ask(place, &protocol, SHORT_MS);
	test_loop_until(place->base, is_ended, place);
	assert_int_equal(place->error, 0);
	test_loop_until(place->base, is_closed, place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_address, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
