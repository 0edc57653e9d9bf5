/*
 * data_path: "/api/data/<suffix>", the own database, and "/api/p/<peer
 * id>/data/<suffix>", that of a peer. The id may be in any of its text forms.
 */
#ifndef GOOP_VIEWERD_ACCESS_DATA_PATH_H
#define GOOP_VIEWERD_ACCESS_DATA_PATH_H

#include "common/base/bytes.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	DATA_PATH_OTHER = 1,   /* not an address of data */
	DATA_PATH_NO_PEER = 2, /* it is, but the peer id is malformed */
};

struct data_path {
	bool names_peer; /* else it is the own database */
	struct peer_id peer;
	struct bytes suffix; /* "find", "tables/create"; borrowed */
};

/* 0 or one of the above. */
int data_path_parse(struct bytes raw, struct data_path *ret);

#endif
