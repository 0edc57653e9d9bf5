#include "cli/commands/fetch_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/shared_ring.h"
#include "common/daemon/stream_ticket.h"
#include "proto/goopd_ops.h"

enum {
	FETCH_CHUNK = 256 * 1024,
	FETCH_COPY = 16 * 1024,
	FETCH_RING_WORTH = SHARED_RING_SIZE, /* smaller files: not worth it */
};

/* Connect and show the ticket. The descriptor, or -1. */
static int
open_stream(const char *run_directory, struct bytes ticket, bool wishes_ring)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval stall = { FETCH_BODY_STALL_MS / 1000, 0 };
	int fd, len;

	len = snprintf(address.sun_path, sizeof(address.sun_path),
	    "%s/goopd.stream", run_directory);
	if (len < 0 || (size_t)len >= sizeof(address.sun_path))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall)) ==
		-1 ||
	    !stream_ticket_say(fd, ticket, wishes_ring)) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Bytes go from the socket into a pipe of ours and from there to the output by
 * splice(2), which moves pages instead of copying them: twice as fast into a
 * pipe, several times into a file.
 */
struct fetch_mover {
	int from, to;
	int pipe[2];
	bool copies; /* the output cannot be spliced to: a terminal, >>file */
};

static int
write_all(int to, const uint8_t *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(to, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Empty the pipe, which holds len bytes, by reading and writing. */
static int
mover_copy_out(const struct fetch_mover *mover, size_t len)
{
	uint8_t chunk[FETCH_COPY];
	ssize_t n;
	int rc;

	while (len > 0) {
		n = read(mover->pipe[0], chunk,
		    len < sizeof(chunk) ? len : sizeof(chunk));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? -EIO : -errno;
		rc = write_all(mover->to, chunk, (size_t)n);
		if (rc < 0)
			return rc;
		len -= (size_t)n;
	}
	return 0;
}

static int
mover_out(struct fetch_mover *mover, size_t len)
{
	ssize_t n;

	while (len > 0 && !mover->copies) {
		n = splice(mover->pipe[0], NULL, mover->to, NULL, len, 0);
		if (n > 0)
			len -= (size_t)n;
		else if (n == -1 && errno == EINVAL)
			mover->copies = true;
		else if (n == 0 || errno != EINTR)
			return n == 0 ? -EIO : -errno;
	}
	return mover_copy_out(mover, len);
}

static int
mover_run(struct fetch_mover *mover, int64_t length, int64_t *ret_got)
{
	size_t want;
	ssize_t n;
	int rc;

	while (*ret_got < length) {
		want = length - *ret_got < FETCH_CHUNK
			   ? (size_t)(length - *ret_got)
			   : FETCH_CHUNK;
		n = splice(mover->from, NULL, mover->pipe[1], NULL, want, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return FETCH_BODY_STALLED;
		if (n <= 0)
			return FETCH_BODY_BROKEN;
		rc = mover_out(mover, (size_t)n);
		if (rc < 0)
			return rc;
		*ret_got += n;
	}
	return 0;
}

static int
copy_from_socket(int from, int64_t length, int to, int64_t *ret_got)
{
	struct fetch_mover mover = { .from = from, .to = to };
	int rc;

	if (pipe2(mover.pipe, O_CLOEXEC) == -1)
		return -errno;
	/* Larger is faster; the size that it has would do. */
	fcntl(mover.pipe[1], F_SETPIPE_SZ, FETCH_CHUNK);
	rc = mover_run(&mover, length, ret_got);
	close(mover.pipe[0]);
	close(mover.pipe[1]);
	return rc;
}

/* Wait for bells. 0; *is_over if none will come. */
static int
hear_bell(int from, bool *is_over)
{
	char bells[64];
	ssize_t n = recv(from, bells, sizeof(bells), 0);

	if (n == -1 && errno == EAGAIN)
		return FETCH_BODY_STALLED;
	*is_over = n == 0 || (n == -1 && errno != EINTR);
	return 0;
}

static int
copy_from_ring(int from, struct shared_ring *ring, int64_t length, int to,
    int64_t *ret_got)
{
	static const char bell;
	struct bytes bytes;
	bool is_over = false;
	ssize_t n;
	int rc;

	while (*ret_got < length) {
		n = shared_ring_waiting(ring, &bytes);
		if (n < 0 || (n == 0 && is_over))
			return FETCH_BODY_BROKEN;
		if (n > length - *ret_got)
			n = (ssize_t)(length - *ret_got);
		if (n > FETCH_CHUNK)
			n = FETCH_CHUNK;
		rc = n == 0 ? hear_bell(from, &is_over)
			    : write_all(to, bytes.data, (size_t)n);
		if (rc != 0)
			return rc;
		*ret_got += n;
		if (shared_ring_used(ring, (size_t)n))
			(void)send(from, &bell, 1, MSG_NOSIGNAL);
	}
	return 0;
}

static int
copy_large(int from, int64_t length, int to, int64_t *ret_got)
{
	struct shared_ring ring;
	int rc = shared_ring_take(from, &ring);

	if (rc == SHARED_RING_NONE)
		return copy_from_socket(from, length, to, ret_got);
	if (rc < 0)
		return rc == -EAGAIN ? FETCH_BODY_STALLED : FETCH_BODY_BROKEN;
	rc = copy_from_ring(from, &ring, length, to, ret_got);
	shared_ring_close(&ring);
	return rc;
}

int
fetch_body_copy(const char *run_directory, struct bytes ticket, int64_t length,
    int to, int64_t *ret_got)
{
	bool is_large = length >= FETCH_RING_WORTH;
	int from, rc;

	*ret_got = 0;
	from = open_stream(run_directory, ticket, is_large);
	if (from == -1)
		return FETCH_BODY_BROKEN;
	rc = is_large ? copy_large(from, length, to, ret_got)
		      : copy_from_socket(from, length, to, ret_got);
	close(from);
	return rc;
}
