/*
 * site_visit: requests for /p/<peer id>/<path>, at the owner's origin and at
 * the origins of sites. Decides what is redirected, refused, or served how.
 */
#ifndef GOOP_VIEWERD_ROUTES_SITE_VISIT_H
#define GOOP_VIEWERD_ROUTES_SITE_VISIT_H

#include "goop-viewerd/routes/viewer_state.h"

/* At the owner's origin. */
void site_visit_from_owner(struct viewer *, struct http_request *,
    const struct access *, const struct http_fetch *);

/* Anything at a site's own origin. */
void site_visit_at_site(struct viewer *, struct http_request *,
    const struct access *, const struct http_fetch *);

#endif
