/* local_stream_reader: bytes over the socket and through a ring, which stay
 * where they are until they are sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/shared_ring.h"
#include "common/base/xalloc.h"
#include "common/daemon/local_stream_reader.h"
#include "proto/goopd_ops.h"

enum { STALL_MS = 50 };

static char directory[] = "/tmp/local-stream-reader-XXXXXX";
static const uint8_t ticket[GOOP_TICKET_SIZE] = "0123456789abcde";

struct scene {
	struct event_base *base;
	struct local_stream_reader *reader;
	struct evbuffer *got;
	int64_t left;
	unsigned int pieces;
	int error;
	int listener, socket; /* goopd's */
	struct shared_ring writer;
};

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	struct scene *scene = arg;

	assert_in_range(evbuffer_get_length(piece), 1, LOCAL_STREAM_PIECE_MAX);
	evbuffer_add_buffer(scene->got, piece);
	scene->left = left;
	scene->pieces++;
	event_base_loopbreak(scene->base);
}

static void
on_broken(int error, void *arg)
{
	struct scene *scene = arg;

	scene->error = error;
	event_base_loopbreak(scene->base);
}

static const struct local_stream_listener listener = { on_piece, on_broken };

static int
open_reader(struct scene *scene, int64_t length, bool may_share)
{
	struct local_stream_body body = {
		.run_directory = directory,
		.ticket = { ticket, sizeof(ticket) },
		.length = length,
		.stall_ms = STALL_MS,
		.may_share = may_share,
	};

	return local_stream_reader_open(
	    scene->base, &body, &listener, scene, &scene->reader);
}

/* goopd's part: take the ticket and answer a request for a ring. */
static void
accept_reader(struct scene *scene, bool has_ring)
{
	uint8_t shown[GOOP_TICKET_SIZE + 1];
	ssize_t want = GOOP_TICKET_SIZE + (has_ring ? 1 : 0);
	int memory;

	scene->socket = accept(scene->listener, NULL, NULL);
	assert_int_equal(recv(scene->socket, shown, sizeof(shown), 0), want);
	assert_memory_equal(shown, ticket, sizeof(ticket));
	if (!has_ring)
		return;
	assert_int_equal(shown[GOOP_TICKET_SIZE], SHARED_RING_WISH);
	assert_int_equal(shared_ring_make(&scene->writer, &memory), 0);
	assert_int_equal(shared_ring_answer(scene->socket, memory), 0);
	close(memory);
}

static void
open_scene(struct scene *scene, int64_t length, bool may_share)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*scene = (struct scene){
		.base = event_base_new(), .got = evbuffer_new(), .socket = -1
	};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory,
	    GOOP_STREAM_SOCKET);
	unlink(address.sun_path);
	scene->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(scene->listener, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(scene->listener, 1), 0);
	assert_int_equal(open_reader(scene, length, may_share), 0);
	accept_reader(scene, may_share && length >= SHARED_RING_SIZE);
}

static void
close_scene(struct scene *scene)
{
	local_stream_reader_close(scene->reader);
	evbuffer_free(scene->got);
	shared_ring_close(&scene->writer);
	close(scene->socket);
	close(scene->listener);
	event_base_free(scene->base);
}

static void
write_ring(struct scene *scene, const char *text, size_t len)
{
	uint8_t *to;

	assert_true(shared_ring_room(&scene->writer, &to) >= (ssize_t)len);
	if (text != NULL)
		memcpy(to, text, len);
	(void)shared_ring_wrote(&scene->writer, len);
}

static ssize_t
bells(struct scene *scene)
{
	char heard[16];

	return recv(scene->socket, heard, sizeof(heard), MSG_DONTWAIT);
}

static void
test_socket(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 8, true);
	assert_int_equal(write(scene.socket, "hello", 5), 5);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.left, 3);
	assert_int_equal(write(scene.socket, "you and more", 12), 12);
	local_stream_reader_next(scene.reader);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.left, 0);
	assert_memory_equal(evbuffer_pullup(scene.got, -1), "helloyou", 8);
	assert_int_equal(evbuffer_get_length(scene.got), 8);
	close_scene(&scene);
}

static void
test_no_ring_unless_shared(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, SHARED_RING_SIZE, false);
	assert_int_equal(write(scene.socket, "hello", 5), 5);
	event_base_dispatch(scene.base);
	assert_int_equal(evbuffer_get_length(scene.got), 5);
	close_scene(&scene);
}

static void
test_broken(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 8, true);
	assert_int_equal(write(scene.socket, "hello", 5), 5);
	shutdown(scene.socket, SHUT_WR);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.error, 0);
	local_stream_reader_next(scene.reader);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.error, -EPIPE);
	close_scene(&scene);
}

static void
test_stalled(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 8, true);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.error, -ETIMEDOUT);
	close_scene(&scene);
}

static void
test_nobody_listens(void **state)
{
	struct scene scene = { .base = event_base_new() };
	struct local_stream_body body = { .run_directory = "/nonexistent",
		.length = 1 };

	(void)state;
	assert_int_equal(local_stream_reader_open(scene.base, &body, &listener,
			     &scene, &scene.reader),
	    -ENOENT);
	event_base_free(scene.base);
}

/* Room is given back, and told, when the piece is sent and not before. */
static void
test_ring_room(void **state)
{
	struct scene scene;
	uint8_t *to;

	(void)state;
	open_scene(&scene, SHARED_RING_SIZE, true);
	write_ring(&scene, NULL, SHARED_RING_SIZE);
	event_base_dispatch(scene.base);
	assert_int_equal(
	    evbuffer_get_length(scene.got), LOCAL_STREAM_PIECE_MAX);
	evbuffer_drain(scene.got, LOCAL_STREAM_PIECE_MAX - 1);
	assert_int_equal(shared_ring_room(&scene.writer, &to), 0);
	assert_int_equal(bells(&scene), -1);
	evbuffer_drain(scene.got, 1);
	assert_int_equal(
	    shared_ring_room(&scene.writer, &to), LOCAL_STREAM_PIECE_MAX);
	assert_int_equal(bells(&scene), 1);
	local_stream_reader_next(scene.reader);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.pieces, 2);
	close_scene(&scene);
}

/* goopd ends after the last byte is in the ring. */
static void
test_ring_short(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, SHARED_RING_SIZE, true);
	write_ring(&scene, "hello", 5);
	shutdown(scene.socket, SHUT_WR);
	event_base_dispatch(scene.base);
	assert_int_equal(evbuffer_get_length(scene.got), 5);
	evbuffer_drain(scene.got, 5);
	local_stream_reader_next(scene.reader);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.error, -EPIPE);
	close_scene(&scene);
}

/* A client's connection holds bytes after the transfer has ended. */
static void
test_ring_outlives_the_reader(void **state)
{
	struct scene scene;
	char text[8] = "";

	(void)state;
	open_scene(&scene, SHARED_RING_SIZE, true);
	write_ring(&scene, "hello", 5);
	event_base_dispatch(scene.base);
	local_stream_reader_close(scene.reader);
	scene.reader = NULL;
	assert_int_equal(evbuffer_remove(scene.got, text, 5), 5);
	assert_string_equal(text, "hello");
	close_scene(&scene);
}

static void
test_ring_tricks(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, SHARED_RING_SIZE, true);
	(void)shared_ring_wrote(&scene.writer, SHARED_RING_SIZE + 1);
	event_base_dispatch(scene.base);
	assert_int_equal(scene.error, -EPIPE);
	close_scene(&scene);
}

static int
make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL;
}

static int
remove_directory(void **state)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/%s", directory, GOOP_STREAM_SOCKET);

	(void)state;
	unlink(path);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_no_ring_unless_shared),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_ring_room),
		cmocka_unit_test(test_ring_short),
		cmocka_unit_test(test_ring_outlives_the_reader),
		cmocka_unit_test(test_ring_tricks),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
