#include "tests/unit/support/subscriber_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { HELD_MAX = 16 * 1024 * 1024 };

struct subscriber_scene stage;

/* --- the wire */

static ssize_t
wire_read(struct http_wire *wire, void *to, size_t len)
{
	size_t n = stage.in.len < len ? stage.in.len : len;

	(void)wire;
	if (n == 0)
		return stage.in_ends ? 0 : -EAGAIN;
	memcpy(to, stage.in.data, n);
	stage.in.data += n;
	stage.in.len -= n;
	return (ssize_t)n;
}

static ssize_t
wire_writev(struct http_wire *wire, const struct iovec *pieces, int count)
{
	size_t taken = 0, n;
	int i;

	(void)wire;
	for (i = 0; i < count && stage.takes > 0; i++) {
		n = pieces[i].iov_len < stage.takes ? pieces[i].iov_len
						    : stage.takes;
		assert_int_equal(buffer_append(&stage.out,
				     (struct bytes){ pieces[i].iov_base, n }),
		    0);
		stage.takes -= n;
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
	stage.is_shut = true;
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
	assert_int_equal(buffer_append(&stage.heard, message), 0);
	if (stage.closes_at_message)
		subscriber_close(subscriber, 1000, "enough", stage.now);
}

static void
on_hurry(struct subscriber *subscriber, struct monotime by)
{
	(void)subscriber;
	stage.hurry = by;
}

static void
on_end(struct subscriber *subscriber)
{
	(void)subscriber;
	stage.ends++;
}

/* Always readable: whether there is anything the wire says. */
void
begin(enum subscriber_format format)
{
	struct http_wire wire = { .kind = &kind };

	memset(&stage, 0, sizeof(stage));
	wire.fd = eventfd(1, EFD_CLOEXEC);
	stage.owner = (struct subscriber_owner){ .base = event_base_new(),
		.on_message = on_message,
		.on_hurry = on_hurry,
		.on_end = on_end };
	stage.takes = SIZE_MAX;
	stage.now = monotime_now();
	buffer_init(&stage.out, HELD_MAX);
	buffer_init(&stage.heard, HELD_MAX);
	broadcast_log_init(&stage.feed);
	subscriber_init(
	    &stage.subscriber, &stage.owner, format, &wire, stage.now);
	assert_null(wire.kind);
	subscriber_start(&stage.subscriber, BYTES(""), stage.now);
	subscriber_follow(&stage.subscriber, &stage.feed);
}

void
finish(void)
{
	subscriber_fini(&stage.subscriber);
	broadcast_log_fini(&stage.feed);
	buffer_fini(&stage.out);
	buffer_fini(&stage.heard);
	event_base_free(stage.owner.base);
}

void
turn_stage(void)
{
	event_base_loop(stage.owner.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void
hear(struct bytes bytes)
{
	stage.in = bytes;
	turn_stage();
}

void
append(const char *text)
{
	broadcast_log_append(&stage.feed, chunk_new(bytes_of(text), 1));
}

void
put(const char *text)
{
	subscriber_put(&stage.subscriber, chunk_new(bytes_of(text), 1));
}

void
tell_it(void)
{
	subscriber_tell(&stage.subscriber, &stage.feed, stage.now);
}

/* As the socket would, when it takes more. */
void
take(size_t bytes)
{
	stage.takes = bytes;
	subscriber_flush(&stage.subscriber, stage.now);
	stage.takes = 0;
}

void
wait_ms(int64_t ms)
{
	stage.now = monotime_add_ms(stage.now, ms);
}

void
assert_out(struct bytes want)
{
	struct bytes got = buffer_bytes(&stage.out);

	if (!bytes_equal(got, want))
		fail_msg("told %.*s, want %.*s", (int)got.len,
		    (const char *)got.data, (int)want.len,
		    (const char *)want.data);
	buffer_fini(&stage.out);
}

void
assert_ended(enum subscriber_end end)
{
	assert_true(stage.subscriber.is_ended);
	assert_int_equal(stage.ends, 1);
	assert_int_equal(stage.subscriber.end, end);
	assert_null(stage.subscriber.wire.kind);
	/* Nothing touches it any more. */
	tell_it();
	put("late");
	subscriber_close(&stage.subscriber, 1000, "", stage.now);
	assert_int_equal(
	    subscriber_run(&stage.subscriber, stage.now).us, MONOTIME_NEVER.us);
	turn_stage();
	assert_int_equal(stage.ends, 1);
	finish();
}
