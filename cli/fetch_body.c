#include "cli/fetch_body.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/xalloc.h"

enum { FETCH_CHUNK = 256 * 1024 };

/* Connect and show the ticket. The descriptor, or -1. */
static int
open_stream(const char *run_directory, struct bytes ticket)
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
	    send(fd, ticket.data, ticket.len, MSG_NOSIGNAL) !=
		(ssize_t)ticket.len) {
		close(fd);
		return -1;
	}
	return fd;
}

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

static int
copy_stream(int fd, int64_t length, int to, uint8_t *chunk, int64_t *ret_got)
{
	size_t want;
	ssize_t n;
	int rc;

	while (*ret_got < length) {
		want = length - *ret_got < FETCH_CHUNK
			   ? (size_t)(length - *ret_got)
			   : FETCH_CHUNK;
		n = read(fd, chunk, want);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return FETCH_BODY_STALLED;
		if (n <= 0)
			return FETCH_BODY_BROKEN;
		rc = write_all(to, chunk, (size_t)n);
		if (rc < 0)
			return rc;
		*ret_got += n;
	}
	return 0;
}

int
fetch_body_copy(const char *run_directory, struct bytes ticket, int64_t length,
    int to, int64_t *ret_got)
{
	uint8_t *chunk;
	int fd, rc;

	*ret_got = 0;
	fd = open_stream(run_directory, ticket);
	if (fd == -1)
		return FETCH_BODY_BROKEN;
	chunk = xzalloc(FETCH_CHUNK);
	rc = copy_stream(fd, length, to, chunk, ret_got);
	free(chunk);
	close(fd);
	return rc;
}
