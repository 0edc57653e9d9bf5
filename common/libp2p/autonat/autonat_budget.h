/*
 * autonat_budget: how many dials a server makes for others within a minute (the
 * defaults of go-libp2p). Bookkeeping only: callers bring the clock.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_BUDGET_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_BUDGET_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	AUTONAT_BUDGET_ALL = 60,      /* requests a minute */
	AUTONAT_BUDGET_PER_PEER = 12, /* of these, of one peer */
	AUTONAT_BUDGET_DATA = 12,     /* of these, at a price of data */
	AUTONAT_BUDGET_V1 = 30,       /* of these, by AutoNAT v1 */
	AUTONAT_BUDGET_V1_PER_PEER = 3,
};

enum autonat_request_kind {
	AUTONAT_REQUEST_V1,
	AUTONAT_REQUEST_V2,
};

/* The requests granted last; the oldest is overwritten. */
struct autonat_budget {
	struct {
		struct peer_id peer;
		struct monotime at;
		enum autonat_request_kind kind;
		bool is_used, has_data;
	} granted[AUTONAT_BUDGET_ALL];
	size_t next;
};

void autonat_budget_init(struct autonat_budget *);

/* A request of peer: false if there were too many within the last minute. */
bool autonat_budget_take(struct autonat_budget *, const struct peer_id *peer,
    enum autonat_request_kind, struct monotime now);

/* The newest request of peer is to be paid for by data: false if there were too
 * many such ones. */
bool autonat_budget_take_data(
    struct autonat_budget *, const struct peer_id *peer, struct monotime now);

#endif
