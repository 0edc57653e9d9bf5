#include "goopd/port_mapper/router_socket.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int
router_socket_open(const struct mapping_network *network, uint16_t port)
{
	struct sockaddr_storage to, own;
	socklen_t to_len, own_len;
	int fd, rc = 0;

	to_len = mapping_address_to(
	    &network->gateway, port, network->interface, &to);
	own_len =
	    mapping_address_to(&network->own, 0, network->interface, &own);
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	if (mapping_has(&network->own) &&
	    bind(fd, (struct sockaddr *)&own, own_len) == -1)
		rc = -errno;
	if (rc == 0 && connect(fd, (struct sockaddr *)&to, to_len) == -1)
		rc = -errno;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

bool
router_socket_wait(int fd, struct monotime deadline)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int64_t left = monotime_since_ms(deadline, monotime_now());

	return left > 0 && poll(&poller, 1, (int)left) > 0;
}
