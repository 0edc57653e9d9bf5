/*
 * visit_path: the address of a file of a site: "/p/<peer id>/<path>", where the
 * id may be in any of its text forms; or "/<path>" at the site's own origin.
 * The path is decoded once.
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
	bool is_canonical; /* the id is spelled so, and a slash follows it; at
			      the root: one slash */
	struct bytes rest; /* after the id, raw, starting with '/' or empty */
	char path[GOOP_PATH_MAX + 1]; /* decoded, starts with '/' */
	bool at_root;                 /* "/<path>": the origin names the peer */
};

/* raw starts with "/p/" and is borrowed by ret. 0 or one of the above. */
int visit_path_parse(struct bytes raw, struct visit_path *ret);

/* raw is all of a path at the origin of peer, and borrowed by ret, whose rest
 * begins with one slash. 0 or VISIT_PATH_BAD. */
int visit_path_at_root(
    struct bytes raw, const struct peer_id *peer, struct visit_path *ret);

/* Does the path begin with "/p/" and a peer id? Then no file of a site's own
 * can be there. */
bool visit_path_names_peer(struct bytes raw);

#endif
