/*
 * test_host: libp2p hosts of this process for tests: made-up identities,
 * loopback, and an event loop that runs until something is true.
 */
#ifndef TESTS_UNIT_SUPPORT_TEST_HOST_H
#define TESTS_UNIT_SUPPORT_TEST_HOST_H

#include "common/libp2p/host/host.h"

struct test_host {
	struct event_base *base; /* shared */
	struct noise_identity identity;
	struct peer_id id;
	struct host *host;
	unsigned int connected, identified, disconnected;
	/* May be set: called for each peer that is gone. */
	void (*on_disconnected)(struct test_host *, const struct peer_id *);
};

/* A new Ed25519 identity. */
void test_identity(struct noise_identity *ret, struct peer_id *ret_id);

/* A host on any port; NULL limits are the default ones. */
void test_host_open(
    struct test_host *, struct event_base *, const struct host_limits *);
void test_host_close(struct test_host *);

/* Tell a where b listens on loopback. */
void test_host_introduce(struct test_host *a, const struct test_host *b);

/* Run the loop until is_done(arg); fails the test after half a minute. */
void test_loop_until(
    struct event_base *, bool (*is_done)(void *arg), void *arg);
/* Run the loop for a while. */
void test_loop_for(struct event_base *, int ms);

#endif
