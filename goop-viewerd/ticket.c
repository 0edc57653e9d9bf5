#include "goop-viewerd/ticket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/shared_ring.h"

struct sockaddr_un
ticket_address(const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	return address;
}

static bool
say(int fd, struct octets ticket, bool wishes_ring)
{
	uint8_t said[GOOP_TICKET_SIZE + 1];
	size_t len = ticket.len;

	if (ticket.len > GOOP_TICKET_SIZE)
		return false;
	memcpy(said, ticket.data, ticket.len);
	if (wishes_ring)
		said[len++] = SHARED_RING_WISH;
	return send(fd, said, len, MSG_NOSIGNAL) == (ssize_t)len;
}

int
ticket_show(
    const struct sockaddr_un *address, struct octets ticket, bool wishes_ring)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
		-1 ||
	    !say(fd, ticket, wishes_ring)) {
		close(fd);
		return -EPIPE;
	}
	return fd;
}
