#include "common/http/server/http_wire.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t
plain_read(struct http_wire *wire, void *to, size_t len)
{
	ssize_t n;

	do
		n = recv(wire->fd, to, len, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

static ssize_t
plain_writev(struct http_wire *wire, const struct iovec *pieces, int count)
{
	struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)pieces,
		.msg_iovlen = (size_t)count };
	ssize_t n;

	if (count == 0)
		return 0;
	do
		n = count == 1 /* the cheaper call */
			? send(wire->fd, pieces->iov_base, pieces->iov_len,
			      MSG_NOSIGNAL | MSG_DONTWAIT)
			: sendmsg(
			      wire->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

static bool
plain_is_unsent(const struct http_wire *wire)
{
	(void)wire;
	return false;
}

static void
plain_shutdown(struct http_wire *wire)
{
	(void)shutdown(wire->fd, SHUT_WR);
}

static void
plain_close(struct http_wire *wire)
{
	(void)close(wire->fd);
}

static const struct http_wire_kind plain = {
	.read = plain_read,
	.writev = plain_writev,
	.is_unsent = plain_is_unsent,
	.shutdown = plain_shutdown,
	.close = plain_close,
};

void
http_wire_init(struct http_wire *wire, int fd)
{
	*wire = (struct http_wire){ .kind = &plain, .fd = fd };
}

ssize_t
http_wire_read(struct http_wire *wire, void *to, size_t len)
{
	return wire->kind->read(wire, to, len);
}

ssize_t
http_wire_writev(struct http_wire *wire, const struct iovec *pieces, int count)
{
	return wire->kind->writev(wire, pieces, count);
}

bool
http_wire_is_unsent(const struct http_wire *wire)
{
	return wire->kind->is_unsent(wire);
}

void
http_wire_shutdown(struct http_wire *wire)
{
	wire->kind->shutdown(wire);
}

void
http_wire_close(struct http_wire *wire)
{
	if (wire->kind != NULL)
		wire->kind->close(wire);
	*wire = (struct http_wire){ .fd = -1 };
}
