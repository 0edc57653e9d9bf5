#include "goopd/port_mapper/pcp_ask.h"

#include <errno.h>
#include <unistd.h>

#include "goopd/port_mapper/pcp_message.h"
#include "goopd/port_mapper/router_socket.h"

/* Wait for the answer. False: none came. */
static bool
receive(int fd, const struct mapping_ask *ask, struct monotime deadline,
    struct mapping_answer *ret)
{
	uint8_t packet[PCP_PACKET_MAX + 1];
	ssize_t len;
	int n;

	for (n = 0; n < ROUTER_DATAGRAMS_MAX; n++) {
		if (!router_socket_wait(fd, deadline))
			return false;
		len = recv(fd, packet, sizeof(packet), 0);
		if (len > 0 &&
		    pcp_answer_decode(
			(struct bytes){ packet, (size_t)len }, ask, ret) == 0)
			return true;
	}
	return false;
}

/* RFC 6887, 8.1.1 waits longer, for routers farther away than a LAN. */
void
pcp_ask(const struct mapping_ask *ask, struct mapping_answer *ret)
{
	int fd = router_socket_open(&ask->network, PCP_PORT);
	int64_t wait_ms = ROUTER_FIRST_WAIT_MS;
	uint8_t request[PCP_MAP_SIZE];
	size_t len = pcp_request_encode(ask, request);
	int n;

	ret->verdict = MAPPING_NOT_ANSWERED;
	for (n = 0; fd >= 0 && n < ROUTER_TRIES; n++, wait_ms *= 2) {
		/* refused at once: nothing listens there */
		if (send(fd, request, len, MSG_NOSIGNAL) == -1 ||
		    receive(
			fd, ask, monotime_add_ms(monotime_now(), wait_ms), ret))
			break;
	}
	if (fd >= 0)
		close(fd);
}
