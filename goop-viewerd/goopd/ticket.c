#include "goop-viewerd/goopd/ticket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon/stream_ticket.h"

struct sockaddr_un
ticket_address(const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	return address;
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
	    !stream_ticket_say(
		fd, (struct bytes){ ticket.data, ticket.len }, wishes_ring)) {
		close(fd);
		return -EPIPE;
	}
	return fd;
}
