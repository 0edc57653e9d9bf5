/* multistream: transcripts in one piece and byte by byte, and harm */
#include "common/libp2p/stream/multistream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "tests/unit/support/vectors.h"

static bool
speaks_known(const char *protocol, void *arg)
{
	static const char *const known[] = { "/noise", "/test/echo/1.0.0",
		"/c/1" };
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(protocol, known[i]))
			return true;
	return false;
}

static bool
speaks_nothing(const char *protocol, void *arg)
{
	(void)protocol;
	(void)arg;
	return false;
}

/* Offer input chunk bytes more at a time; what is not used comes again. */
static size_t
feed(struct multistream *m, struct bytes input, size_t chunk)
{
	size_t used = 0, offered = 0;

	while (offered < input.len && m->state == MULTISTREAM_NEGOTIATING) {
		offered =
		    offered + chunk < input.len ? offered + chunk : input.len;
		used += multistream_receive(
		    m, (struct bytes){ input.data + used, offered - used });
		assert_true(used <= offered);
	}
	return used;
}

static void
assert_output(struct multistream *m, struct bytes want)
{
	if (!bytes_equal(buffer_bytes(&m->output), want))
		fail_msg("%zu bytes of output that differ from the %zu wanted",
		    m->output.len, want.len);
}

/* --- the vectors --------------------------------------------------------- */

static void
test_frames(void **state)
{
	json_t *frames = vectors_get(vectors_load("multistream"), "frames");
	struct bytes header = vectors_hex(json_array_get(frames, 0), "hex");
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(frames, i, entry)
	{
		const char *token = vectors_text(entry, "token");
		struct bytes frame = vectors_hex(entry, "hex");
		struct multistream m;

		multistream_dial(&m, &token, 1);
		assert_int_equal(m.output.len, header.len + frame.len);
		buffer_consume(&m.output, header.len);
		assert_output(&m, frame);
		/* The answer to it is the same frame. */
		multistream_receive(&m, header);
		assert_int_equal(multistream_receive(&m, frame), frame.len);
		assert_int_equal(m.state, MULTISTREAM_AGREED);
		assert_string_equal(m.chosen, token);
		multistream_fini(&m);
	}
}

/* What one side says in a transcript, steps put together. */
static void
lines_of(const json_t *transcript, const char *who, struct buffer *ret)
{
	json_t *steps = json_object_get(transcript, "steps"), *step;
	size_t i;

	buffer_init(ret, 4096);
	if (json_object_get(transcript, who) != NULL)
		buffer_append(ret, vectors_hex(transcript, who));
	json_array_foreach(
	    steps, i, step) if (!strcmp(vectors_text(step, "from"), who))
	    buffer_append(ret, vectors_hex(step, "hex"));
}

static void
replay_listener(
    struct bytes dialer, struct bytes want, size_t payload, size_t chunk)
{
	struct multistream m;

	multistream_listen(&m, speaks_known, NULL);
	assert_int_equal(feed(&m, dialer, chunk), dialer.len - payload);
	assert_int_equal(m.state, MULTISTREAM_AGREED);
	if (want.len > 0)
		assert_output(&m, want);
	multistream_fini(&m);
}

static void
replay_dialer(const char *const *protocols, size_t count, struct bytes listener,
    struct bytes want, size_t chunk)
{
	struct multistream m;

	multistream_dial(&m, protocols, count);
	assert_int_equal(feed(&m, listener, chunk), listener.len);
	assert_int_equal(m.state, MULTISTREAM_AGREED);
	assert_int_equal(m.agreed, count - 1);
	assert_string_equal(m.chosen, protocols[count - 1]);
	assert_output(&m, want);
	multistream_fini(&m);
}

static void
test_transcripts(void **state)
{
	/* what the dialer of each transcript proposes */
	static const struct {
		const char *protocols[2];
		size_t count, payload;
	} proposals[] = {
		{ { "/noise" }, 1, 0 },
		{ { "/tls/1.0.0", "/noise" }, 2, 0 },
		{ { "/c/1" }, 1, 7 }, /* "payload" follows at once */
		{ { "/nope", "/test/echo/1.0.0" }, 2, 0 },
	};
	json_t *entry;
	size_t i, chunk;

	(void)state;
	json_array_foreach(
	    vectors_get(vectors_load("multistream"), "transcripts"), i, entry)
	{
		struct buffer dialer, listener;

		assert_true(i < ARRAY_SIZE(proposals));
		print_message("%s\n", vectors_text(entry, "name"));
		lines_of(entry, "dialer", &dialer);
		lines_of(entry, "listener", &listener);
		for (chunk = 1; chunk <= 4096; chunk *= 64) {
			replay_listener(buffer_bytes(&dialer),
			    buffer_bytes(&listener), proposals[i].payload,
			    chunk);
			if (listener.len > 0)
				replay_dialer(proposals[i].protocols,
				    proposals[i].count, buffer_bytes(&listener),
				    buffer_bytes(&dialer), chunk);
		}
		buffer_fini(&dialer);
		buffer_fini(&listener);
	}
}

/* No malformed bytes are ever agreed to, on either side, header or not. */
static void
check_invalid(
    struct bytes header, struct bytes bad, bool is_dialer, bool with_header)
{
	static const char *const protocols[] = { "/noise" };
	struct multistream m;
	size_t said;

	if (is_dialer)
		multistream_dial(&m, protocols, 1);
	else
		multistream_listen(&m, speaks_known, NULL);
	said = m.output.len;
	if (with_header)
		feed(&m, header, 1);
	feed(&m, bad, 1);
	assert_true(m.state == MULTISTREAM_FAILED ||
		    m.state == MULTISTREAM_NEGOTIATING);
	assert_int_equal(m.output.len, said);
	multistream_fini(&m);
}

static void
test_invalid(void **state)
{
	json_t *root = vectors_load("multistream"), *entry;
	struct bytes header =
	    vectors_hex(json_array_get(vectors_get(root, "frames"), 0), "hex");
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(root, "invalid"), i, entry)
	{
		struct bytes bad = vectors_hex(entry, "hex");

		print_message("%s\n", vectors_text(entry, "why"));
		check_invalid(header, bad, false, false);
		check_invalid(header, bad, false, true);
		check_invalid(header, bad, true, false);
		check_invalid(header, bad, true, true);
	}
}

/* --- what a stranger may say -------------------------------------------- */

#define HEADER "\x13/multistream/1.0.0\n"

/* clang-format off */
static const struct {
	const char *name;
	struct bytes input;
	enum multistream_state want;
	const char *answer; /* after the header */
} strangers[] = {
#define SAY(text) { (const uint8_t *)text, sizeof(text) - 1 }
	{ "nothing", { NULL, 0 }, MULTISTREAM_NEGOTIATING, "" },
	{ "header alone", SAY(HEADER), MULTISTREAM_NEGOTIATING, "" },
	{ "no header", SAY("\x07/noise\n"), MULTISTREAM_FAILED, "" },
	{ "another version", SAY("\x13/multistream/2.0.0\n"),
	  MULTISTREAM_FAILED, "" },
	{ "header again", SAY(HEADER HEADER), MULTISTREAM_NEGOTIATING,
	  "\x03na\n" },
	{ "ls", SAY(HEADER "\x03ls\n"), MULTISTREAM_NEGOTIATING, "\x03na\n" },
	{ "na", SAY(HEADER "\x03na\n"), MULTISTREAM_NEGOTIATING, "\x03na\n" },
	{ "empty token", SAY(HEADER "\x01\n"), MULTISTREAM_NEGOTIATING,
	  "\x03na\n" },
	{ "space at the end", SAY(HEADER "\x08/noise \n"),
	  MULTISTREAM_NEGOTIATING, "\x03na\n" },
	{ "prefix of a protocol", SAY(HEADER "\x05/noi\n"),
	  MULTISTREAM_NEGOTIATING, "\x03na\n" },
	{ "NUL inside", SAY(HEADER "\x09/noise\0x\n"), MULTISTREAM_FAILED, "" },
	{ "zero bytes", SAY("\0\0\0\0\0\0\0\0"), MULTISTREAM_FAILED, "" },
	{ "length in a long form", SAY(HEADER "\x87\x00/noise\n"),
	  MULTISTREAM_FAILED, "" },
	{ "HTTP", SAY("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n"
	  "0123456789012345678901234567890123456789"), MULTISTREAM_FAILED, "" },
	{ "TLS", SAY("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03zzzzzzzzzz"
	  "zzzzzzzzzz"), MULTISTREAM_FAILED, "" },
#undef SAY
};
/* clang-format on */

static void
test_strangers(void **state)
{
	size_t i, chunk;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(strangers); i++) {
		print_message("%s\n", strangers[i].name);
		for (chunk = 1; chunk <= 4096; chunk *= 64) {
			struct multistream m;

			multistream_listen(&m, speaks_known, NULL);
			feed(&m, strangers[i].input, chunk);
			assert_int_equal(m.state, strangers[i].want);
			buffer_consume(&m.output, sizeof(HEADER) - 1);
			assert_output(&m, bytes_of(strangers[i].answer));
			multistream_fini(&m);
		}
	}
}

/* Answers that a dialer of /a and /b may get, after the header */
/* clang-format off */
static const struct {
	const char *name, *input;
	enum multistream_state want;
	const char *more; /* what it says then */
} answers[] = {
	{ "the first", "\x03/a\n", MULTISTREAM_AGREED, "" },
	{ "the second", "\x03na\n\x03/b\n", MULTISTREAM_AGREED, "\x03/b\n" },
	{ "the second unasked", "\x03/b\n", MULTISTREAM_FAILED, "" },
	{ "neither", "\x03na\n\x03na\n", MULTISTREAM_REFUSED, "\x03/b\n" },
	{ "something else", "\x03/c\n", MULTISTREAM_FAILED, "" },
	{ "the header again", HEADER, MULTISTREAM_FAILED, "" },
	{ "not yet", "\x03n", MULTISTREAM_NEGOTIATING, "" },
};
/* clang-format on */

static void
test_answers(void **state)
{
	static const char *const protocols[] = { "/a", "/b" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		struct multistream m;

		print_message("%s\n", answers[i].name);
		multistream_dial(&m, protocols, 2);
		buffer_consume(&m.output, m.output.len);
		feed(&m, bytes_of(HEADER), 4096);
		feed(&m, bytes_of(answers[i].input), 4096);
		assert_int_equal(m.state, answers[i].want);
		assert_output(&m, bytes_of(answers[i].more));
		multistream_fini(&m);
	}
}

/* Proposals end; what is said meanwhile stays small. */
static void
test_too_many_proposals(void **state)
{
	struct multistream m;
	size_t i;

	(void)state;
	multistream_listen(&m, speaks_nothing, NULL);
	feed(&m, bytes_of(HEADER), 4096);
	for (i = 0; i < MULTISTREAM_PROPOSALS_MAX; i++) {
		assert_int_equal(m.state, MULTISTREAM_NEGOTIATING);
		assert_int_equal(
		    multistream_receive(&m, bytes_of("\x03/x\n")), 4);
	}
	multistream_receive(&m, bytes_of("\x03/x\n"));
	assert_int_equal(m.state, MULTISTREAM_FAILED);
	assert_true(m.output.len < 256);
	/* It is over: nothing is taken any more. */
	assert_int_equal(multistream_receive(&m, bytes_of("\x03/x\n")), 0);
	multistream_fini(&m);
}

static void
test_longest_token(void **state)
{
	struct multistream m;
	struct buffer frame;
	size_t len, i;

	(void)state;
	for (len = 1024; len <= 1025; len++) {
		buffer_init(&frame, 2048);
		uvarint_append(&frame, len);
		for (i = 1; i < len; i++)
			buffer_append(&frame, bytes_of("x"));
		buffer_append(&frame, bytes_of("\n"));
		multistream_listen(&m, speaks_nothing, NULL);
		feed(&m, bytes_of(HEADER), 4096);
		feed(&m, buffer_bytes(&frame), 4096);
		assert_int_equal(m.state,
		    len == 1024 ? MULTISTREAM_NEGOTIATING : MULTISTREAM_FAILED);
		multistream_fini(&m);
		buffer_fini(&frame);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_transcripts),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_too_many_proposals),
		cmocka_unit_test(test_longest_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
