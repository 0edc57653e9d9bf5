/* http_etag: entity tags and the conditions on them (RFC 9110, 8.8.3, 13.1). */
#ifndef COMMON_HTTP_SYNTAX_HTTP_ETAG_H
#define COMMON_HTTP_SYNTAX_HTTP_ETAG_H

#include <stdbool.h>

#include "common/base/bytes.h"

/*
 * Does the value of If-None-Match name this tag? Weak comparison; "*" names
 * every tag; a malformed value names none. etag has its quotes.
 */
bool http_etag_listed(const char *if_none_match, const char *etag);

/* Does the value of If-Match name this tag? Strong comparison: weak tags match
 * nothing; "*" names every tag. */
bool http_etag_matches(const char *if_match, const char *etag);

#endif
