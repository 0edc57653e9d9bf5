/* api: /api/ at the owner's origin; docs/viewer-api.md describes it. */
#ifndef GOOP_VIEWERD_ROUTES_API_H
#define GOOP_VIEWERD_ROUTES_API_H

#include "goop-viewerd/routes/viewer_state.h"

void api_handle(struct viewer *, struct http_request *);

#endif
