/*
 * raw_peer: a hostile peer: a TCP connection to a host of this process that
 * shakes hands properly and then says whatever the test wants inside Noise.
 */
#ifndef TESTS_UNIT_SUPPORT_RAW_PEER_H
#define TESTS_UNIT_SUPPORT_RAW_PEER_H

#include "common/base/buffer.h"
#include "tests/unit/support/test_host.h"

struct raw_peer {
	struct event_base *base;
	struct noise_identity identity;
	struct peer_id id;
	struct noise *noise;
	int fd;
	bool is_over;        /* the host closed it */
	struct buffer input; /* raw */
	struct buffer plain; /* what the host said */
};

/* A TCP connection to the host, non-blocking; nothing is said. */
int raw_connect(const struct test_host *);

/* Connect and shake hands, as somebody new or as identity. */
void raw_peer_open(
    struct raw_peer *, const struct test_host *, const struct noise_identity *);
void raw_peer_close(struct raw_peer *);

/* Say plaintext; false if the host is gone. */
bool raw_peer_say(struct raw_peer *, struct bytes);

/* Run the loop for a while and gather what the host says. */
void raw_peer_listen(struct raw_peer *, int ms);

#endif
