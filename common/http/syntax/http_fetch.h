/*
 * http_fetch: what a browser says of how a request came to be (Fetch Metadata,
 * W3C; Sec-Fetch-*), and what follows: whether another site's page caused it.
 * Other clients send none of these headers; they are no danger, for no
 * stranger's page drives them.
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

/* Does a browser ask at all, as far as it says? */
bool http_fetch_is_browser(const struct http_fetch *);

/* A person following a link or typing an address into a tab; not a frame. */
bool http_fetch_is_visit(const struct http_fetch *);

/* Asked by a page of host itself, by the person, or by no browser. */
bool http_fetch_is_own(const struct http_fetch *, const struct http_host *host);

/* May it change something? Its own, and JSON, which a foreign form cannot
 * send without the browser asking us first. */
bool http_fetch_may_change(
    const struct http_fetch *, const struct http_host *host);

#endif
