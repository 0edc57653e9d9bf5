/* shared_ring: order, bells, and partners that play tricks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/shared_ring.h"

enum { MEMORY_SIZE = 4096 + SHARED_RING_SIZE, READ_AT = 64 };

struct ends {
	struct shared_ring writer, reader;
	int socket[2]; /* the writer's, the reader's */
	int fd;
};

static void
open_ends(struct ends *ends)
{
	*ends = (struct ends){ 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends->socket), 0);
	assert_int_equal(shared_ring_make(&ends->writer, &ends->fd), 0);
	assert_int_equal(shared_ring_answer(ends->socket[0], ends->fd), 0);
	assert_int_equal(shared_ring_take(ends->socket[1], &ends->reader), 0);
}

static void
close_ends(struct ends *ends)
{
	shared_ring_close(&ends->writer);
	shared_ring_close(&ends->reader);
	close(ends->socket[0]);
	close(ends->socket[1]);
	close(ends->fd);
}

static uint8_t
byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 251);
}

/* As much as there is room for, at most len; the bells that are due. */
static int
write_some(struct ends *ends, size_t len, size_t *ret_done)
{
	ssize_t room;
	uint8_t *to;
	int bells = 0;
	ssize_t i;

	*ret_done = 0;
	while (*ret_done < len &&
	       (room = shared_ring_room(&ends->writer, &to)) > 0) {
		if ((size_t)room > len - *ret_done)
			room = (ssize_t)(len - *ret_done);
		for (i = 0; i < room; i++)
			to[i] = byte_at(ends->writer.position + (uint64_t)i);
		bells += shared_ring_wrote(&ends->writer, (size_t)room);
		*ret_done += (size_t)room;
	}
	return bells;
}

static int
read_some(struct ends *ends, size_t len, size_t *ret_done)
{
	struct bytes bytes;
	ssize_t n, i;
	int bells = 0;

	*ret_done = 0;
	while (*ret_done < len &&
	       (n = shared_ring_waiting(&ends->reader, &bytes)) > 0) {
		if ((size_t)n > len - *ret_done)
			n = (ssize_t)(len - *ret_done);
		for (i = 0; i < n; i++)
			assert_int_equal(bytes.data[i],
			    byte_at(ends->reader.position + (uint64_t)i));
		bells += shared_ring_used(&ends->reader, (size_t)n);
		*ret_done += (size_t)n;
	}
	return bells;
}

/* clang-format off */
static const struct {
	const char *name;
	size_t in, out; /* of each round */
} paces[] = {
	{ "in step",          65507,            65507 },
	{ "the reader is slow", 100000,         3000 },
	{ "the writer is slow", 5000,           100000 },
	{ "all at once",      SHARED_RING_SIZE, SHARED_RING_SIZE },
	{ "more than fits",   3 * SHARED_RING_SIZE, 3 * SHARED_RING_SIZE },
};
/* clang-format on */

static void
test_order(void **state)
{
	struct ends ends;
	size_t i, n;
	int round;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paces); i++) {
		print_message("%s\n", paces[i].name);
		open_ends(&ends);
		for (round = 0; round < 100; round++) {
			write_some(&ends, paces[i].in, &n);
			read_some(&ends, paces[i].out, &n);
		}
		assert_true(ends.reader.position > 0);
		read_some(&ends, SIZE_MAX, &n);
		assert_int_equal(ends.reader.position, ends.writer.position);
		close_ends(&ends);
	}
}

/* Who found it full or empty hears when that is over: no one else, and only
 * once. */
static void
test_bells(void **state)
{
	struct ends ends;
	size_t n;

	(void)state;
	open_ends(&ends);
	assert_int_equal(write_some(&ends, SHARED_RING_STEP, &n), 0);
	assert_int_equal(read_some(&ends, SIZE_MAX, &n), 0); /* waits now */
	assert_int_equal(write_some(&ends, 1, &n), 1);
	assert_int_equal(write_some(&ends, SHARED_RING_STEP, &n), 0);
	read_some(&ends, SIZE_MAX, &n);
	assert_int_equal(write_some(&ends, SHARED_RING_STEP, &n), 1);
	assert_int_equal(write_some(&ends, SIZE_MAX, &n), 0); /* waits now */
	assert_int_equal(n, SHARED_RING_SIZE - SHARED_RING_STEP);
	assert_int_equal(read_some(&ends, SHARED_RING_STEP, &n), 1);
	assert_int_equal(read_some(&ends, SHARED_RING_STEP, &n), 0);
	close_ends(&ends);
}

/* Less than a step is told when the writer rests. */
static void
test_rest(void **state)
{
	struct ends ends;
	size_t n;

	(void)state;
	open_ends(&ends);
	write_some(&ends, 1, &n);
	assert_false(shared_ring_rested(&ends.writer));
	read_some(&ends, SIZE_MAX, &n); /* waits now */
	assert_int_equal(write_some(&ends, 1, &n), 0);
	assert_true(shared_ring_rested(&ends.writer));
	assert_false(shared_ring_rested(&ends.writer));
	close_ends(&ends);
}

/* Positions of the other that make no sense. */
static void
test_tricks(void **state)
{
	static const uint64_t positions[] = { SHARED_RING_SIZE + 1, UINT64_MAX,
		UINT64_MAX - SHARED_RING_SIZE + 1, 1ull << 63 };
	uint64_t read;
	struct bytes bytes;
	struct ends ends;
	uint8_t *memory, *to;
	size_t i;

	(void)state;
	open_ends(&ends);
	memory = mmap(
	    NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ends.fd, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		memcpy(memory, &positions[i], 8);
		assert_int_equal(
		    shared_ring_waiting(&ends.reader, &bytes), -EPROTO);
		read = 0 - positions[i];
		memcpy(memory + READ_AT, &read, 8);
		assert_int_equal(shared_ring_room(&ends.writer, &to), -EPROTO);
	}
	munmap(memory, MEMORY_SIZE);
	close_ends(&ends);
}

static int
memory_of(size_t size, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* What is taken for a ring, and what is not. */
static void
test_taking(void **state)
{
	enum { ALL = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
	const struct {
		const char *name;
		int fd, want;
	} cases[] = {
		{ "a ring", memory_of(MEMORY_SIZE, ALL), 0 },
		{ "none", -1, SHARED_RING_NONE },
		{ "it could shrink", memory_of(MEMORY_SIZE, F_SEAL_GROW),
		    -EPROTO },
		{ "too small", memory_of(MEMORY_SIZE - 4096, ALL), -EPROTO },
		{ "too large", memory_of(MEMORY_SIZE + 1, ALL), -EPROTO },
		{ "not memory", open("/dev/zero", O_RDWR | O_CLOEXEC),
		    -EPROTO },
		{ "must not be written",
		    memory_of(MEMORY_SIZE, ALL | F_SEAL_WRITE), -EPERM },
	};
	struct shared_ring ring = { 0 };
	int ends[2], rc;
	size_t i;

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(shared_ring_take(ends[1], &ring), -EAGAIN);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(shared_ring_answer(ends[0], cases[i].fd), 0);
		rc = shared_ring_take(ends[1], &ring);
		if (rc != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, rc);
		shared_ring_close(&ring);
		if (cases[i].fd != -1)
			close(cases[i].fd);
	}
	close(ends[0]);
	assert_int_equal(shared_ring_take(ends[1], &ring), -ENODATA);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bells),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_tricks),
		cmocka_unit_test(test_taking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
