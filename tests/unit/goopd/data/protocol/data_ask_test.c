/* Asking other peers, who answer as the original does, or badly: both hosts in
 * one process. */
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
#include "goopd/data/protocol/data_ask.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/protocol/data_server.h"
#include "tests/unit/support/test_host.h"

enum { BUDGET_MS = 20000, MIB = 1024 * 1024 };

/* What the other side does with the next streams. */
struct script {
	const char *say; /* once it was asked; NULL: nothing, for ever */
	size_t large;    /* so many bytes of JSON instead */
	bool is_hasty;   /* says it at once, */
	bool does_reset; /* and resets the stream then */
	bool keeps_open; /* does not finish its half */
	char *heard;     /* what it was asked last */
	size_t len;
	size_t left; /* of the large one */
};

struct place {
	struct event_base *base;
	struct test_host asker, other;
	struct script script;
};

static int
setup(void **state)
{
	struct place *place = xzalloc(sizeof(*place));

	log_open("data_ask_test", LOG_LEVEL_ERROR);
	place->base = event_base_new();
	test_host_open(&place->asker, place->base, NULL);
	test_host_open(&place->other, place->base, NULL);
	test_host_introduce(&place->asker, &place->other);
	place->script.heard = xzalloc(DATA_REQUEST_MAX + 3);
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
	free(place->script.heard);
	free(place);
	return 0;
}

/* --- the other side */

static void
say(struct script *script, struct stream *stream)
{
	if (script->large > 0) {
		script->left = script->large;
		stream_write(stream, bytes_of("{\"ok\":true,\"data\":\""));
		stream_wake(stream);
		return;
	}
	if (script->say != NULL)
		stream_write(stream, bytes_of(script->say));
	if (script->does_reset)
		stream_reset(stream);
	else if (script->say != NULL && !script->keeps_open)
		stream_finish(stream);
}

static size_t
other_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct script *script = arg;

	assert_true(script->len + bytes.len <= DATA_REQUEST_MAX + 1);
	memcpy(script->heard + script->len, bytes.data, bytes.len);
	script->len += bytes.len;
	script->heard[script->len] = '\0';
	if (memchr(bytes.data, '\n', bytes.len) != NULL && !script->is_hasty)
		say(script, stream);
	return bytes.len;
}

static size_t
other_on_fill(struct stream *stream, uint8_t *to, size_t size, void *arg)
{
	struct script *script = arg;

	if (script->left == 0)
		return 0;
	if (size > script->left)
		size = script->left;
	memset(to, 'x', size);
	script->left -= size;
	if (script->left == 0) {
		memcpy(to + size - 3, "\"}\n", 3);
		stream_finish(stream);
	}
	return size;
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = other_on_data,
		.on_fill = other_on_fill,
	};
	struct script *script = arg;

	(void)host;
	script->len = 0;
	stream_set_handler(stream, &handler, script);
	if (script->is_hasty)
		say(script, stream);
}

/* --- asking */

struct asked {
	bool is_done;
	struct data_answer answer;
};

static void
on_asked(struct data_answer *answer, void *arg)
{
	struct asked *asked = arg;

	assert_false(asked->is_done);
	asked->is_done = true;
	asked->answer = *answer;
	buffer_init(&answer->data, DATA_ANSWER_MAX);
}

static bool
is_done(void *arg)
{
	return ((struct asked *)arg)->is_done;
}

static struct data_answer
ask(struct place *place, struct bytes request, int64_t budget_ms)
{
	struct data_question question = { .peer = &place->other.id,
		.line = request,
		.budget_ms = budget_ms };
	struct asked asked = { .is_done = false };
	struct data_asking *asking;

	assert_int_equal(
	    data_ask(place->asker.host, &question, on_asked, &asked, &asking),
	    0);
	test_loop_until(place->base, is_done, &asked);
	return asked.answer;
}

/* clang-format off */
static const struct {
	const char *name;
	struct script script;
	enum bus_code code;
	const char *want; /* data, or words */
} cases[] = {
	/* As Go prints them. */
	{ "rows", { .say = "{\"ok\":true,\"data\":[{\"_id\":3,\"title\":\"Hello\"}]}\n" },
	  BUS_OK, "[{\"_id\":3,\"title\":\"Hello\"}]" },
	{ "no rows", { .say = "{\"ok\":true,\"data\":null}\n" }, BUS_OK, "" },
	{ "nothing", { .say = "{\"ok\":true}\n" }, BUS_OK, "" },
	{ "inserted", { .say = "{\"ok\":true,\"data\":{\"id\":7,\"status\":\"inserted\"}}\n" },
	  BUS_OK, "{\"id\":7,\"status\":\"inserted\"}" },
	{ "escapes", { .say = "{\"ok\":true,\"data\":\"\\u003ca\\u003e\"}\n" }, BUS_OK, "\"<a>\"" },
	{ "refused", { .say = "{\"ok\":false,\"error\":\"count not available for remote peers yet\"}\n" },
	  BUS_BAD_REQUEST, "count not available for remote peers yet" },
	{ "forbidden", { .say = "{\"ok\":false,\"error\":\"update not allowed: owner only\"}\n" },
	  BUS_FORBIDDEN, "update not allowed: owner only" },
	{ "our code", { .say = "{\"ok\":false,\"error\":\"slow\",\"code\":\"timeout\"}\n" },
	  BUS_TIMEOUT, "slow" },
	{ "without an end", { .say = "{\"ok\":true,\"data\":1}" }, BUS_OK, "1" },
	{ "kept open", { .say = "{\"ok\":true,\"data\":1}\n", .keeps_open = true }, BUS_OK, "1" },
	{ "two lines", { .say = "{\"ok\":true,\"data\":1}\n{}\n" }, BUS_OK, "1" },
	{ "hasty", { .say = "{\"ok\":true,\"data\":1}\n", .is_hasty = true }, BUS_OK, "1" },
	/* Badly. */
	{ "no JSON", { .say = "hello\n" }, BUS_INTERNAL,
	  "the peer sent an answer that breaks the protocol" },
	{ "no object", { .say = "[]\n" }, BUS_INTERNAL,
	  "the peer sent an answer that breaks the protocol" },
	{ "an empty line", { .say = "\n" }, BUS_INTERNAL,
	  "the peer sent an answer that breaks the protocol" },
	{ "sealed", { .say = "ENC:AAAA\n" }, BUS_INTERNAL,
	  "the peer sent an answer that breaks the protocol" },
	{ "not a word", { .say = "" }, BUS_UNREACHABLE,
	  "the connection to the peer broke before it answered" },
	{ "reset", { .does_reset = true }, BUS_UNREACHABLE,
	  "the connection to the peer broke before it answered" },
};
/* clang-format on */

static void
test_answers(void **state)
{
	struct place *place = *state;
	struct data_answer answer;
	char *heard = place->script.heard;
	size_t i;

	host_serve(place->other.host, DATA_PROTOCOL, on_stream, &place->script);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		place->script = cases[i].script;
		place->script.heard = heard;
		answer = ask(place, bytes_of("{\"op\": \"x\"}\n"), BUDGET_MS);
		assert_int_equal(answer.code, cases[i].code);
		buffer_append(
		    &answer.data, (struct bytes){ (const uint8_t *)"", 1 });
		assert_string_equal(
		    answer.code != BUS_OK
			? answer.error
			: (const char *)buffer_bytes(&answer.data).data,
		    cases[i].want);
		data_answer_fini(&answer);
		test_loop_for(place->base, 5);
		assert_string_equal(heard, "{\"op\": \"x\"}\n");
	}
}

static void
test_large(void **state)
{
	struct place *place = *state;
	CLEANUP_FREE char *request = xzalloc(DATA_REQUEST_MAX + 3);
	size_t largest =
	    DATA_ANSWER_MAX - strlen("{\"ok\":true,\"data\":\"") + 1;
	struct data_answer answer;

	host_serve(place->other.host, DATA_PROTOCOL, on_stream, &place->script);
	memset(request, 'a', DATA_REQUEST_MAX);
	request[DATA_REQUEST_MAX] = '\n';
	place->script.large = largest;
	answer = ask(place, bytes_of(request), BUDGET_MS);
	assert_int_equal(place->script.len, DATA_REQUEST_MAX + 1);
	assert_int_equal(answer.code, BUS_OK);
	assert_int_equal(answer.data.len, largest - 1);
	data_answer_fini(&answer);
	place->script.large = largest + 1;
	answer = ask(place, bytes_of("{}\n"), BUDGET_MS);
	assert_int_equal(answer.code, BUS_TOO_LARGE);
	data_answer_fini(&answer);
}

static void
test_too_long(void **state)
{
	struct place *place = *state;
	CLEANUP_FREE char *request = xzalloc(DATA_REQUEST_MAX + 3);
	struct data_question question = { .peer = &place->other.id,
		.budget_ms = BUDGET_MS };
	struct data_asking *asking;

	memset(request, 'a', DATA_REQUEST_MAX + 1);
	request[DATA_REQUEST_MAX + 1] = '\n';
	question.line = bytes_of(request);
	assert_int_equal(
	    data_ask(place->asker.host, &question, on_asked, NULL, &asking),
	    -EMSGSIZE);
}

static void
test_silence(void **state)
{
	struct place *place = *state;
	struct data_answer answer;

	host_serve(place->other.host, DATA_PROTOCOL, on_stream, &place->script);
	answer = ask(place, bytes_of("{}\n"), 200);
	assert_int_equal(answer.code, BUS_TIMEOUT);
}

static void
test_not_served(void **state)
{
	struct place *place = *state;
	struct data_answer answer;
	int i;

	/* Before it is identified, and after. */
	for (i = 0; i < 2; i++) {
		answer = ask(place, bytes_of("{}\n"), BUDGET_MS);
		assert_int_equal(answer.code, BUS_UNREACHABLE);
		assert_string_equal(
		    answer.error, "the peer does not offer this service");
		test_loop_for(place->base, 100);
	}
}

static void
test_unknown_peer(void **state)
{
	struct place *place = *state;
	struct noise_identity identity;
	struct data_answer answer;

	test_identity(&identity, &place->other.id);
	answer = ask(place, bytes_of("{}\n"), BUDGET_MS);
	assert_int_equal(answer.code, BUS_UNREACHABLE);
	assert_string_equal(answer.error,
	    "no address of this peer is known that could be "
	    "dialled: an IP address with TCP, or a relay");
}

/* A peer of which the address is told a moment later. */
static void
test_patience(void **state)
{
	struct place *place = *state;
	struct test_host late;
	struct data_question question = { .line = bytes_of("{}\n"),
		.budget_ms = BUDGET_MS,
		.address_until = monotime_add_ms(monotime_now(), BUDGET_MS) };
	struct script script = { .say = "{\"ok\":true,\"data\":1}\n",
		.heard = place->script.heard };
	struct asked asked = { .is_done = false };
	struct data_asking *asking;

	test_host_open(&late, place->base, NULL);
	host_serve(late.host, DATA_PROTOCOL, on_stream, &script);
	question.peer = &late.id;
	data_ask(place->asker.host, &question, on_asked, &asked, &asking);
	test_loop_for(place->base, 150);
	assert_false(asked.is_done);
	test_host_introduce(&place->asker, &late);
	test_loop_until(place->base, is_done, &asked);
	assert_int_equal(asked.answer.code, BUS_OK);
	data_answer_fini(&asked.answer);
	test_host_close(&late);
}

/* Nobody hears of what was cancelled: while it is opened, and later. */
static void
test_cancel(void **state)
{
	struct place *place = *state;
	struct data_question question = { .peer = &place->other.id,
		.line = bytes_of("{}\n"),
		.budget_ms = BUDGET_MS };
	struct asked asked = { .is_done = false };
	struct data_asking *asking;
	int i;

	host_serve(place->other.host, DATA_PROTOCOL, on_stream, &place->script);
	for (i = 0; i < 2; i++) {
		data_ask(
		    place->asker.host, &question, on_asked, &asked, &asking);
		if (i == 1)
			test_loop_for(place->base, 100);
		data_ask_cancel(asking);
		test_loop_for(place->base, 20);
	}
	assert_false(asked.is_done);
}

int
main(void)
{
#define PLACED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		PLACED(test_answers),
		PLACED(test_large),
		PLACED(test_too_long),
		PLACED(test_silence),
		PLACED(test_not_served),
		PLACED(test_unknown_peer),
		PLACED(test_patience),
		PLACED(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
