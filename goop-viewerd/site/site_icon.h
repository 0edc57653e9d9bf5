/*
 * site_icon: a picture for tabs and bookmarks of sites that have none of their
 * own: made of the peer id, so that each site has another.
 */
#ifndef GOOP_VIEWERD_SITE_SITE_ICON_H
#define GOOP_VIEWERD_SITE_SITE_ICON_H

#include "common/http/server/http_request.h"
#include "common/libp2p/multiformats/peer_id.h"

#define SITE_ICON_PATH "/favicon.ico" /* where browsers look unasked */

/* Answer with the icon, which is SVG; the headers of the origin are set. */
void site_icon_reply(struct http_request *, const struct peer_id *);

#endif
