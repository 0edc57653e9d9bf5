/*
 * stream_quota: limits of the inbound streams of one protocol: their number for
 * each peer and in all, their time, and the memory held for them. A
 * stream_lease is the share of one stream.
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

/* Count the stream. False, counted, if a limit is reached: the caller resets
 * it. */
bool stream_lease_init(
    struct stream_lease *, struct stream_quota *, struct stream *);

/* Reset the stream after ms, unless this is called again or
 * stream_lease_keep(). */
void stream_lease_expire(struct stream_lease *, int64_t ms);
void stream_lease_keep(struct stream_lease *); /* no deadline from here on */

/* Charge bytes before they are allocated; false, counted, over the limit.
 * Discharge them in part, or with the lease. */
bool stream_lease_charge(struct stream_lease *, size_t bytes);
void stream_lease_discharge(struct stream_lease *, size_t bytes);

/* The stream has closed: return its share. */
void stream_lease_fini(struct stream_lease *);

#endif
