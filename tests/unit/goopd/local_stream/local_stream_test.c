#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/shared_ring.h"
#include "goopd/local_stream/local_stream.h"
#include "proto/goopd_ops.h"
#include "goopd/local_stream/tickets.h"

/* More than a socket's buffer holds. */
enum { SIZE = 3 * 1024 * 1024 };

struct place {
	struct event_base *base;
	struct local_stream_server *desk;
	char path[64];
	char socket[96];
};

/* What a test's source has seen and has to give. */
struct source {
	int rooms;
	int gones;
	int file;
	uint64_t offset, left;
	ssize_t failed;
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	signal(SIGPIPE, SIG_IGN);
	place->base = event_base_new();
	strcpy(place->path, "/tmp/local_stream_test.XXXXXX");
	assert_non_null(mkdtemp(place->path));
	snprintf(place->socket, sizeof(place->socket), "%s/%s", place->path,
	    GOOP_STREAM_SOCKET);
	assert_int_equal(
	    local_stream_server_open(place->base, place->path, &place->desk),
	    0);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	local_stream_server_close(place->desk);
	event_base_free(place->base);
	unlink(place->socket);
	rmdir(place->path);
	free(place);
	return 0;
}

static int
call(struct place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, place->socket);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
turn(struct place *place)
{
	event_base_loop(place->base, EVLOOP_NONBLOCK);
}

static void
on_room(struct local_stream *local_stream, void *arg)
{
	struct source *source = arg;
	ssize_t n;

	source->rooms++;
	if (source->left == 0 || source->failed != 0)
		return;
	n = local_stream_send_file(
	    local_stream, source->file, &source->offset, source->left);
	if (n < 0)
		source->failed = n;
	else
		source->left -= (uint64_t)n;
}

static void
on_gone(struct local_stream *local_stream, void *arg)
{
	struct source *source = arg;

	(void)local_stream;
	source->gones++;
}

static const struct local_stream_source callbacks = { on_room, on_gone };

static struct local_stream *
make(struct place *place, struct source *source, uint8_t ticket[TICKET_SIZE])
{
	struct local_stream *local_stream;
	struct bytes bytes;

	local_stream =
	    local_stream_new(place->desk, &callbacks, source, &bytes);
	assert_non_null(local_stream);
	assert_int_equal(bytes.len, TICKET_SIZE);
	memcpy(ticket, bytes.data, TICKET_SIZE);
	return local_stream;
}

/* Is the other end closed, with nothing more to read? */
static bool
is_closed(struct place *place, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char byte;

	turn(place);
	return poll(&poll_fd, 1, 0) == 1 && read(fd, &byte, 1) <= 0;
}

static void
test_ticket_in_pieces(void **state)
{
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE];
	struct local_stream *local_stream = make(place, &source, ticket);
	int fd = call(place), i;
	char text[8] = "";

	assert_int_equal(
	    local_stream_write(local_stream, bytes_of("early")), 0);
	for (i = 0; i < TICKET_SIZE; i++) {
		assert_int_equal(source.rooms, 0);
		assert_int_equal(write(fd, ticket + i, 1), 1);
		turn(place);
		turn(place);
	}
	turn(place);
	assert_int_equal(source.rooms, 1);
	assert_int_equal(
	    local_stream_write(local_stream, bytes_of("hello")), 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	local_stream_free(local_stream);
	assert_true(is_closed(place, fd));
	assert_int_equal(source.gones, 0);
	close(fd);
}

static void
test_wrong_and_used_tickets(void **state)
{
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE], wrong[TICKET_SIZE] = { 0 };
	struct local_stream *local_stream = make(place, &source, ticket);
	int first = call(place), second = call(place), third = call(place);

	assert_int_equal(write(third, wrong, TICKET_SIZE), TICKET_SIZE);
	turn(place);
	turn(place);
	assert_true(is_closed(place, third));
	assert_int_equal(write(first, ticket, TICKET_SIZE), TICKET_SIZE);
	turn(place);
	turn(place);
	assert_int_equal(write(second, ticket, TICKET_SIZE), TICKET_SIZE);
	turn(place);
	assert_true(is_closed(place, second));
	assert_false(is_closed(place, first));
	local_stream_free(local_stream);
	close(first);
	close(second);
	close(third);
}

static void
test_reader_leaves(void **state)
{
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE];
	int fd = call(place), i;

	make(place, &source, ticket);
	assert_int_equal(write(fd, ticket, TICKET_SIZE), TICKET_SIZE);
	turn(place);
	turn(place);
	close(fd);
	for (i = 0; i < 5; i++)
		turn(place);
	assert_int_equal(source.gones, 1);
}

/* Some readers close their writing half after the ticket. */
static void
test_half_close_is_no_end(void **state)
{
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE];
	struct local_stream *local_stream = make(place, &source, ticket);
	int fd = call(place), i;

	assert_int_equal(write(fd, ticket, TICKET_SIZE), TICKET_SIZE);
	shutdown(fd, SHUT_WR);
	for (i = 0; i < 5; i++)
		turn(place);
	assert_int_equal(source.gones, 0);
	assert_int_equal(
	    local_stream_write(local_stream, bytes_of("hello")), 5);
	local_stream_free(local_stream);
	close(fd);
}

static uint64_t
read_while(struct place *place, int fd, struct source *source)
{
	static uint8_t buffer[65536];
	uint64_t total = 0;
	ssize_t n;

	while (source->failed == 0 && source->left > 0) {
		turn(place);
		n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n > 0)
			total += (uint64_t)n;
	}
	while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		total += (uint64_t)n;
	return total;
}

static void
send_file_of(
    struct place *place, uint64_t size, uint64_t announced, ssize_t want_failed)
{
	struct source source = { .left = announced };
	uint8_t ticket[TICKET_SIZE];
	struct local_stream *local_stream;
	int fd = call(place);

	source.file = memfd_create("file", 0);
	assert_int_equal(ftruncate(source.file, (off_t)size), 0);
	local_stream = make(place, &source, ticket);
	assert_int_equal(write(fd, ticket, TICKET_SIZE), TICKET_SIZE);
	assert_int_equal(read_while(place, fd, &source),
	    size < announced ? size : announced);
	assert_int_equal(source.failed, want_failed);
	local_stream_free(local_stream);
	close(source.file);
	close(fd);
}

static void
test_file(void **state)
{
	send_file_of(*state, SIZE, SIZE, 0);
	send_file_of(*state, SIZE, SIZE / 2, 0);        /* it grew */
	send_file_of(*state, SIZE / 2, SIZE, -ENODATA); /* it shrank */
}

/* --- through a ring */

/* Claim with the wish behind the ticket, and take the ring. */
static int
claim_ring(struct place *place, const uint8_t ticket[TICKET_SIZE],
    struct shared_ring *ret)
{
	uint8_t said[TICKET_SIZE + 1];
	int fd = call(place);

	memcpy(said, ticket, TICKET_SIZE);
	said[TICKET_SIZE] = SHARED_RING_WISH;
	assert_int_equal(write(fd, said, sizeof(said)), sizeof(said));
	turn(place);
	turn(place);
	assert_int_equal(shared_ring_take(fd, ret), 0);
	return fd;
}

/* What waits, and a bell if one is due. */
static uint64_t
use_ring(struct shared_ring *ring, int fd)
{
	struct bytes bytes;
	uint64_t total = 0;
	ssize_t n;

	while ((n = shared_ring_waiting(ring, &bytes)) > 0) {
		total += (uint64_t)n;
		if (shared_ring_used(ring, (size_t)n))
			assert_int_equal(write(fd, "", 1), 1);
	}
	assert_int_equal(n, 0);
	return total;
}

static void
test_ring(void **state)
{
	static uint8_t body[SHARED_RING_SIZE + 1];
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE], bells[64];
	struct local_stream *local_stream = make(place, &source, ticket);
	struct shared_ring ring;
	int fd = claim_ring(place, ticket, &ring);

	turn(place);
	assert_int_equal(source.rooms, 1);
	assert_int_equal(use_ring(&ring, fd), 0);
	assert_int_equal(
	    local_stream_write(local_stream, bytes_of("hello")), 5);
	turn(place); /* the bell for little comes when the turn ends */
	assert_int_equal(recv(fd, bells, sizeof(bells), MSG_DONTWAIT), 1);
	assert_int_equal(use_ring(&ring, fd), 5);
	assert_int_equal(local_stream_write(local_stream,
			     (struct bytes){ body, sizeof(body) }),
	    SHARED_RING_SIZE);
	assert_true(recv(fd, bells, sizeof(bells), MSG_DONTWAIT) > 0);
	turn(place);
	assert_int_equal(source.rooms, 1); /* it is full */
	assert_int_equal(use_ring(&ring, fd), SHARED_RING_SIZE);
	turn(place);
	assert_int_equal(source.rooms, 2);
	while (recv(fd, bells, sizeof(bells), MSG_DONTWAIT) > 0)
		;
	local_stream_free(local_stream);
	assert_true(is_closed(place, fd));
	assert_int_equal(source.gones, 0);
	shared_ring_close(&ring);
	close(fd);
}

static void
ring_file_of(
    struct place *place, uint64_t size, uint64_t announced, ssize_t want_failed)
{
	struct source source = { .left = announced };
	uint8_t ticket[TICKET_SIZE];
	struct local_stream *local_stream = make(place, &source, ticket);
	struct shared_ring ring;
	uint64_t total = 0;
	int fd;

	source.file = memfd_create("file", 0);
	assert_int_equal(ftruncate(source.file, (off_t)size), 0);
	fd = claim_ring(place, ticket, &ring);
	while (source.failed == 0 && source.left > 0) {
		turn(place);
		total += use_ring(&ring, fd);
	}
	total += use_ring(&ring, fd);
	assert_int_equal(total, size < announced ? size : announced);
	assert_int_equal(source.failed, want_failed);
	local_stream_free(local_stream);
	shared_ring_close(&ring);
	close(source.file);
	close(fd);
}

static void
test_ring_file(void **state)
{
	ring_file_of(*state, SIZE, SIZE, 0);
	ring_file_of(*state, SIZE, SIZE / 2, 0);        /* it grew */
	ring_file_of(*state, SIZE / 2, SIZE, -ENODATA); /* it shrank */
}

/* The reader leaves, or says that it has read what was never written. */
static void
test_ring_readers_end(void **state)
{
	struct place *place = *state;
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE];
	struct local_stream *local_stream;
	struct shared_ring ring;
	int fd, i, is_trick;

	for (is_trick = 0; is_trick < 2; is_trick++) {
		local_stream = make(place, &source, ticket);
		fd = claim_ring(place, ticket, &ring);
		if (is_trick) {
			shared_ring_used(&ring, 1);
			assert_int_equal(
			    local_stream_write(local_stream, bytes_of("hello")),
			    0);
		} else {
			close(fd);
		}
		for (i = 0; i < 5; i++)
			turn(place);
		assert_int_equal(source.gones, 1 + is_trick);
		shared_ring_close(&ring);
	}
	close(fd);
}

/* Only so much memory is shared: the others get bytes over the socket. */
static void
test_ring_limit(void **state)
{
	enum { RINGS_MAX = 16 };
	struct place *place = *state;
	struct source source = { 0 };
	struct local_stream *deliveries[RINGS_MAX + 1];
	struct shared_ring rings[RINGS_MAX];
	uint8_t ticket[TICKET_SIZE], said[TICKET_SIZE + 1];
	int fds[RINGS_MAX + 1], i;
	char text[8] = "";

	for (i = 0; i < RINGS_MAX; i++) {
		deliveries[i] = make(place, &source, ticket);
		fds[i] = claim_ring(place, ticket, &rings[i]);
	}
	deliveries[i] = make(place, &source, ticket);
	memcpy(said, ticket, TICKET_SIZE);
	said[TICKET_SIZE] = SHARED_RING_WISH;
	fds[i] = call(place);
	assert_int_equal(write(fds[i], said, sizeof(said)), sizeof(said));
	turn(place);
	turn(place);
	assert_int_equal(shared_ring_take(fds[i], &rings[0]), SHARED_RING_NONE);
	assert_int_equal(
	    local_stream_write(deliveries[i], bytes_of("hello")), 5);
	assert_int_equal(read(fds[i], text, sizeof(text)), 5);
	for (i = 0; i <= RINGS_MAX; i++) {
		local_stream_free(deliveries[i]);
		close(fds[i]);
		if (i < RINGS_MAX)
			shared_ring_close(&rings[i]);
	}
}

/* A reader of another version wishes for a ring that we do not know. */
static void
test_other_ring(void **state)
{
	struct place *place = *state;
	uint8_t ticket[TICKET_SIZE], said[TICKET_SIZE + 1];
	struct source source = { 0 };
	struct shared_ring ring;
	struct local_stream *local_stream;
	char text[8] = "";
	int fd;

	local_stream = make(place, &source, ticket);
	memcpy(said, ticket, TICKET_SIZE);
	said[TICKET_SIZE] = 'r';
	fd = call(place);
	assert_int_equal(write(fd, said, sizeof(said)), sizeof(said));
	turn(place);
	turn(place);
	assert_int_equal(shared_ring_take(fd, &ring), SHARED_RING_NONE);
	assert_int_equal(
	    local_stream_write(local_stream, bytes_of("hello")), 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	local_stream_free(local_stream);
	close(fd);
}

static void
test_limit(void **state)
{
	struct place *place = *state;
	struct local_stream *deliveries[TICKETS_MAX];
	struct source source = { 0 };
	uint8_t ticket[TICKET_SIZE];
	struct bytes bytes;
	int i;

	for (i = 0; i < TICKETS_MAX; i++)
		deliveries[i] = make(place, &source, ticket);
	assert_null(local_stream_new(place->desk, &callbacks, &source, &bytes));
	local_stream_free(deliveries[7]);
	deliveries[7] = make(place, &source, ticket);
	for (i = 0; i < TICKETS_MAX; i++)
		local_stream_free(deliveries[i]);
}

/* A killed goopd leaves its socket behind; nobody else may use ours. */
static void
test_socket(void **state)
{
	struct place *place = *state;
	struct stat st;

	assert_int_equal(stat(place->socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	local_stream_server_close(place->desk);
	assert_int_equal(stat(place->socket, &st), 0);
	assert_int_equal(
	    local_stream_server_open(place->base, place->path, &place->desk),
	    0);
	close(call(place));
	turn(place);
	turn(place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_ticket_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_wrong_and_used_tickets, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_reader_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_half_close_is_no_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_ring_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_ring_readers_end, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_ring_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_other_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
