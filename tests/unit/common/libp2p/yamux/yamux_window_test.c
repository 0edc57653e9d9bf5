/* Windows under an invented path: one step of the clock is half a round trip,
 * and whatever the windows allow goes through in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/yamux_scene.h"

enum {
	STEP_MS = 30,
	FLIGHT_MAX = 40 * 1024 * 1024,
	MIB = 1024 * 1024,
};

/* What is on its way in one direction. */
struct flight {
	uint8_t *data;
	size_t len;
};

struct path {
	struct scene scene;
	struct flight there, back;
	int64_t step_ms;
};

static size_t
depart(struct path *path, struct yamux *from, struct flight *flight)
{
	size_t len;

	flight->len = 0;
	yamux_run(from, path->scene.now);
	while ((len = yamux_fill(from, flight->data + flight->len,
		    FLIGHT_MAX - flight->len, path->scene.now)) > 0)
		flight->len += len;
	return flight->len;
}

static void
arrive(struct path *path, struct yamux *to, const struct flight *flight)
{
	assert_int_equal(
	    yamux_receive(to, (struct bytes){ flight->data, flight->len },
		path->scene.now),
	    0);
}

/* One round trip; returns the bytes that went from us to them. */
static size_t
round_trip(struct path *path)
{
	size_t sent = depart(path, path->scene.us.yamux, &path->there);

	depart(path, path->scene.them.yamux, &path->back);
	scene_wait(&path->scene, path->step_ms);
	arrive(path, path->scene.them.yamux, &path->there);
	arrive(path, path->scene.us.yamux, &path->back);
	depart(path, path->scene.them.yamux, &path->back);
	scene_wait(&path->scene, path->step_ms);
	arrive(path, path->scene.us.yamux, &path->back);
	return sent;
}

static void
path_open(struct path *path)
{
	scene_open(&path->scene, true, true);
	path->step_ms = STEP_MS;
	path->there.data = malloc(FLIGHT_MAX);
	path->back.data = malloc(FLIGHT_MAX);
}

static void
path_close(struct path *path)
{
	scene_close(&path->scene);
	free(path->there.data);
	free(path->back.data);
}

/* Two gigabits a second over 60 ms are 15 million bytes in flight. */
static void
test_window_grows_with_the_path(void **state)
{
	struct path *path = calloc(1, sizeof(*path));
	struct scene_stream *stream;
	size_t sent = 0;
	int i;

	(void)state;
	path_open(path);
	stream = scene_stream_open(&path->scene, &path->scene.us);
	stream->to_pull = UINT64_MAX;
	for (i = 0; i < 12; i++)
		sent = round_trip(path);
	print_message("  %zu bytes a round trip\n", sent);
	assert_true(sent > 15000000);
	assert_true(sent < YAMUX_WINDOW_MAX + MIB);
	path_close(path);
	free(path);
}

/* More than the machine can carry in a round trip would only be memory. */
static void
test_window_stays_small_on_a_short_path(void **state)
{
	struct path *path = calloc(1, sizeof(*path));
	size_t sent = 0;
	int i;

	(void)state;
	path_open(path);
	path->step_ms = 1; /* two milliseconds there and back: 4 MiB */
	scene_stream_open(&path->scene, &path->scene.us)->to_pull = UINT64_MAX;
	for (i = 0; i < 20; i++)
		sent = round_trip(path);
	print_message("  %zu bytes a round trip\n", sent);
	assert_in_range(sent, 3 * MIB, 4 * MIB + 1024);
	path_close(path);
	free(path);
}

/* A handler that does not keep up would only fill a larger window. */
static void
test_window_stays_for_a_slow_handler(void **state)
{
	struct path *path = calloc(1, sizeof(*path));
	struct scene_stream *ours, *theirs;
	int i;

	(void)state;
	path_open(path);
	path->scene.them.is_lazy = true;
	ours = scene_stream_open(&path->scene, &path->scene.us);
	ours->to_pull = UINT64_MAX;
	for (i = 0; i < 60; i++) {
		round_trip(path);
		if (i % 3 != 2)
			continue; /* two thirds of the time bytes wait */
		theirs = &path->scene.them.streams[0];
		theirs->is_lazy = false;
		stream_resume(theirs->stream);
		yamux_run(path->scene.them.yamux, path->scene.now);
		theirs->is_lazy = true;
	}
	assert_true(round_trip(path) <= YAMUX_WINDOW_INITIAL + 1024);
	path_close(path);
	free(path);
}

/* One that was fast and is slow now: what waits for it becomes less. */
static void
test_window_shrinks_behind_a_slow_reader(void **state)
{
	struct path *path = calloc(1, sizeof(*path));
	struct scene_stream *theirs;
	uint64_t unread = 0, sent = 0;
	int i;

	(void)state;
	path_open(path);
	scene_stream_open(&path->scene, &path->scene.us)->to_pull = UINT64_MAX;
	for (i = 0; i < 12; i++)
		sent += round_trip(path);
	theirs = &path->scene.them.streams[0];
	theirs->is_lazy = true;
	for (i = 0; i < 200; i++) {
		sent += round_trip(path);
		unread = sent - theirs->received;
		theirs->appetite = 256 * 1024;
		stream_resume(theirs->stream);
	}
	print_message("  %u bytes wait\n", (unsigned int)unread);
	assert_true(unread < MIB);
	/* And it may be fast again. */
	theirs->is_lazy = false;
	stream_resume(theirs->stream);
	for (i = 0; i < 12; i++)
		sent = round_trip(path);
	assert_true(sent > 15000000);
	path_close(path);
	free(path);
}

/* Many streams that nobody reads: some go, and with them what they held. */
static void
test_backlogs_share_a_limit(void **state)
{
	enum { STREAMS = 220 };
	struct path *path = calloc(1, sizeof(*path));
	size_t i, lost = 0;

	(void)state;
	path_open(path);
	path->scene.them.agrees = path->scene.them.is_lazy = true;
	for (i = 0; i < STREAMS; i++)
		scene_stream_open(&path->scene, &path->scene.us)->to_pull =
		    UINT64_MAX;
	for (i = 0; i < 4; i++)
		round_trip(path);
	for (i = 0; i < STREAMS; i++)
		lost += path->scene.them.streams[i].end == STREAM_ABORTED;
	assert_in_range(lost,
	    STREAMS - YAMUX_BACKLOG_MAX / YAMUX_WINDOW_INITIAL, STREAMS / 2);
	path_close(path);
	free(path);
}

/* All windows together have a limit too. */
static void
test_windows_share_a_limit(void **state)
{
	struct path *path = calloc(1, sizeof(*path));
	size_t sent = 0;
	int i;

	(void)state;
	path_open(path);
	for (i = 0; i < 8; i++)
		scene_stream_open(&path->scene, &path->scene.us)->to_pull =
		    UINT64_MAX;
	for (i = 0; i < 12; i++)
		sent = round_trip(path);
	print_message("  %zu bytes a round trip\n", sent);
	assert_true(
	    sent < YAMUX_WINDOW_GROWN_MAX + 8 * YAMUX_WINDOW_INITIAL + MIB);
	path_close(path);
	free(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_grows_with_the_path),
		cmocka_unit_test(test_window_stays_small_on_a_short_path),
		cmocka_unit_test(test_window_stays_for_a_slow_handler),
		cmocka_unit_test(test_window_shrinks_behind_a_slow_reader),
		cmocka_unit_test(test_backlogs_share_a_limit),
		cmocka_unit_test(test_windows_share_a_limit),
	};

	return cmocka_run_group_tests_name("yamux_window", tests, NULL, NULL);
}
