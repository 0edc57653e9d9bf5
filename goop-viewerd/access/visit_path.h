/*
 * visit_path: "/p/<peer id>/<path>", the address of a file of a site. The id
 * may be in any of its text forms; the path is decoded once.
 */
#ifndef GOOP_VIEWERD_ACCESS_VISIT_PATH_H
#define GOOP_VIEWERD_ACCESS_VISIT_PATH_H

#include "common/libp2p/multiformats/peer_id.h"
#include "proto/goopd_ops.h"

enum {
	VISIT_PATH_NO_PEER = 1, /* not an id */
	VISIT_PATH_BAD = 2,     /* the path is malformed */
};

struct visit_path {
	struct peer_id peer;
	char peer_text[PEER_ID_TEXT_SIZE]; /* canonical: base58btc */
	bool is_canonical; /* the id is spelled so, and a slash follows it */
	struct bytes rest; /* after the id, raw, starting with '/' or empty */
	char path[GOOP_PATH_MAX + 1]; /* decoded, starts with '/' */
};

/* raw starts with "/p/" and is borrowed by ret. 0 or one of the above. */
int visit_path_parse(struct bytes raw, struct visit_path *ret);

#endif
