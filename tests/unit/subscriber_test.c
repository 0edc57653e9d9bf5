/* One subscriber over a wire that takes and gives what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "goop-rendezvousd/subscriber_wheel.h"

enum { HELD_MAX = 16 * 1024 * 1024 };

/* Masked with zeros, as a client would. */
#define HELLO "\x81\x85\0\0\0\0hello"
#define CLOSE "\x88\x82\0\0\0\0\x03\xe8"
#define BYTES(literal) \
	((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static struct scene {
	struct subscriber_owner owner;
	struct subscriber subscriber;
	struct feed feed;
	struct monotime now;
	struct monotime hurry;
	int fd;
	size_t takes;      /* bytes the wire takes until told more */
	struct buffer out; /* what it took */
	struct bytes in;   /* what it gives */
	bool in_ends;      /* and then the end */
	bool is_shut;
	struct buffer heard; /* messages */
	bool closes_at_message;
	int ends;
} scene;

/* --- the wire */

static ssize_t
wire_read(struct http_wire *wire, void *to, size_t len)
{
	size_t n = scene.in.len < len ? scene.in.len : len;

	(void)wire;
	if (n == 0)
		return scene.in_ends ? 0 : -EAGAIN;
	memcpy(to, scene.in.data, n);
	scene.in.data += n;
	scene.in.len -= n;
	return (ssize_t)n;
}

static ssize_t
wire_writev(struct http_wire *wire, const struct iovec *pieces, int count)
{
	size_t taken = 0, n;
	int i;

	(void)wire;
	for (i = 0; i < count && scene.takes > 0; i++) {
		n = pieces[i].iov_len < scene.takes ? pieces[i].iov_len
						    : scene.takes;
		assert_int_equal(buffer_append(&scene.out,
				     (struct bytes){ pieces[i].iov_base, n }),
		    0);
		scene.takes -= n;
		taken += n;
	}
	return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static bool
wire_is_unsent(const struct http_wire *wire)
{
	(void)wire;
	return false;
}

static void
wire_shutdown(struct http_wire *wire)
{
	(void)wire;
	scene.is_shut = true;
}

static void
wire_close(struct http_wire *wire)
{
	(void)close(wire->fd);
}

static const struct http_wire_kind kind = { wire_read, wire_writev,
	wire_is_unsent, wire_shutdown, wire_close };

/* --- the owner */

static void
on_message(struct subscriber *subscriber, struct bytes message)
{
	assert_int_equal(buffer_append(&scene.heard, message), 0);
	if (scene.closes_at_message)
		subscriber_close(subscriber, 1000, "enough", scene.now);
}

static void
on_hurry(struct subscriber *subscriber, struct monotime by)
{
	(void)subscriber;
	scene.hurry = by;
}

static void
on_end(struct subscriber *subscriber)
{
	(void)subscriber;
	scene.ends++;
}

/* Always readable: whether there is anything the wire says. */
static void
begin(enum subscriber_format format)
{
	struct http_wire wire = { .kind = &kind };

	memset(&scene, 0, sizeof(scene));
	wire.fd = eventfd(1, EFD_CLOEXEC);
	scene.owner = (struct subscriber_owner){ .base = event_base_new(),
		.on_message = on_message,
		.on_hurry = on_hurry,
		.on_end = on_end };
	scene.takes = SIZE_MAX;
	scene.now = monotime_now();
	buffer_init(&scene.out, HELD_MAX);
	buffer_init(&scene.heard, HELD_MAX);
	feed_init(&scene.feed);
	subscriber_init(
	    &scene.subscriber, &scene.owner, format, &wire, scene.now);
	assert_null(wire.kind);
	subscriber_start(&scene.subscriber, BYTES(""), scene.now);
	subscriber_follow(&scene.subscriber, &scene.feed);
}

static void
finish(void)
{
	subscriber_fini(&scene.subscriber);
	feed_fini(&scene.feed);
	buffer_fini(&scene.out);
	buffer_fini(&scene.heard);
	event_base_free(scene.owner.base);
}

static void
turn(void)
{
	event_base_loop(scene.owner.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
say(struct bytes bytes)
{
	scene.in = bytes;
	turn();
}

static void
append(const char *text)
{
	feed_append(&scene.feed, chunk_new(bytes_of(text), 1));
}

static void
put(const char *text)
{
	subscriber_put(&scene.subscriber, chunk_new(bytes_of(text), 1));
}

static void
tell(void)
{
	subscriber_tell(&scene.subscriber, &scene.feed, scene.now);
}

/* As the socket would, when it takes more. */
static void
take(size_t bytes)
{
	scene.takes = bytes;
	subscriber_flush(&scene.subscriber, scene.now);
	scene.takes = 0;
}

static void
wait_ms(int64_t ms)
{
	scene.now = monotime_add_ms(scene.now, ms);
}

static void
assert_out(struct bytes want)
{
	struct bytes got = buffer_bytes(&scene.out);

	if (!bytes_equal(got, want))
		fail_msg("told %.*s, want %.*s", (int)got.len,
		    (const char *)got.data, (int)want.len,
		    (const char *)want.data);
	buffer_fini(&scene.out);
}

static void
assert_ended(enum subscriber_end end)
{
	assert_true(scene.subscriber.is_ended);
	assert_int_equal(scene.ends, 1);
	assert_int_equal(scene.subscriber.end, end);
	assert_null(scene.subscriber.wire.kind);
	/* Nothing touches it any more. */
	tell();
	put("late");
	subscriber_close(&scene.subscriber, 1000, "", scene.now);
	assert_int_equal(
	    subscriber_run(&scene.subscriber, scene.now).us, MONOTIME_NEVER.us);
	turn();
	assert_int_equal(scene.ends, 1);
	finish();
}

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
			while (scene.out.len < 21)
				take(step);
			for (i = 0; ends[i] < before; i++)
				;
			assert_out(bytes_of(right[i]));
			assert_int_equal(scene.owner.messages_out, 4);
			assert_int_equal(scene.owner.bytes_out, 21);
			finish();
		}
	}
}

static void
test_nothing_waits_when_all_is_said(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_CLASSIC);
	scene.takes = 3;
	append("abcdef");
	tell();
	assert_true(scene.subscriber.is_writing);
	assert_int_equal(scene.subscriber.behind.us, scene.now.us);
	take(3);
	assert_false(scene.subscriber.is_writing);
	assert_int_equal(scene.subscriber.behind.us, MONOTIME_NEVER.us);
	assert_out(bytes_of("abcdef"));
	/* The loop goes on by itself when the socket is writable. */
	append("ghi");
	tell();
	assert_true(scene.subscriber.is_writing);
	scene.takes = SIZE_MAX;
	turn();
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
	tell();
	for (i = 0; i < 100 && scene.subscriber.is_writing; i++)
		turn();
	assert_int_equal(scene.out.len, 1000);
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
	scene.takes = 1;
	for (i = 0; i < 4; i++) {
		append(big);
		tell();
		assert_int_equal(scene.ends, 0);
	}
	append(big);
	tell();
	assert_ended(SUBSCRIBER_SLOW);
}

static void
test_who_stalls_is_dropped(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_DELTA);
	wait_ms(SUBSCRIBER_STALL_MS * 10); /* idle is not stalled */
	scene.takes = 1;
	append("abcdef");
	tell();
	wait_ms(SUBSCRIBER_STALL_MS - 1);
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_int_equal(scene.ends, 0);
	take(1);
	wait_ms(SUBSCRIBER_STALL_MS - 1);
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_int_equal(scene.ends, 0);
	wait_ms(1);
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_ended(SUBSCRIBER_SLOW);
}

static void
test_who_never_catches_up_is_dropped(void **state)
{
	int64_t ms;

	(void)state;
	begin(SUBSCRIBER_EVENTS_DELTA);
	scene.takes = 1;
	append("this is a long one, told byte by byte to a dripping reader");
	tell();
	for (ms = 0; ms < SUBSCRIBER_BEHIND_MS; ms += 5000) {
		(void)subscriber_run(&scene.subscriber, scene.now);
		assert_int_equal(scene.ends, 0);
		take(1);
		wait_ms(5000);
	}
	(void)subscriber_run(&scene.subscriber, scene.now);
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
	    subscriber_put_bounded(&scene.subscriber, chunk_ref(chunk)));
	assert_true(
	    subscriber_put_bounded(&scene.subscriber, chunk_ref(chunk)));
	assert_false(
	    subscriber_put_bounded(&scene.subscriber, chunk_ref(chunk)));
	take(SIZE_MAX);
	assert_true(
	    subscriber_put_bounded(&scene.subscriber, chunk_ref(chunk)));
	chunk_unref(chunk);
	finish();
}

/* --- in */

static void
test_messages(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	say(BYTES(HELLO HELLO));
	assert_true(
	    bytes_equal(buffer_bytes(&scene.heard), bytes_of("hellohello")));
	assert_int_equal(scene.owner.messages_in, 2);
	say(BYTES("\x89\x82\0\0\0\0hi"));
	assert_out(BYTES("\x8a\x02hi"));
	finish();
}

static void
test_pongs_for_who_does_not_read(void **state)
{
	int i;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	scene.takes = 0;
	for (i = 0; i < 100000; i++)
		say(BYTES("\x89\x82\0\0\0\0hi"));
	assert_true(scene.subscriber.own_bounded <= SUBSCRIBER_OWN_MAX);
	assert_int_equal(scene.ends, 0);
	finish();
}

static void
test_client_closes(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	say(BYTES(HELLO CLOSE HELLO));
	assert_true(bytes_equal(buffer_bytes(&scene.heard), bytes_of("hello")));
	assert_true(
	    bytes_equal(buffer_bytes(&scene.out), BYTES("\x88\x02\x03\xe8")));
	assert_ended(SUBSCRIBER_LEFT);
}

static void
test_client_closes_amid_a_chunk(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	append("first");
	append("second");
	scene.takes = 2;
	tell();
	say(BYTES(CLOSE));
	assert_int_equal(scene.hurry.us, scene.subscriber.end_by.us);
	append("third");
	tell();
	assert_int_equal(scene.ends, 0);
	take(SIZE_MAX);
	assert_out(BYTES("first\x88\x02\x03\xe8"));
	assert_ended(SUBSCRIBER_LEFT);
}

static void
test_client_breaks_the_protocol(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	say(BYTES("\x81\x05hello"));
	assert_out(BYTES("\x88\x02\x03\xea"));
	assert_true(scene.is_shut);
	assert_int_equal(scene.ends, 0);
	say(BYTES(HELLO)); /* heard no more */
	assert_int_equal(scene.heard.len, 0);
	scene.in_ends = true;
	turn();
	assert_ended(SUBSCRIBER_BROKEN);
}

static void
test_client_breaks_it_and_stays(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	say(BYTES("\x81\x05hello"));
	scene.now = subscriber_run(&scene.subscriber, scene.now);
	assert_int_equal(scene.ends, 0);
	(void)subscriber_run(&scene.subscriber, scene.now);
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
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].format);
		scene.in_ends = true;
		say(cases[i].in);
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
	subscriber_close(&scene.subscriber, 1001, "retry=700", scene.now);
	assert_out(BYTES("\x88\x0b\x03\xe9retry=700"));
	assert_int_equal(scene.ends, 0);
	assert_false(subscriber_put_bounded(
	    &scene.subscriber, chunk_new(bytes_of("no"), 1)));
	say(BYTES(HELLO "\x88\x82\0\0\0\0\x03\xe9"));
	assert_int_equal(scene.heard.len, 0);
	assert_ended(SUBSCRIBER_CLOSED);
}

static void
test_we_close_and_hear_nothing(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	subscriber_close(&scene.subscriber, 1001, "", scene.now);
	assert_int_equal(scene.hurry.us, scene.subscriber.end_by.us);
	wait_ms(SUBSCRIBER_END_MS);
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_ended(SUBSCRIBER_LOST);
}

static void
test_we_end_a_stream(void **state)
{
	(void)state;
	begin(SUBSCRIBER_EVENTS_CLASSIC);
	put("retry: 5\n\n");
	subscriber_close(&scene.subscriber, 1001, "", scene.now);
	assert_out(bytes_of("retry: 5\n\n"));
	assert_true(scene.is_shut);
	scene.in_ends = true;
	turn();
	assert_ended(SUBSCRIBER_CLOSED);
}

/* Within the very call that reads from it. */
static void
test_we_close_while_it_speaks(void **state)
{
	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_CLASSIC);
	scene.closes_at_message = true;
	say(BYTES(HELLO HELLO));
	assert_true(bytes_equal(buffer_bytes(&scene.heard), bytes_of("hello")));
	assert_out(BYTES("\x88\x08\x03\xe8"
			 "enough"));
	assert_int_equal(scene.ends, 0);
	finish();
}

/* --- time */

static void
test_pings(void **state)
{
	struct monotime due;

	(void)state;
	begin(SUBSCRIBER_WEBSOCKET_DELTA);
	due = subscriber_run(&scene.subscriber, scene.now);
	assert_int_equal(monotime_since_ms(due, scene.now), SUBSCRIBER_PING_MS);
	assert_int_equal(scene.out.len, 0);
	scene.now = due;
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_out(BYTES("\x89\x00"));
	/* We talk, it does not: it is asked all the same. */
	wait_ms(SUBSCRIBER_PING_MS);
	put("talk");
	subscriber_flush(&scene.subscriber, scene.now);
	(void)subscriber_run(&scene.subscriber, scene.now);
	assert_out(BYTES("talk\x89\x00"));
	wait_ms(SUBSCRIBER_SILENCE_MS - 2 * SUBSCRIBER_PING_MS);
	(void)subscriber_run(&scene.subscriber, scene.now);
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
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].format);
		wait_ms(cases[i].ms - 1);
		(void)subscriber_run(&scene.subscriber, scene.now);
		assert_int_equal(scene.out.len, 0);
		put("x");
		subscriber_flush(&scene.subscriber, scene.now);
		assert_out(bytes_of("x"));
		wait_ms(cases[i].ms - 1);
		(void)subscriber_run(&scene.subscriber, scene.now);
		assert_int_equal(scene.out.len, 0);
		wait_ms(1);
		(void)subscriber_run(&scene.subscriber, scene.now);
		assert_out(bytes_of(": ping\n\n"));
		wait_ms(SUBSCRIBER_SILENCE_MS * 10);
		(void)subscriber_run(&scene.subscriber, scene.now);
		assert_int_equal(scene.ends, 0);
		finish();
	}
}

/* --- the wheel */

static void
test_wheel(void **state)
{
	static struct subscriber many[100];
	struct subscriber_wheel wheel;
	struct subscriber *one;
	struct monotime start = { 5000000 }, now = start;
	int64_t due[100], ms;
	size_t i, taken = 0;

	(void)state;
	subscriber_wheel_init(&wheel, start);
	for (i = 0; i < 100; i++) {
		due[i] = (int64_t)(i * 97 % 7000);
		subscriber_wheel_put(
		    &wheel, &many[i], monotime_add_ms(start, 1));
		subscriber_wheel_put(
		    &wheel, &many[i], monotime_add_ms(start, due[i]));
	}
	subscriber_wheel_remove(&many[99]);
	subscriber_wheel_remove(&many[99]);
	for (ms = 0; ms < 8000; ms += 10) {
		now = monotime_add_ms(start, ms);
		while ((one = subscriber_wheel_take(&wheel, now)) != NULL) {
			i = (size_t)(one - many);
			assert_true(ms >= due[i]);
			assert_true(
			    ms <= due[i] + 2 * SUBSCRIBER_WHEEL_SLOT_MS);
			taken++;
		}
	}
	assert_int_equal(taken, 99);
	/* What is too far off comes early; after a sleep all come at once. */
	subscriber_wheel_put(
	    &wheel, &many[0], monotime_add_ms(now, 3600 * 1000));
	subscriber_wheel_put(&wheel, &many[1], now);
	now = monotime_add_ms(now, 9000);
	assert_ptr_equal(subscriber_wheel_take(&wheel, now), &many[1]);
	assert_ptr_equal(subscriber_wheel_take(&wheel, now), &many[0]);
	assert_null(subscriber_wheel_take(&wheel, now));
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
		cmocka_unit_test(test_wheel),
	};

	return cmocka_run_group_tests_name("subscriber", tests, NULL, NULL);
}
