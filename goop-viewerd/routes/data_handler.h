/*
 * data_handler: requests for the data API, at both kinds of origin. Whether
 * this origin may ask for this peer's data was decided before (access.h).
 */
#ifndef GOOP_VIEWERD_ROUTES_DATA_HANDLER_H
#define GOOP_VIEWERD_ROUTES_DATA_HANDLER_H

#include "goop-viewerd/routes/viewer_state.h"

/* put_headers adds those of the origin. */
void data_handler_handle(struct viewer *, struct http_request *,
    void (*put_headers)(struct http_request *));

#endif
