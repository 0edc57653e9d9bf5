/*
 * stream_lease: the place that an inbound stream takes: so many a peer and in
 * all for each protocol, no longer than until its deadline, and so many bytes
 * of memory as are held for it.
 */
#ifndef GOOPD_STREAMS_STREAM_QUOTA_H
#define GOOPD_STREAMS_STREAM_QUOTA_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/libp2p/stream/stream.h"

enum {
	STREAMS_PER_PEER = 32, /* of one protocol, if it sets no limits */
	STREAMS_PER_PROTOCOL = 1024,
};

struct stream_limits {
	unsigned int per_peer, in_all;
	size_t bytes_per_peer, bytes_in_all; /* charged */
};

/* The streams of one protocol. */
struct stream_quota;

/* limits are borrowed; NULL: those above, and nothing is charged. */
struct stream_quota *stream_quota_new(
    struct event_base *, const struct stream_limits *limits);
void stream_quota_free(struct stream_quota *); /* all leases have ended */

struct stream_lease { /* embedded; zero: none */
	struct stream_quota *quota;
	struct stream *stream;
	struct peer_id peer;
	size_t bytes; /* charged */
	struct event deadline;
};

/* Take a place for the stream. False, counted, if there is none: the caller
 * resets it. */
bool stream_lease_init(
    struct stream_lease *, struct stream_quota *, struct stream *);

/* Reset the stream ms from now, unless it is told otherwise until then. */
void stream_lease_expire(struct stream_lease *, int64_t ms);
void stream_lease_keep(struct stream_lease *); /* no deadline any more */

/* Charge bytes before they are allocated; false, counted: too many are held.
 * What is charged is given back in part, or when the lease ends. */
bool stream_lease_charge(struct stream_lease *, size_t bytes);
void stream_lease_discharge(struct stream_lease *, size_t bytes);

/* The stream has closed: give the place back. */
void stream_lease_fini(struct stream_lease *);

#endif
