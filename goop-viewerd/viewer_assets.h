/* viewer_assets: the table of our pages, styles and scripts. */
#ifndef GOOP_VIEWERD_VIEWER_ASSETS_H
#define GOOP_VIEWERD_VIEWER_ASSETS_H

#include "common/http/http_asset.h"

extern const struct http_asset viewer_assets[];

#endif
