#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "tests/unit/support/vectors.h"
#include "tests/unit/support/yamux_scene.h"

static void
test_frames(void **state)
{
	json_t *frames = vectors_get(vectors_load("yamux"), "frames"), *frame;
	uint8_t header[YAMUX_HEADER_SIZE];
	struct yamux_frame decoded;
	struct bytes bytes;
	size_t i;

	(void)state;
	json_array_foreach(frames, i, frame)
	{
		print_message("  %s\n", vectors_text(frame, "name"));
		bytes = vectors_hex(frame, "hex");
		assert_int_equal(bytes.len, YAMUX_HEADER_SIZE);
		assert_int_equal(yamux_frame_decode(bytes.data, &decoded), 0);
		assert_int_equal(decoded.type,
		    json_integer_value(vectors_get(frame, "type")));
		assert_int_equal(decoded.flags,
		    json_integer_value(vectors_get(frame, "flags")));
		assert_int_equal(decoded.id,
		    json_integer_value(vectors_get(frame, "stream")));
		assert_int_equal(decoded.length,
		    json_integer_value(vectors_get(frame, "length")));
		yamux_frame_encode(&decoded, header);
		assert_memory_equal(header, bytes.data, sizeof(header));
	}
}

static void
test_malformed_headers(void **state)
{
	json_t *list = vectors_get(vectors_load("yamux"), "session_error"),
	       *entry;
	struct scene scene;
	size_t i;

	(void)state;
	json_array_foreach(list, i, entry)
	{
		scene_open(&scene, false, false);
		assert_int_equal(yamux_receive(scene.us.yamux,
				     vectors_hex(entry, "hex"), scene.now),
		    -EPROTO);
		assert_non_null(yamux_reason(scene.us.yamux));
		assert_int_equal(scene_hear_all(&scene, YAMUX_GO_AWAY, 0), 1);
		scene_close(&scene);
	}
}

/* What a go server said, byte for byte. */
static void
test_recorded_go_session(void **state)
{
	json_t *session = vectors_get(vectors_load("yamux"), "live_go_session");
	json_t *event;
	struct scene scene;
	struct scene_stream *ours, *other;
	size_t i;

	(void)state;
	scene_open(&scene, true, false);
	ours = scene_stream_open(&scene, &scene.us);
	other = scene_stream_open(&scene, &scene.us);
	assert_int_equal(
	    scene_hear_all(&scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN), 2);
	json_array_foreach(vectors_get(session, "events"), i, event)
	    assert_int_equal(yamux_receive(scene.us.yamux,
				 vectors_hex(event, "hex"), scene.now),
		0);
	assert_int_equal(scene.us.count, 3);
	assert_memory_equal(scene.us.streams[2].text + 21, "/c/1\npayload", 11);
	assert_int_equal(scene_hear_all(&scene, YAMUX_PING, YAMUX_ACK), 1);
	assert_false(ours->is_ended);
	assert_true(other->is_ended);
	scene_close(&scene);
}

static void
test_echo_in_random_pieces(void **state)
{
	struct scene_stream *stream;
	struct scene scene;
	char text[3000];
	int i;

	(void)state;
	memset(text, 'x', sizeof(text));
	scene_open(&scene, true, true);
	scene.them.is_echo = true;
	for (i = 0; i < 50; i++) {
		stream = scene_stream_open(&scene, &scene.us);
		stream_write(stream->stream,
		    (struct bytes){ (uint8_t *)text, sizeof(text) });
		stream->to_pull = 700000;
		stream_wake(stream->stream);
		stream_finish(stream->stream);
	}
	scene_pump(&scene);
	for (i = 0; i < 50; i++) {
		stream = &scene.us.streams[i];
		assert_int_equal(stream->received, sizeof(text) + 700000);
		assert_memory_equal(stream->text, text, sizeof(text));
		assert_true(stream->is_ended && stream->is_closed);
		assert_int_equal(stream->end, STREAM_FINISHED);
		assert_true(scene.them.streams[i].is_closed);
	}
	assert_int_equal(yamux_stream_count(scene.us.yamux), 0);
	scene_close(&scene);
}

static void
test_not_reading_is_back_pressure(void **state)
{
	struct scene_stream *ours, *theirs;
	struct scene scene;

	(void)state;
	scene_open(&scene, true, true);
	scene.them.is_lazy = true;
	ours = scene_stream_open(&scene, &scene.us);
	ours->to_pull = 1000000;
	scene_pump(&scene);
	assert_int_equal(ours->to_pull, 1000000 - YAMUX_WINDOW_INITIAL);
	theirs = &scene.them.streams[0];
	theirs->is_lazy = false;
	stream_resume(theirs->stream);
	scene_pump(&scene);
	assert_int_equal(theirs->received, 1000000);
	scene_close(&scene);
}

static void
test_stalled_stream_is_reset(void **state)
{
	struct scene scene;
	struct scene_stream *ours;

	(void)state;
	scene_open(&scene, true, true);
	scene.them.is_lazy = true;
	ours = scene_stream_open(&scene, &scene.us);
	ours->to_pull = 1000000;
	scene_pump(&scene);
	scene_wait(&scene, YAMUX_STALL_MS - 1);
	scene_pump(&scene);
	assert_false(ours->is_closed);
	scene_wait(&scene, 1);
	scene_pump(&scene);
	assert_true(ours->is_closed);
	assert_int_equal(ours->end, STREAM_STALLED);
	assert_true(scene.them.streams[0].is_closed);
	assert_int_equal(scene.them.streams[0].end, STREAM_RESET);
	scene_close(&scene);
}

/* Time passes while they say nothing but that they are alive. */
static void
stay_alive(struct scene *scene, int64_t ms)
{
	for (; ms > 0; ms -= 5000) {
		scene_say(scene, YAMUX_PING, YAMUX_SYN, 0, 1);
		scene_hear_all(scene, 0, 0);
		assert_int_equal(scene_wait(scene, 5000), 0);
	}
}

/* go closes a stream that it has not read with a FIN alone, or not at all. */
static void
test_silence_after_our_answer(void **state)
{
	struct scene scene;
	struct scene_stream *answered;

	(void)state;
	scene_open(&scene, false, false);
	scene_say(&scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN, 1, 0);
	answered = &scene.us.streams[0];
	stream_write(answered->stream, bytes_of("answer"));
	stream_finish(answered->stream);
	assert_int_equal(
	    scene_hear_all(&scene, YAMUX_WINDOW_UPDATE, YAMUX_FIN), 1);
	stay_alive(&scene, YAMUX_STALL_MS / 2);
	scene_say(&scene, YAMUX_DATA, 0, 1, 10);
	stay_alive(&scene, YAMUX_STALL_MS / 2);
	assert_false(answered->is_closed);
	/* They read on. */
	scene_say(&scene, YAMUX_WINDOW_UPDATE, 0, 1, 10);
	stay_alive(&scene, YAMUX_STALL_MS / 2);
	assert_false(answered->is_closed);
	stay_alive(&scene, YAMUX_STALL_MS / 2 - 5000);
	scene_say(&scene, YAMUX_PING, YAMUX_SYN, 0, 1);
	scene_wait(&scene, 5000);
	assert_true(answered->is_closed);
	/* Without a reset: what they have not read yet is theirs. */
	assert_int_equal(
	    scene_hear_all(&scene, YAMUX_WINDOW_UPDATE, YAMUX_RST), 0);
	scene_close(&scene);
}

/* Hostile or odd frames, each after the client opened stream 1. */
static const struct {
	const char *name;
	struct {
		uint8_t type;
		uint16_t flags;
		uint32_t id;
		uint32_t length;
	} frames[3];
	int want;
} odd[] = {
	{ "more than the window",
	    { { YAMUX_DATA, 0, 1, YAMUX_WINDOW_INITIAL + 1 } }, -EPROTO },
	{ "the whole window is fine",
	    { { YAMUX_DATA, 0, 1, YAMUX_WINDOW_INITIAL } }, 0 },
	{ "a huge length", { { YAMUX_DATA, 0, 1, UINT32_MAX } }, -EPROTO },
	{ "our parity", { { YAMUX_WINDOW_UPDATE, YAMUX_SYN, 2, 0 } }, -EPROTO },
	{ "an id in use", { { YAMUX_WINDOW_UPDATE, YAMUX_SYN, 1, 0 } },
	    -EPROTO },
	{ "data without a stream", { { YAMUX_DATA, 0, 0, 0 } }, -EPROTO },
	{ "a ping with a stream", { { YAMUX_PING, YAMUX_SYN, 1, 0 } },
	    -EPROTO },
	{ "a pong that nobody asked for", { { YAMUX_PING, YAMUX_ACK, 0, 99 } },
	    0 },
	{ "body of an unknown stream is skipped",
	    { { YAMUX_DATA, 0, 77, 100000 }, { YAMUX_DATA, 0, 1, 10 } }, 0 },
	{ "credit for an unknown stream", { { YAMUX_WINDOW_UPDATE, 0, 77, 5 } },
	    0 },
	{ "reset of an unknown stream",
	    { { YAMUX_WINDOW_UPDATE, YAMUX_RST, 77, 0 } }, 0 },
	{ "late data after a reset",
	    { { YAMUX_WINDOW_UPDATE, YAMUX_RST, 1, 0 },
		{ YAMUX_DATA, 0, 1, 4000 } },
	    0 },
	{ "data after FIN",
	    { { YAMUX_WINDOW_UPDATE, YAMUX_FIN, 1, 0 },
		{ YAMUX_DATA, 0, 1, 4000 } },
	    0 },
	{ "credit beyond 32 bits",
	    { { YAMUX_WINDOW_UPDATE, 0, 1, UINT32_MAX },
		{ YAMUX_WINDOW_UPDATE, 0, 1, UINT32_MAX } },
	    0 },
	{ "SYN, body and FIN in one frame",
	    { { YAMUX_DATA, YAMUX_SYN | YAMUX_FIN, 3, 5 } }, 0 },
	{ "SYN with RST", { { YAMUX_DATA, YAMUX_SYN | YAMUX_RST, 3, 5 } }, 0 },
	{ "all flags at once",
	    { { YAMUX_WINDOW_UPDATE, 0xffff, 3, UINT32_MAX } }, 0 },
	{ "go away, normal", { { YAMUX_GO_AWAY, 0, 0, 0 } }, 0 },
	{ "go away, with an error", { { YAMUX_GO_AWAY, 0, 0, 2 } }, -EPROTO },
};

static void
test_odd_frames(void **state)
{
	struct scene scene;
	size_t i, k;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		print_message("  %s\n", odd[i].name);
		scene_open(&scene, false, false);
		rc = scene_say(&scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN, 1, 0);
		for (k = 0; k < 3 && rc == 0; k++)
			if (odd[i].frames[k].id != 0 ||
			    odd[i].frames[k].type != 0 || k == 0)
				rc = scene_say(&scene, odd[i].frames[k].type,
				    odd[i].frames[k].flags, odd[i].frames[k].id,
				    odd[i].frames[k].length);
		assert_int_equal(rc, odd[i].want);
		scene_hear_all(&scene, 0, 0);
		scene_close(&scene);
	}
}

static void
test_credit_saturates(void **state)
{
	struct scene scene;
	struct scene_stream *stream;

	(void)state;
	scene_open(&scene, true, false);
	stream = scene_stream_open(&scene, &scene.us);
	scene_hear_all(&scene, 0, 0);
	scene_say(&scene, YAMUX_WINDOW_UPDATE, YAMUX_ACK, 1, UINT32_MAX);
	scene_say(&scene, YAMUX_WINDOW_UPDATE, 0, 1, UINT32_MAX);
	stream->to_pull = 2000000;
	stream_wake(stream->stream);
	scene_hear_all(&scene, 0, 0);
	assert_int_equal(stream->to_pull, 0);
	scene_close(&scene);
}

static void
test_ten_thousand_streams(void **state)
{
	struct scene scene;
	struct yamux_frame frame;
	uint32_t i;

	(void)state;
	scene_open(&scene, false, false);
	for (i = 0; i < 10000; i++) {
		assert_int_equal(scene_say(&scene, YAMUX_WINDOW_UPDATE,
				     YAMUX_SYN, 2 * i + 1, 0),
		    0);
		while (yamux_is_congested(scene.us.yamux))
			assert_true(scene_hear(&scene, &frame));
	}
	assert_int_equal(
	    yamux_stream_count(scene.us.yamux), YAMUX_STREAMS_INBOUND_MAX);
	scene_close(&scene);
}

static void
test_streams_without_protocol_are_fewer(void **state)
{
	struct scene scene;
	uint32_t i;

	(void)state;
	scene_open(&scene, false, false);
	scene.us.agrees = false;
	for (i = 0; i < 100; i++)
		scene_say(&scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN, 2 * i + 1, 0);
	assert_int_equal(scene.us.count, YAMUX_UNNEGOTIATED_MAX);
	assert_int_equal(scene_hear_all(&scene, YAMUX_WINDOW_UPDATE, YAMUX_RST),
	    100 - YAMUX_UNNEGOTIATED_MAX);
	stream_agreed(scene.us.streams[0].stream, "/test");
	stream_reset(scene.us.streams[1].stream);
	for (; i < 110; i++)
		scene_say(&scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN, 2 * i + 1, 0);
	assert_int_equal(scene.us.count, YAMUX_UNNEGOTIATED_MAX + 2);
	scene_close(&scene);
}

/* They open streams and never read what we answer. */
static void
test_unread_answers_end_the_session(void **state)
{
	struct scene scene;
	uint32_t i = 0;
	int rc = 0;

	(void)state;
	scene_open(&scene, false, false);
	while (rc == 0 && i < 100000)
		rc = scene_say(
		    &scene, YAMUX_WINDOW_UPDATE, YAMUX_SYN, 2 * i++ + 1, 0);
	assert_int_equal(rc, -EPROTO);
	assert_true(yamux_is_congested(scene.us.yamux));
	assert_true(i <= YAMUX_STREAMS_INBOUND_MAX +
			     YAMUX_CONTROL_MAX / YAMUX_HEADER_SIZE + 2);
	scene_close(&scene);
}

static void
test_pings(void **state)
{
	struct yamux_frame frame;
	struct scene scene;
	struct scene_stream *busy;
	int i;

	(void)state;
	scene_open(&scene, true, false);
	busy = scene_stream_open(&scene, &scene.us);
	busy->to_pull = 100000;
	stream_wake(busy->stream);
	for (i = 0; i < YAMUX_PONGS_MAX + 10; i++)
		scene_say(&scene, YAMUX_PING, YAMUX_SYN, 0, (uint32_t)(i + 7));
	/* Ahead of all else, in order, the value said back. */
	for (i = 0; i < YAMUX_PONGS_MAX; i++) {
		assert_true(scene_hear(&scene, &frame));
		assert_int_equal(frame.type, YAMUX_PING);
		assert_int_equal(frame.flags, YAMUX_ACK);
		assert_int_equal(frame.length, i + 7);
	}
	assert_int_equal(scene_hear_all(&scene, YAMUX_PING, YAMUX_ACK), 0);
	scene_close(&scene);
}

static void
test_round_trip_is_measured(void **state)
{
	struct yamux_frame ping;
	struct scene scene;

	(void)state;
	scene_open(&scene, true, false);
	assert_int_equal(yamux_rtt_us(scene.us.yamux), -1);
	assert_true(scene_hear(&scene, &ping));
	assert_int_equal(ping.type, YAMUX_PING);
	assert_int_equal(ping.flags, YAMUX_SYN);
	scene_wait(&scene, 60);
	scene_say(&scene, YAMUX_PING, YAMUX_ACK, 0, ping.length + 1);
	assert_int_equal(yamux_rtt_us(scene.us.yamux), -1);
	scene_say(&scene, YAMUX_PING, YAMUX_ACK, 0, ping.length);
	assert_int_equal(yamux_rtt_us(scene.us.yamux), 60000);
	/* The next one half a minute later. */
	assert_int_equal(scene_wait(&scene, YAMUX_KEEPALIVE_MS - 1), 0);
	assert_false(scene_hear(&scene, &ping));
	assert_int_equal(scene_wait(&scene, 1), 0);
	assert_true(scene_hear(&scene, &ping));
	scene_close(&scene);
}

/* A shorter one counts at once, a longer one slowly. */
static void
test_shortest_round_trip_counts(void **state)
{
	static const struct {
		int64_t ms, want_us;
	} pings[] = { { 80, 80000 }, { 40, 40000 }, { 120, 50000 },
		{ 50, 50000 }, { 10, 10000 } };
	struct yamux_frame ping;
	struct scene scene;
	size_t i;

	(void)state;
	scene_open(&scene, true, false);
	for (i = 0; i < ARRAY_SIZE(pings); i++) {
		assert_true(scene_hear(&scene, &ping));
		scene_wait(&scene, pings[i].ms);
		scene_say(&scene, YAMUX_PING, YAMUX_ACK, 0, ping.length);
		assert_int_equal(
		    yamux_rtt_us(scene.us.yamux), pings[i].want_us);
		scene_wait(&scene, YAMUX_KEEPALIVE_MS);
	}
	scene_close(&scene);
}

static void
test_silent_peer_is_dead(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, true, false);
	scene_hear_all(&scene, 0, 0);
	assert_int_equal(scene_wait(&scene, YAMUX_PONG_TIMEOUT_MS - 1), 0);
	/* No pong, but alive: it may be stuck behind data. */
	scene_say(&scene, YAMUX_PING, YAMUX_SYN, 0, 5);
	assert_int_equal(scene_wait(&scene, YAMUX_PONG_TIMEOUT_MS - 1), 0);
	assert_true(monotime_reached(
	    monotime_add_ms(scene.now, 1), yamux_deadline(scene.us.yamux)));
	assert_int_equal(scene_wait(&scene, 1), -ETIMEDOUT);
	scene_close(&scene);
}

/* A stream to somebody long silent comes with a ping, so that a path that is
 * gone is found out in ten seconds. */
static void
test_open_probes_the_silent(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, true, false);
	scene_hear_all(&scene, 0, 0);
	scene_say(&scene, YAMUX_PING, YAMUX_ACK, 0, 0);
	scene_wait(&scene, YAMUX_PROBE_MS - 1);
	scene_stream_open(&scene, &scene.us);
	assert_int_equal(scene_hear_all(&scene, YAMUX_PING, YAMUX_SYN), 0);
	scene_wait(&scene, 1);
	scene_stream_open(&scene, &scene.us);
	assert_int_equal(scene_hear_all(&scene, YAMUX_PING, YAMUX_SYN), 1);
	assert_int_equal(scene_wait(&scene, YAMUX_PONG_TIMEOUT_MS), -ETIMEDOUT);
	scene_close(&scene);
}

static void
test_no_new_streams_after_go_away(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, true, false);
	scene_stream_open(&scene, &scene.us);
	assert_int_equal(scene_say(&scene, YAMUX_GO_AWAY, 0, 0, 0), 0);
	assert_null(yamux_open(scene.us.yamux, scene.now));
	scene_close(&scene);
	assert_int_equal(scene.us.streams[0].end, STREAM_LOST);
}

static void
test_reset_before_the_syn_is_silent(void **state)
{
	struct scene scene;
	struct scene_stream *stream;

	(void)state;
	scene_open(&scene, true, false);
	stream = scene_stream_open(&scene, &scene.us);
	stream_write(stream->stream, bytes_of("never"));
	stream_reset(stream->stream);
	assert_false(stream->is_closed); /* not from inside the call */
	assert_int_equal(scene_hear_all(&scene, YAMUX_WINDOW_UPDATE, 0), 0);
	assert_true(stream->is_closed);
	assert_int_equal(stream->end, STREAM_ABORTED);
	scene_close(&scene);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_malformed_headers),
		cmocka_unit_test(test_recorded_go_session),
		cmocka_unit_test(test_echo_in_random_pieces),
		cmocka_unit_test(test_not_reading_is_back_pressure),
		cmocka_unit_test(test_stalled_stream_is_reset),
		cmocka_unit_test(test_silence_after_our_answer),
		cmocka_unit_test(test_odd_frames),
		cmocka_unit_test(test_credit_saturates),
		cmocka_unit_test(test_ten_thousand_streams),
		cmocka_unit_test(test_streams_without_protocol_are_fewer),
		cmocka_unit_test(test_unread_answers_end_the_session),
		cmocka_unit_test(test_pings),
		cmocka_unit_test(test_round_trip_is_measured),
		cmocka_unit_test(test_shortest_round_trip_counts),
		cmocka_unit_test(test_silent_peer_is_dead),
		cmocka_unit_test(test_open_probes_the_silent),
		cmocka_unit_test(test_no_new_streams_after_go_away),
		cmocka_unit_test(test_reset_before_the_syn_is_silent),
	};

	return cmocka_run_group_tests_name("yamux", tests, NULL, NULL);
}
