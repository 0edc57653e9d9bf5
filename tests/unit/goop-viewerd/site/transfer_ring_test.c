/* transfer_ring: bytes stay where they lie until they are sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "goop-viewerd/site/transfer_ring.h"

struct scene {
	struct shared_ring writer;
	struct transfer_ring *ring;
	struct evbuffer *chunk;
	int socket[2]; /* goopd's, the viewer's */
};

static void
open_scene(struct scene *scene)
{
	struct shared_ring reader = { 0 };
	int fd;

	*scene = (struct scene){ .chunk = evbuffer_new() };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, scene->socket),
	    0);
	assert_int_equal(shared_ring_make(&scene->writer, &fd), 0);
	assert_int_equal(shared_ring_answer(scene->socket[0], fd), 0);
	assert_int_equal(shared_ring_take(scene->socket[1], &reader), 0);
	close(fd);
	scene->ring = transfer_ring_new(&reader, scene->socket[1]);
	assert_null(reader.memory);
}

static void
close_scene(struct scene *scene)
{
	transfer_ring_leave(scene->ring);
	evbuffer_free(scene->chunk);
	shared_ring_close(&scene->writer);
	close(scene->socket[0]);
	close(scene->socket[1]);
}

static void
write_all(struct scene *scene, const char *text, size_t len)
{
	uint8_t *to;

	assert_true(shared_ring_room(&scene->writer, &to) >= (ssize_t)len);
	if (text != NULL)
		memcpy(to, text, len);
	shared_ring_wrote(&scene->writer, len);
}

static ssize_t
bells(struct scene *scene)
{
	char heard[16];

	return recv(scene->socket[0], heard, sizeof(heard), MSG_DONTWAIT);
}

static void
test_pieces(void **state)
{
	struct scene scene;
	char text[8] = "";

	(void)state;
	open_scene(&scene);
	assert_int_equal(transfer_ring_take(scene.ring, scene.chunk, 100), 0);
	write_all(&scene, "hello", 5);
	assert_int_equal(transfer_ring_take(scene.ring, scene.chunk, 3), 3);
	assert_int_equal(evbuffer_remove(scene.chunk, text, 3), 3);
	assert_int_equal(transfer_ring_take(scene.ring, scene.chunk, 3), 2);
	assert_int_equal(evbuffer_remove(scene.chunk, text + 3, 2), 2);
	assert_string_equal(text, "hello");
	assert_int_equal(bells(&scene), -1);
	close_scene(&scene);
}

/* Room is given back, and told, when the chunk is sent and not before. */
static void
test_room(void **state)
{
	struct scene scene;
	uint8_t *to;

	(void)state;
	open_scene(&scene);
	write_all(&scene, NULL, SHARED_RING_SIZE);
	assert_int_equal(
	    transfer_ring_take(scene.ring, scene.chunk, SHARED_RING_STEP),
	    SHARED_RING_STEP);
	evbuffer_drain(scene.chunk, SHARED_RING_STEP - 1);
	assert_int_equal(shared_ring_room(&scene.writer, &to), 0);
	assert_int_equal(bells(&scene), -1);
	evbuffer_drain(scene.chunk, 1);
	assert_int_equal(
	    shared_ring_room(&scene.writer, &to), SHARED_RING_STEP);
	assert_int_equal(bells(&scene), 1);
	close_scene(&scene);
}

/* The connection holds bytes after the transfer has ended. */
static void
test_outlives_the_transfer(void **state)
{
	struct scene scene;
	char text[8] = "";

	(void)state;
	open_scene(&scene);
	write_all(&scene, "hello", 5);
	assert_int_equal(transfer_ring_take(scene.ring, scene.chunk, 5), 5);
	transfer_ring_leave(scene.ring);
	scene.ring = NULL;
	assert_int_equal(evbuffer_remove(scene.chunk, text, 5), 5);
	assert_string_equal(text, "hello");
	close_scene(&scene);
}

static void
test_tricks(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	shared_ring_wrote(&scene.writer, SHARED_RING_SIZE + 1);
	assert_true(transfer_ring_take(scene.ring, scene.chunk, 100) < 0);
	close_scene(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_outlives_the_transfer),
		cmocka_unit_test(test_tricks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
