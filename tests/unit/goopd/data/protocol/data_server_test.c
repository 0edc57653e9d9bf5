/* Data requests as visitors send them, and as hostile ones do: the server on
 * one host, raw streams on the other, and a store that does as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/protocol/data_server.h"
#include "tests/unit/support/test_host.h"

enum { HEARD_MAX = DATA_ANSWER_MAX + 1024, MIB = 1024 * 1024 };

/* --- the store: what is asked waits in it until the test lets it answer, but
 * what starts with "hold" */

struct question {
	TAILQ_ENTRY(question) next;
	uint64_t number;
	struct data_caller caller;
	char *request;
	data_done_fn *done;
	void *arg;
};

struct store {
	struct event *work;
	TAILQ_HEAD(, question) questions;
	uint64_t last;
	unsigned int held, cancelled;
	struct data_caller caller; /* the last one */
};

static void
question_free(struct store *store, struct question *question)
{
	TAILQ_REMOVE(&store->questions, question, next);
	free(question->request);
	free(question);
}

uint64_t
store_ask(struct store *store, const struct data_caller *caller,
    const struct data_body *body, data_done_fn *done, void *arg)
{
	struct bytes request = body->json;
	struct question *question = xzalloc(sizeof(*question));

	assert_true(body->is_line);
	question->number = ++store->last;
	question->caller = *caller;
	question->request = xzalloc(request.len + 1);
	if (request.len > 0)
		memcpy(question->request, request.data, request.len);
	question->done = done;
	question->arg = arg;
	TAILQ_INSERT_TAIL(&store->questions, question, next);
	store->held += strncmp(question->request, "hold", 4) == 0;
	event_active(store->work, 0, 0);
	return question->number;
}

void
store_cancel(struct store *store, uint64_t number)
{
	struct question *question;

	TAILQ_FOREACH (question, &store->questions, next) {
		if (question->number == number)
			break;
	}
	assert_non_null(question);
	store->cancelled++;
	question_free(store, question);
}

/* "large N" gets N bytes of JSON, "fail" is refused, the rest is told its
 * length. */
static void
answer_to(const struct question *question, struct data_answer *answer)
{
	unsigned long size;

	if (sscanf(question->request, "large %lu", &size) == 1) {
		memset(buffer_reserve(&answer->data, size), '7', size);
		buffer_commit(&answer->data, size);
	} else if (strcmp(question->request, "fail") == 0) {
		data_answer_fail(answer, BUS_FORBIDDEN, "not \"you\"");
	} else {
		buffer_printf(&answer->data, "%zu", strlen(question->request));
	}
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct store *store = arg;
	struct question *question, *after;
	struct data_answer answer;

	(void)fd;
	(void)what;
	for (question = TAILQ_FIRST(&store->questions); question != NULL;
	     question = after) {
		after = TAILQ_NEXT(question, next);
		if (strncmp(question->request, "hold", 4) == 0)
			continue;
		data_answer_init(&answer);
		answer_to(question, &answer);
		store->caller = question->caller;
		question->done(&answer, question->arg);
		question_free(store, question);
		data_answer_fini(&answer);
	}
}

/* --- both hosts */

struct place {
	struct event_base *base;
	struct test_host server, client, other;
	struct test_host *asker; /* who opens streams: the client */
	struct store store;
	struct peer_emails *emails;
	struct data_server *data_server;
};

static int
setup(void **state)
{
	struct place *place = xzalloc(sizeof(*place));

	log_open("data_server_test", LOG_LEVEL_ERROR);
	place->base = event_base_new();
	TAILQ_INIT(&place->store.questions);
	place->store.work =
	    event_new(place->base, -1, 0, on_work, &place->store);
	place->emails = peer_emails_new();
	test_host_open(&place->server, place->base, NULL);
	test_host_open(&place->client, place->base, NULL);
	test_host_open(&place->other, place->base, NULL);
	test_host_introduce(&place->client, &place->server);
	test_host_introduce(&place->other, &place->server);
	place->asker = &place->client;
	place->data_server =
	    data_server_new(place->server.host, &place->store, place->emails);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	test_host_close(&place->client);
	test_host_close(&place->other);
	test_host_close(&place->server);
	data_server_free(place->data_server);
	peer_emails_free(place->emails);
	event_free(place->store.work);
	assert_true(TAILQ_EMPTY(&place->store.questions));
	event_base_free(place->base);
	free(place);
	return 0;
}

/* --- a raw stream */

struct raw {
	struct bytes say;
	bool keeps_open; /* does not finish its half */
	bool is_deaf;    /* takes nothing */
	struct stream *stream;
	char *heard;
	size_t len;
	bool is_ended, is_closed;
};

static size_t
raw_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	if (raw->is_deaf)
		return 0;
	assert_true(raw->len + bytes.len < HEARD_MAX);
	memcpy(raw->heard + raw->len, bytes.data, bytes.len);
	raw->len += bytes.len;
	raw->heard[raw->len] = '\0';
	return bytes.len;
}

static void
raw_on_end(struct stream *stream, void *arg)
{
	(void)stream;
	((struct raw *)arg)->is_ended = true;
}

static void
raw_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	(void)end;
	raw->stream = NULL;
	raw->is_closed = true;
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
	assert_int_equal(stream_write(stream, raw->say), 0);
	if (!raw->keeps_open)
		stream_finish(stream);
}

static void
raw_open(struct place *place, struct raw *raw)
{
	static const char *const protocols[] = { DATA_PROTOCOL };

	raw->heard = xzalloc(raw->is_deaf ? 1 : HEARD_MAX);
	host_open(place->asker->host, &place->server.id, protocols, 1, 10000,
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
raw_close(struct place *place, struct raw *raw)
{
	if (raw->stream != NULL)
		stream_reset(raw->stream);
	test_loop_for(place->base, 5);
	free(raw->heard);
	raw->heard = NULL;
}

/* Say it and hear the whole answer. */
static void
exchange(
    struct place *place, struct bytes say, bool keeps_open, struct raw *raw)
{
	*raw = (struct raw){ .say = say, .keeps_open = keeps_open };
	raw_open(place, raw);
	test_loop_until(place->base, is_over, raw);
	assert_true(raw->is_ended);
}

#define REFUSAL(error, code) \
	"{\"ok\":false,\"error\":\"" error "\",\"code\":\"" code "\"}\n"

/* clang-format off */
static const struct {
	const char *name, *say, *want;
} cases[] = {
	{ "a line",          "{\"op\":1}\n",     "{\"ok\":true,\"data\":8}\n" },
	{ "up to the end",   "{\"op\":1}",       "{\"ok\":true,\"data\":8}\n" },
	{ "nothing",         "",                 "{\"ok\":true,\"data\":0}\n" },
	{ "an empty line",   "\n",               "{\"ok\":true,\"data\":0}\n" },
	{ "two lines",       "12\n3456\n",       "{\"ok\":true,\"data\":2}\n" },
	{ "a line of HTTP",  "GET / HTTP\r\n",   "{\"ok\":true,\"data\":11}\n" },
	{ "refused",         "fail\n",           REFUSAL("not \\\"you\\\"", "forbidden") },
	{ "sealed",          "ENC:AAAA\n",       REFUSAL("decrypt error", "bad_request") },
	{ "sealed, no line", "ENC:",             REFUSAL("decrypt error", "bad_request") },
};
/* clang-format on */

static void
test_answers(void **state)
{
	struct place *place = *state;
	struct raw raw;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		exchange(place, bytes_of(cases[i].say), false, &raw);
		assert_string_equal(raw.heard, cases[i].want);
		raw_close(place, &raw);
	}
}

/* A byte a time, and without ever finishing its half. */
static void
test_slowly(void **state)
{
	struct place *place = *state;
	struct raw raw;
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (strchr(cases[i].say, '\n') == NULL)
			continue;
		raw = (struct raw){ .say = { NULL, 0 }, .keeps_open = true };
		raw_open(place, &raw);
		test_loop_until(place->base, is_open, &raw);
		for (at = 0; cases[i].say[at] != '\0'; at++) {
			stream_write(raw.stream,
			    (struct bytes){
				(const uint8_t *)cases[i].say + at, 1 });
			test_loop_for(place->base, 1);
		}
		test_loop_until(place->base, is_over, &raw);
		assert_string_equal(raw.heard, cases[i].want);
		raw_close(place, &raw);
	}
}

static void
test_who_asks(void **state)
{
	struct place *place = *state;
	struct raw raw;

	peer_emails_set(place->emails, &place->client.id, "a@b.c");
	exchange(place, bytes_of("x\n"), false, &raw);
	assert_true(
	    peer_id_equal(&place->store.caller.peer, &place->client.id));
	assert_string_equal(place->store.caller.email, "a@b.c");
	assert_false(place->store.caller.is_owner);
	raw_close(place, &raw);
}

/* The longest line, and one byte more, with an end or without. */
static void
test_length(void **state)
{
	struct place *place = *state;
	CLEANUP_FREE char *say = xzalloc(DATA_REQUEST_MAX + 3);
	struct raw raw;
	size_t i;

	memset(say, 'a', DATA_REQUEST_MAX);
	say[DATA_REQUEST_MAX] = '\n';
	exchange(place, bytes_of(say), true, &raw);
	assert_string_equal(raw.heard, "{\"ok\":true,\"data\":1048576}\n");
	raw_close(place, &raw);
	for (i = 0; i < 2; i++) {
		say[DATA_REQUEST_MAX] = 'a';
		say[DATA_REQUEST_MAX + 1] = i == 0 ? '\0' : '\n';
		exchange(place, bytes_of(say), true, &raw);
		assert_string_equal(raw.heard,
		    REFUSAL("read error: the request has more than 1 MiB",
			"too_large"));
		raw_close(place, &raw);
	}
}

static void
test_large_answers(void **state)
{
	struct place *place = *state;
	size_t largest = DATA_ANSWER_MAX - strlen("{\"ok\":true,\"data\":}\n");
	char say[64];
	struct raw raw;

	snprintf(say, sizeof(say), "large %zu\n", largest);
	exchange(place, bytes_of(say), false, &raw);
	assert_int_equal(raw.len, DATA_ANSWER_MAX);
	assert_int_equal(raw.heard[raw.len - 1], '\n');
	raw_close(place, &raw);
	snprintf(say, sizeof(say), "large %zu\n", largest + 1);
	exchange(place, bytes_of(say), false, &raw);
	assert_non_null(strstr(raw.heard, "\"code\":\"too_large\""));
	raw_close(place, &raw);
}

/* Answers that nobody takes: the peer's share of memory is used up, others are
 * answered, and what ends is given back. */
static void
test_deaf(void **state)
{
	struct place *place = *state;
	struct raw deaf[DATA_BYTES_PER_PEER / (4 * MIB)], raw;
	struct test_host *asker = place->asker;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(deaf); i++) {
		deaf[i] = (struct raw){ .say = bytes_of("large 4194000\n"),
			.is_deaf = true };
		raw_open(place, &deaf[i]);
	}
	test_loop_for(place->base, 200);
	exchange(place, bytes_of("large 4194000\n"), false, &raw);
	assert_string_equal(raw.heard,
	    REFUSAL("busy: too many large answers are under way", "busy"));
	raw_close(place, &raw);
	place->asker = &place->other;
	exchange(place, bytes_of("large 4194000\n"), false, &raw);
	assert_true(raw.len > 4194000);
	raw_close(place, &raw);
	place->asker = asker;
	for (i = 0; i < ARRAY_SIZE(deaf); i++)
		raw_close(place, &deaf[i]);
	test_loop_for(place->base, 50);
	exchange(place, bytes_of("large 4194000\n"), false, &raw);
	assert_true(raw.len > 4194000);
	raw_close(place, &raw);
}

/* Requests that never end, as long as they may be. */
static void
test_unended(void **state)
{
	struct place *place = *state;
	CLEANUP_FREE char *say = xzalloc(DATA_REQUEST_MAX);
	struct raw raws[DATA_BYTES_PER_PEER / MIB + 4];
	size_t i, refused = 0;

	memset(say, 'a', DATA_REQUEST_MAX - 1);
	for (i = 0; i < ARRAY_SIZE(raws); i++) {
		raws[i] =
		    (struct raw){ .say = bytes_of(say), .keeps_open = true };
		raw_open(place, &raws[i]);
	}
	test_loop_for(place->base, 500);
	for (i = 0; i < ARRAY_SIZE(raws); i++) {
		refused += raws[i].len > 0;
		raw_close(place, &raws[i]);
	}
	assert_in_range(refused, 1, 4);
}

static bool
is_held(void *arg)
{
	return ((struct place *)arg)->store.held == 1;
}

static bool
is_cancelled(void *arg)
{
	return ((struct place *)arg)->store.cancelled == 1;
}

static void
test_leaves(void **state)
{
	struct place *place = *state;
	struct raw raw = { .say = bytes_of("hold\n") };

	raw_open(place, &raw);
	test_loop_until(place->base, is_held, place);
	raw_close(place, &raw);
	test_loop_until(place->base, is_cancelled, place);
}

/* The client goes while answers are under way: nothing is left of it. */
static void
test_disconnects(void **state)
{
	struct place *place = *state;
	struct raw hold = { .say = bytes_of("hold\n") };
	struct raw deaf = { .say = bytes_of("large 4194304\n"),
		.is_deaf = true };

	raw_open(place, &hold);
	raw_open(place, &deaf);
	test_loop_until(place->base, is_held, place);
	host_disconnect(place->client.host, &place->server.id);
	test_loop_until(place->base, is_cancelled, place);
	free(hold.heard);
	free(deaf.heard);
}

static void
test_many_at_once(void **state)
{
	struct place *place = *state;
	static struct raw raws[32];
	size_t round, i;

	for (round = 0; round < 5; round++) {
		memset(raws, 0, sizeof(raws));
		for (i = 0; i < ARRAY_SIZE(raws); i++) {
			raws[i].say = bytes_of("{}\n");
			raw_open(place, &raws[i]);
		}
		for (i = 0; i < ARRAY_SIZE(raws); i++) {
			test_loop_until(place->base, is_over, &raws[i]);
			assert_string_equal(
			    raws[i].heard, "{\"ok\":true,\"data\":2}\n");
		}
		for (i = 0; i < ARRAY_SIZE(raws); i++)
			raw_close(place, &raws[i]);
	}
}

int
main(void)
{
#define PLACED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		PLACED(test_answers),
		PLACED(test_slowly),
		PLACED(test_who_asks),
		PLACED(test_length),
		PLACED(test_large_answers),
		PLACED(test_deaf),
		PLACED(test_unended),
		PLACED(test_leaves),
		PLACED(test_disconnects),
		PLACED(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
