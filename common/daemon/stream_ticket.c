#include "common/daemon/stream_ticket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/shared_ring.h"
#include "proto/goopd_ops.h"

bool
stream_ticket_say(int fd, struct bytes ticket, bool wishes_ring)
{
	uint8_t said[GOOP_TICKET_SIZE + 1];
	size_t len = ticket.len;

	if (ticket.len > GOOP_TICKET_SIZE) {
		errno = EINVAL;
		return false;
	}
	memcpy(said, ticket.data, ticket.len);
	if (wishes_ring)
		said[len++] = SHARED_RING_WISH;
	return send(fd, said, len, MSG_NOSIGNAL) == (ssize_t)len;
}
