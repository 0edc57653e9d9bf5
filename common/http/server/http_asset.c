#include "common/http/server/http_asset.h"

#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_etag.h"

const struct http_asset *
http_asset_find(const struct http_asset *table, struct bytes name)
{
	const struct http_asset *asset;

	for (asset = table; asset->name != NULL; asset++) {
		if (bytes_equal(bytes_of(asset->name), name))
			return asset;
	}
	return NULL;
}

struct bytes
http_asset_bytes(const struct http_asset *asset)
{
	return (
	    struct bytes){ asset->start, (size_t)(asset->end - asset->start) };
}

static const char *
type_of(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".ts", "text/plain; charset=utf-8" }, /* to be read */
	};
	const char *suffix = strrchr(name, '.');
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].suffix, suffix) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

void
http_asset_serve(struct http_request *request, const struct http_asset *asset)
{
	const char *listed = http_request_header(request, "If-None-Match");

	(void)http_header(request, "ETag", asset->etag);
	/* Ask each time: a 304 from memory is cheap, an old script is not. */
	(void)http_header(request, "Cache-Control", "no-cache");
	if (listed != NULL && http_etag_listed(listed, asset->etag)) {
		http_reply(request, 304, NULL, (struct bytes){ NULL, 0 });
		return;
	}
	http_reply_static(
	    request, 200, type_of(asset->name), http_asset_bytes(asset));
}
