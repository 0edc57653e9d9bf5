/* api: /api/ at the owner's origin; docs/viewer-api.md describes it. */
#ifndef GOOP_VIEWERD_ROUTES_API_H
#define GOOP_VIEWERD_ROUTES_API_H

#include "goop-viewerd/routes/viewer_state.h"

/* Is the path reserved for a call of this table, at any origin? */
bool api_is_call(struct bytes path);

void api_handle(struct viewer *, struct http_request *);

#endif
