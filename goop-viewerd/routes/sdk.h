/*
 * sdk: /sdk/, the scripts and styles for pages of sites; the same at both kinds
 * of origin.
 */
#ifndef GOOP_VIEWERD_ROUTES_SDK_H
#define GOOP_VIEWERD_ROUTES_SDK_H

#include "common/http/server/http_request.h"

/* Is there such a file? Sites may have others beneath /sdk/. */
bool sdk_has(struct bytes path);

/* Answer a GET or HEAD of a path that starts with "/sdk/"; put_headers adds
 * those of the origin. */
void sdk_serve(
    struct http_request *, void (*put_headers)(struct http_request *));

#endif
