/* rendezvous_assets: the table of our pages, styles and scripts. */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ASSETS_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ASSETS_H

#include "common/http/server/http_asset.h"

extern const struct http_asset rendezvous_assets[];

#endif
