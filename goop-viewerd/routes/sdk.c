#include "goop-viewerd/routes/sdk.h"

#include "common/http/server/http_asset.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/answers/viewer_assets.h"

bool
sdk_has(struct bytes path)
{
	return bytes_skip(&path, "/sdk/") &&
	       http_asset_find(viewer_sdk, path) != NULL;
}

void
sdk_serve(
    struct http_request *request, void (*put_headers)(struct http_request *))
{
	struct bytes name = http_request_path(request);
	const struct http_asset *asset = NULL;

	if (bytes_skip(&name, "/sdk/"))
		asset = http_asset_find(viewer_sdk, name);
	if (asset == NULL) {
		error_page_reply_text(request, 404, "no such file");
	} else {
		put_headers(request);
		http_asset_serve(request, asset);
	}
}
