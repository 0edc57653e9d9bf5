#include "tests/unit/support/black_hole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <unistd.h>

enum { TTL_MS = 600000 };

void
black_hole_open(struct black_hole *hole)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int i;

	hole->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(hole->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(hole->listener, 0), 0);
	getsockname(hole->listener, (struct sockaddr *)&at, &len);
	hole->port = ntohs(at.sin_port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < BLACK_HOLE_FILL; i++) {
		hole->fill[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(hole->fill[i], (struct sockaddr *)&at, sizeof(at));
	}
}

void
black_hole_close(struct black_hole *hole)
{
	int i;

	for (i = 0; i < BLACK_HOLE_FILL; i++)
		close(hole->fill[i]);
	close(hole->listener);
}

void
black_hole_tell(const struct black_hole *hole, int last, struct host *host,
    const struct peer_id *peer)
{
	struct multiaddr address;
	char text[64];

	snprintf(
	    text, sizeof(text), "/ip4/127.0.0.%d/tcp/%u", last, hole->port);
	assert_int_equal(multiaddr_parse(text, &address), 0);
	host_learn(host, peer, &address, TTL_MS);
}
