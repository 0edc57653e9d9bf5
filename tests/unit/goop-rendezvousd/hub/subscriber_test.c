/* One subscriber over a wire that takes and gives what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "tests/unit/support/subscriber_scene.h"

/* --- out */

/* However the socket takes it: what is one's own comes between chunks. */
static void
test_own_chunks_go_between(void **state)
{
	static const char *const right[] = { "[p]<aaaa><bb><cccccc>",
		"<aaaa>[p]<bb><cccccc>", "<aaaa><bb>[p]<cccccc>",
		"<aaaa><bb><cccccc>[p]" };
	static const size_t ends[] = { 0, 6, 10, 18 };
	size_t before, step, i;

	(void)state;
	for (before = 0; before <= 18; before++) {
		for (step = 1; step <= 18; step++) {
			begin(SUBSCRIBER_EVENTS_CLASSIC);
			append("<aaaa>");
			append("<bb>");
			append("<cccccc>");
			take(before);
			put("[p]");
			while (stage.out.len < 21)
				take(step);
			for (i = 0; ends[i] < before; i++)
				;
			assert_out(bytes_of(right[i]));
			assert_int_equal(stage.owner.messages_out, 4);
			assert_int_equal(stage.owner.bytes_out, 21);
			finish();
		}
	}
}

static void
test_nothing_waits_when_all_is_said(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_CLASSIC);
	stage.takes = 3;
	append("abcdef");
	tell_it();
	assert_true(stage.subscriber.is_writing);
	assert_int_equal(stage.subscriber.behind.us, stage.now.us);
	take(3);
	assert_false(stage.subscriber.is_writing);
	assert_int_equal(stage.subscriber.behind.us, MONOTIME_NEVER.us);
	assert_out(bytes_of("abcdef"));
	/* The loop goes on by itself when the socket is writable. */
	append("ghi");
	tell_it();
	assert_true(stage.subscriber.is_writing);
	stage.takes = SIZE_MAX;
	turn_stage();
	assert_out(bytes_of("ghi"));
	finish();
}

static void
test_many_chunks_in_turns(void **state)
{
	size_t i;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_DELTA);
	for (i = 0; i < 1000; i++)
		append("x");
	tell_it();
	for (i = 0; i < 100 && stage.subscriber.is_writing; i++)
		turn_stage();
	assert_int_equal(stage.out.len, 1000);
	finish();
}

static void
test_who_lags_is_dropped(void **state)
{
	static char big[SUBSCRIBER_LAG_MAX / 4];
	int i;

	(void)state;
	begin(SUBSCRIBER_EVENTS_DELTA);
	memset(big, 'x', sizeof(big) - 1);
	stage.takes = 1;
	for (i = 0; i < 4; i++) {
		append(big);
		tell_it();
		assert_int_equal(stage.ends, 0);
	}
	append(big);
	tell_it();
	assert_ended(SUBSCRIBER_SLOW);
}

static void
test_who_stalls_is_dropped(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_DELTA);
	wait_ms(SUBSCRIBER_STALL_MS * 10); /* idle is not stalled */
	stage.takes = 1;
	append("abcdef");
	tell_it();
	wait_ms(SUBSCRIBER_STALL_MS - 1);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_int_equal(stage.ends, 0);
	take(1);
	wait_ms(SUBSCRIBER_STALL_MS - 1);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_int_equal(stage.ends, 0);
	wait_ms(1);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_ended(SUBSCRIBER_SLOW);
}

static void
test_who_never_catches_up_is_dropped(void **state)
{
	int64_t ms;

	(void)state;
	begin(SUBSCRIBER_EVENTS_DELTA);
	stage.takes = 1;
	append("this is a long one, told byte by byte to a dripping reader");
	tell_it();
	for (ms = 0; ms < SUBSCRIBER_BEHIND_MS; ms += 5000) {
		(void)subscriber_run(&stage.subscriber, stage.now);
		assert_int_equal(stage.ends, 0);
		take(1);
		wait_ms(5000);
	}
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_ended(SUBSCRIBER_SLOW);
}

static void
test_bounded_chunks_are_bounded(void **state)
{
	static char big[SUBSCRIBER_OWN_MAX / 2 + 1];
	struct chunk *chunk;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	memset(big, 'x', sizeof(big) - 1);
	chunk = chunk_new(bytes_of(big), 1);
	assert_true(
	    subscriber_put_bounded(&stage.subscriber, chunk_ref(chunk)));
	assert_true(
	    subscriber_put_bounded(&stage.subscriber, chunk_ref(chunk)));
	assert_false(
	    subscriber_put_bounded(&stage.subscriber, chunk_ref(chunk)));
	take(SIZE_MAX);
	assert_true(
	    subscriber_put_bounded(&stage.subscriber, chunk_ref(chunk)));
	chunk_unref(chunk);
	finish();
}

/* --- in */

static void
test_messages(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	hear(BYTES(HELLO HELLO));
	assert_true(
	    bytes_equal(buffer_bytes(&stage.heard), bytes_of("hellohello")));
	assert_int_equal(stage.owner.messages_in, 2);
	hear(BYTES("\x89\x82\0\0\0\0hi"));
	assert_out(BYTES("\x8a\x02hi"));
	finish();
}

static void
test_pongs_for_who_does_not_read(void **state)
{
	int i;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	stage.takes = 0;
	for (i = 0; i < 100000; i++)
		hear(BYTES("\x89\x82\0\0\0\0hi"));
	assert_true(stage.subscriber.own_bounded <= SUBSCRIBER_OWN_MAX);
	assert_int_equal(stage.ends, 0);
	finish();
}

static void
test_client_closes(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	hear(BYTES(HELLO CLOSE HELLO));
	assert_true(bytes_equal(buffer_bytes(&stage.heard), bytes_of("hello")));
	assert_true(
	    bytes_equal(buffer_bytes(&stage.out), BYTES("\x88\x02\x03\xe8")));
	assert_ended(SUBSCRIBER_LEFT);
}

static void
test_client_closes_amid_a_chunk(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	append("first");
	append("second");
	stage.takes = 2;
	tell_it();
	hear(BYTES(CLOSE));
	assert_int_equal(stage.hurry.us, stage.subscriber.end_by.us);
	append("third");
	tell_it();
	assert_int_equal(stage.ends, 0);
	take(SIZE_MAX);
	assert_out(BYTES("first\x88\x02\x03\xe8"));
	assert_ended(SUBSCRIBER_LEFT);
}

static void
test_client_breaks_the_protocol(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	hear(BYTES("\x81\x05hello"));
	assert_out(BYTES("\x88\x02\x03\xea"));
	assert_true(stage.is_shut);
	assert_int_equal(stage.ends, 0);
	hear(BYTES(HELLO)); /* heard no more */
	assert_int_equal(stage.heard.len, 0);
	stage.in_ends = true;
	turn_stage();
	assert_ended(SUBSCRIBER_BROKEN);
}

static void
test_client_breaks_it_and_stays(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	hear(BYTES("\x81\x05hello"));
	stage.now = subscriber_run(&stage.subscriber, stage.now);
	assert_int_equal(stage.ends, 0);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_ended(SUBSCRIBER_BROKEN);
}

static void
test_ends_of_input(void **state)
{
	static const struct {
		enum subscriber_format format;
		struct bytes in;
		enum subscriber_end want;
	} cases[] = {
		{ SUBSCRIBER_EVENTS_CLASSIC, BYTES(""), SUBSCRIBER_LEFT },
		{ SUBSCRIBER_EVENTS_DELTA, BYTES("GET / HTTP/1.1\r\n"),
		    SUBSCRIBER_BROKEN },
		{ SUBSCRIBER_WEBSOCKET_CLASSIC, BYTES(""), SUBSCRIBER_LOST },
		{ SUBSCRIBER_WEBSOCKET_DELTA, BYTES(HELLO), SUBSCRIBER_LOST },
		{ SUBSCRIBER_WEBSOCKET_DELTA, BYTES(CLOSE), SUBSCRIBER_LEFT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(cases[i].format);
		stage.in_ends = true;
		hear(cases[i].in);
		assert_ended(cases[i].want);
	}
}

/* --- our close */

static void
test_we_close(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	append("all");
	subscriber_close(&stage.subscriber, 1001, "retry=700", stage.now);
	assert_out(BYTES("\x88\x0b\x03\xe9retry=700"));
	assert_int_equal(stage.ends, 0);
	assert_false(subscriber_put_bounded(
	    &stage.subscriber, chunk_new(bytes_of("no"), 1)));
	hear(BYTES(HELLO "\x88\x82\0\0\0\0\x03\xe9"));
	assert_int_equal(stage.heard.len, 0);
	assert_ended(SUBSCRIBER_CLOSED);
}

static void
test_we_close_and_hear_nothing(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	subscriber_close(&stage.subscriber, 1001, "", stage.now);
	assert_int_equal(stage.hurry.us, stage.subscriber.end_by.us);
	wait_ms(SUBSCRIBER_END_MS);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_ended(SUBSCRIBER_LOST);
}

static void
test_we_end_a_stream(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_CLASSIC);
	put("retry: 5\n\n");
	subscriber_close(&stage.subscriber, 1001, "", stage.now);
	assert_out(bytes_of("retry: 5\n\n"));
	assert_true(stage.is_shut);
	stage.in_ends = true;
	turn_stage();
	assert_ended(SUBSCRIBER_CLOSED);
}

/* Within the very call that reads from it. */
static void
test_we_close_while_it_speaks(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	stage.closes_at_message = true;
	hear(BYTES(HELLO HELLO));
	assert_true(bytes_equal(buffer_bytes(&stage.heard), bytes_of("hello")));
	assert_out(BYTES("\x88\x08\x03\xe8"
			 "enough"));
	assert_int_equal(stage.ends, 0);
	finish();
}

/* --- time */

static void
test_pings(void **state)
{
	struct monotime due;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_DELTA);
	due = subscriber_run(&stage.subscriber, stage.now);
	assert_int_equal(monotime_since_ms(due, stage.now), SUBSCRIBER_PING_MS);
	assert_int_equal(stage.out.len, 0);
	stage.now = due;
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_out(BYTES("\x89\x00"));
	/* We talk, it does not: it is asked all the same. */
	wait_ms(SUBSCRIBER_PING_MS);
	put("talk");
	subscriber_flush(&stage.subscriber, stage.now);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_out(BYTES("talk\x89\x00"));
	wait_ms(SUBSCRIBER_SILENCE_MS - 2 * SUBSCRIBER_PING_MS);
	(void)subscriber_run(&stage.subscriber, stage.now);
	assert_ended(SUBSCRIBER_LOST);
}

static void
test_comments(void **state)
{
	static const struct {
		enum subscriber_format format;
		int64_t ms;
	} cases[] = {
		{ SUBSCRIBER_EVENTS_DELTA, SUBSCRIBER_COMMENT_DELTA_MS },
		{ SUBSCRIBER_EVENTS_CLASSIC, SUBSCRIBER_COMMENT_CLASSIC_MS },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(cases[i].format);
		wait_ms(cases[i].ms - 1);
		(void)subscriber_run(&stage.subscriber, stage.now);
		assert_int_equal(stage.out.len, 0);
		put("x");
		subscriber_flush(&stage.subscriber, stage.now);
		assert_out(bytes_of("x"));
		wait_ms(cases[i].ms - 1);
		(void)subscriber_run(&stage.subscriber, stage.now);
		assert_int_equal(stage.out.len, 0);
		wait_ms(1);
		(void)subscriber_run(&stage.subscriber, stage.now);
		assert_out(bytes_of(": ping\n\n"));
		wait_ms(SUBSCRIBER_SILENCE_MS * 10);
		(void)subscriber_run(&stage.subscriber, stage.now);
		assert_int_equal(stage.ends, 0);
		finish();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_chunks_go_between),
		cmocka_unit_test(test_nothing_waits_when_all_is_said),
		cmocka_unit_test(test_many_chunks_in_turns),
		cmocka_unit_test(test_who_lags_is_dropped),
		cmocka_unit_test(test_who_stalls_is_dropped),
		cmocka_unit_test(test_who_never_catches_up_is_dropped),
		cmocka_unit_test(test_bounded_chunks_are_bounded),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_pongs_for_who_does_not_read),
		cmocka_unit_test(test_client_closes),
		cmocka_unit_test(test_client_closes_amid_a_chunk),
		cmocka_unit_test(test_client_breaks_the_protocol),
		cmocka_unit_test(test_client_breaks_it_and_stays),
		cmocka_unit_test(test_ends_of_input),
		cmocka_unit_test(test_we_close),
		cmocka_unit_test(test_we_close_and_hear_nothing),
		cmocka_unit_test(test_we_end_a_stream),
		cmocka_unit_test(test_we_close_while_it_speaks),
		cmocka_unit_test(test_pings),
		cmocka_unit_test(test_comments),
	};

	return cmocka_run_group_tests_name("subscriber", tests, NULL, NULL);
}
