/* viewer_assets: the linked files: of our pages, and of /sdk/ for sites. */
#ifndef GOOP_VIEWERD_ANSWERS_VIEWER_ASSETS_H
#define GOOP_VIEWERD_ANSWERS_VIEWER_ASSETS_H

#include "common/http/server/http_asset.h"

extern const struct http_asset viewer_assets[];
extern const struct http_asset viewer_sdk[];

#endif
