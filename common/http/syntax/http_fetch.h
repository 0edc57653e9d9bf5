/*
 * http_fetch: the Fetch Metadata of a request (W3C; Sec-Fetch-*): whether a
 * page of another site caused it. Clients other than browsers send none of
 * these headers; no foreign page controls them.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_FETCH_H
#define COMMON_HTTP_SYNTAX_HTTP_FETCH_H

#include <stdbool.h>

#include "common/http/syntax/http_host.h"

struct http_fetch { /* header values; NULL: not sent. Borrowed. */
	const char *site;
	const char *mode;
	const char *dest;
	const char *origin;
	const char *content_type;
	bool has_body;
};

/* Is the client a browser, by its headers? */
bool http_fetch_is_browser(const struct http_fetch *);

/* A person following a link or typing an address into a tab; not a frame. */
bool http_fetch_is_visit(const struct http_fetch *);

/* The address of a tab or of a frame, by whatever way; what comes is shown as a
 * page. */
bool http_fetch_is_page(const struct http_fetch *);

/* Caused by a page of host itself, by the user, or not by a browser. */
bool http_fetch_is_own(const struct http_fetch *, const struct http_host *host);

/* May the request change state? Only from host's own pages, and as JSON, which
 * a foreign form cannot send without a preflight. */
bool http_fetch_may_change(
    const struct http_fetch *, const struct http_host *host);

#endif
