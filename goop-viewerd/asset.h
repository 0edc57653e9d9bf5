/* asset: the pages, styles and scripts, linked into the program. */
#ifndef GOOP_VIEWERD_ASSET_H
#define GOOP_VIEWERD_ASSET_H

#include "common/http/http_request.h"

struct asset {
	const char *name; /* "peers.html" */
	const char *etag; /* of its bytes, with quotes */
	const char *hash; /* SHA-256 in base64, as a policy names it */
	const uint8_t *start, *end;
};

/* The table that embed.sh makes; a NULL name ends it. */
extern const struct asset asset_table[];

/* NULL if there is none of that name. */
const struct asset *asset_find(struct bytes name);

struct bytes asset_bytes(const struct asset *);

/* Answer with it: 200, or 304 if the client has it. */
void asset_serve(struct http_request *, const struct asset *);

#endif
