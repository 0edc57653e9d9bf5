#include "common/daemon/local_stream_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/monotime.h"
#include "common/base/shared_ring.h"
#include "common/base/xalloc.h"
#include "proto/goopd_ops.h"

struct local_stream_reader {
	const struct local_stream_listener *listener;
	void *arg;
	struct event *readable;
	struct timeval stall;
	int fd; /* -1: closed */
	int64_t left;
	bool awaits_ring;        /* asked for, not answered yet */
	bool is_over;            /* goopd closed the socket */
	struct shared_ring ring; /* none: bytes come over the socket */
	unsigned int users;      /* the caller, and a piece of the ring */
};

static void
let_go(struct local_stream_reader *reader)
{
	if (--reader->users > 0)
		return;
	shared_ring_close(&reader->ring);
	free(reader);
}

void
local_stream_reader_close(struct local_stream_reader *reader)
{
	if (reader == NULL)
		return;
	event_free(reader->readable);
	close(reader->fd);
	reader->fd = -1;
	let_go(reader);
}

/* --- pieces: how many bytes, or -EAGAIN, or -EPIPE */

/* The bytes of a piece were sent elsewhere, or dropped. */
static void
on_piece_drained(const void *data, size_t len, void *arg)
{
	struct local_stream_reader *reader = arg;
	char bell = 0;

	(void)data;
	/* A full socket is full of bells that goopd has not read. */
	if (shared_ring_used(&reader->ring, len) && reader->fd != -1)
		(void)send(reader->fd, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	let_go(reader);
}

static ssize_t
take_from_ring(
    struct local_stream_reader *reader, struct evbuffer *piece, size_t max)
{
	struct bytes bytes;
	char bells[64];
	ssize_t n;

	if (reader->users > 1)
		bug("local_stream_reader: the last piece is not drained");
	/* The bells first: what they announce is in the ring by then. */
	n = recv(reader->fd, bells, sizeof(bells), MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		reader->is_over = true;
	n = shared_ring_waiting(&reader->ring, &bytes);
	if (n < 0 || (n == 0 && reader->is_over))
		return -EPIPE;
	if (n == 0)
		return -EAGAIN;
	if ((size_t)n > max)
		n = (ssize_t)max;
	if (evbuffer_add_reference(
		piece, bytes.data, (size_t)n, on_piece_drained, reader) == -1)
		xalloc_failed();
	reader->users++;
	return n;
}

static ssize_t
take_from_socket(
    struct local_stream_reader *reader, struct evbuffer *piece, size_t max)
{
	struct evbuffer_iovec room;
	ssize_t n;

	if (evbuffer_reserve_space(piece, (ev_ssize_t)max, &room, 1) != 1)
		xalloc_failed();
	n = recv(reader->fd, room.iov_base, max, 0);
	room.iov_len = n > 0 ? (size_t)n : 0;
	evbuffer_commit_space(piece, &room, 1);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	return n > 0 ? n : -EPIPE;
}

static ssize_t
take_piece(struct local_stream_reader *reader, struct evbuffer *piece)
{
	size_t max = reader->left < LOCAL_STREAM_PIECE_MAX
			 ? (size_t)reader->left
			 : LOCAL_STREAM_PIECE_MAX;
	int rc;

	if (reader->awaits_ring) {
		rc = shared_ring_take(reader->fd, &reader->ring);
		if (rc < 0)
			return rc == -EAGAIN ? rc : -EPIPE;
		reader->awaits_ring = false;
	}
	return reader->ring.memory != NULL
		   ? take_from_ring(reader, piece, max)
		   : take_from_socket(reader, piece, max);
}

static void
await_readable(struct local_stream_reader *reader)
{
	event_add(reader->readable, &reader->stall);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream_reader *reader = arg;
	const struct local_stream_listener *listener = reader->listener;
	struct evbuffer *piece;
	ssize_t n;

	(void)fd;
	if (what & EV_TIMEOUT) {
		listener->on_broken(-ETIMEDOUT, reader->arg);
		return;
	}
	piece = xcheck(evbuffer_new());
	n = take_piece(reader, piece);
	if (n > 0) {
		reader->left -= n;
		listener->on_piece(piece, reader->left, reader->arg);
	} else if (n == -EAGAIN) {
		await_readable(reader);
	} else {
		listener->on_broken(-EPIPE, reader->arg);
	}
	evbuffer_free(piece);
}

void
local_stream_reader_next(struct local_stream_reader *reader)
{
	if (reader->ring.memory != NULL) /* it may hold more already */
		event_active(reader->readable, EV_READ, 0);
	else
		await_readable(reader);
}

/* --- opening */

/* Show the ticket, and in the same send ask for a ring. 0 or -errno. */
static int
show_ticket(int fd, struct bytes ticket, bool wants_ring)
{
	uint8_t said[GOOP_TICKET_SIZE + 1];
	size_t len = ticket.len;

	if (len > GOOP_TICKET_SIZE)
		return -EINVAL;
	memcpy(said, ticket.data, len);
	if (wants_ring)
		said[len++] = SHARED_RING_WISH;
	return send(fd, said, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -EPIPE;
}

/* The connected socket, or -errno. */
static int
connect_to(const char *run_directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, len, rc;

	len = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    run_directory, GOOP_STREAM_SOCKET);
	if (len < 0 || (size_t)len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int
local_stream_reader_open(struct event_base *base,
    const struct local_stream_body *body,
    const struct local_stream_listener *listener, void *arg,
    struct local_stream_reader **ret)
{
	bool wants_ring = body->may_share && body->length >= SHARED_RING_SIZE;
	int fd = connect_to(body->run_directory);
	struct local_stream_reader *reader;
	int rc;

	if (fd < 0)
		return fd;
	rc = show_ticket(fd, body->ticket, wants_ring);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	reader = xzalloc(sizeof(*reader));
	reader->listener = listener;
	reader->arg = arg;
	reader->fd = fd;
	reader->left = body->length;
	reader->stall = timeval_of_ms(body->stall_ms);
	reader->awaits_ring = wants_ring;
	reader->users = 1;
	reader->readable =
	    xcheck(event_new(base, fd, EV_READ, on_readable, reader));
	await_readable(reader);
	*ret = reader;
	return 0;
}
