#include "common/http/syntax/http_fetch.h"

#include <string.h>
#include <strings.h>

bool
http_fetch_is_browser(const struct http_fetch *fetch)
{
	return fetch->site != NULL || fetch->mode != NULL ||
	       fetch->dest != NULL;
}

bool
http_fetch_is_visit(const struct http_fetch *fetch)
{
	return fetch->mode != NULL && strcmp(fetch->mode, "navigate") == 0 &&
	       fetch->dest != NULL && strcmp(fetch->dest, "document") == 0;
}

bool
http_fetch_is_page(const struct http_fetch *fetch)
{
	return fetch->mode != NULL && strcmp(fetch->mode, "navigate") == 0;
}

bool
http_fetch_is_own(const struct http_fetch *fetch, const struct http_host *host)
{
	if (fetch->site != NULL && strcmp(fetch->site, "same-origin") != 0 &&
	    strcmp(fetch->site, "none") != 0)
		return false;
	return fetch->origin == NULL || http_origin_is(fetch->origin, host);
}

static bool
is_json(const char *content_type)
{
	static const char json[] = "application/json";
	size_t len = strlen(json);

	return strncasecmp(content_type, json, len) == 0 &&
	       strchr("; \t", content_type[len]) != NULL;
}

bool
http_fetch_may_change(
    const struct http_fetch *fetch, const struct http_host *host)
{
	if (!http_fetch_is_own(fetch, host))
		return false;
	if (fetch->content_type == NULL)
		return !fetch->has_body;
	return is_json(fetch->content_type);
}
