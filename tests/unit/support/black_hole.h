/*
 * black_hole: a port of this machine that never answers: a listener whose queue
 * is full, so that the kernel drops what comes.
 */
#ifndef TESTS_UNIT_SUPPORT_BLACK_HOLE_H
#define TESTS_UNIT_SUPPORT_BLACK_HOLE_H

#include "common/libp2p/host/host.h"

enum { BLACK_HOLE_FILL = 4 };

struct black_hole {
	int listener, fill[BLACK_HOLE_FILL];
	unsigned int port;
};

void black_hole_open(struct black_hole *);
void black_hole_close(struct black_hole *);

/* Tell a host that peer is there, at 127.0.0.LAST. */
void black_hole_tell(const struct black_hole *, int last, struct host *,
    const struct peer_id *peer);

#endif
