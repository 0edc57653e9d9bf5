/*
 * http_asset: pages, styles and scripts that are linked into a program, as a
 * table that assets/embed.sh makes. The program adds the headers that limit
 * what they may do in the browser.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_ASSET_H
#define COMMON_HTTP_SERVER_HTTP_ASSET_H

#include "common/http/server/http_request.h"

struct http_asset {
	const char *name; /* "peers.html"; NULL ends the table */
	const char *etag; /* of its bytes, with quotes */
	const char *hash; /* SHA-256 in base64, as a policy names it */
	const uint8_t *start, *end;
};

/* NULL if there is none of that name. */
const struct http_asset *http_asset_find(
    const struct http_asset *table, struct bytes name);

struct bytes http_asset_bytes(const struct http_asset *);

/* Answer with it: 200, or 304 if the client has it. */
void http_asset_serve(struct http_request *, const struct http_asset *);

#endif
