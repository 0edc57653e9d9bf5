/*
 * stream_lease: the place that an inbound stream takes: so many a peer and in
 * all for each protocol, and no longer than until its deadline.
 */
#ifndef GOOPD_STREAM_LEASE_H
#define GOOPD_STREAM_LEASE_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/libp2p/stream.h"

enum {
	STREAMS_PER_PEER = 32, /* of one protocol */
	STREAMS_PER_PROTOCOL = 1024,
};

/* The streams of one protocol. */
struct stream_quota;

struct stream_quota *stream_quota_new(struct event_base *);
void stream_quota_free(struct stream_quota *); /* all leases have ended */

struct stream_lease { /* embedded; zero: none */
	struct stream_quota *quota;
	struct stream *stream;
	struct peer_id peer;
	struct event deadline;
};

/* Take a place for the stream. False, counted, if there is none: the caller
 * resets it. */
bool stream_lease_init(
    struct stream_lease *, struct stream_quota *, struct stream *);

/* Reset the stream ms from now, unless it is told otherwise until then. */
void stream_lease_expire(struct stream_lease *, int64_t ms);
void stream_lease_keep(struct stream_lease *); /* no deadline any more */

/* The stream has closed: give the place back. */
void stream_lease_fini(struct stream_lease *);

#endif
