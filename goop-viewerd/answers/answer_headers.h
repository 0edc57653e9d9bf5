/*
 * answer_headers: the security headers of each kind of answer
 * (docs/architecture.md, "Who may do what").
 */
#ifndef GOOP_VIEWERD_ANSWERS_ANSWER_HEADERS_H
#define GOOP_VIEWERD_ANSWERS_ANSWER_HEADERS_H

#include "common/http/server/http_request.h"

/* A page or an API answer at the owner's origin: only our own files may run. */
void answer_headers_owner(struct http_request *);

/* A site's file at the site's origin: it may use the site's own files, nothing
 * else. */
void answer_headers_site(struct http_request *);

/* A site's file at the owner's origin: sandboxed, without scripts. */
void answer_headers_sandbox(struct http_request *);

/* An error page, with text and one style, at either origin. */
void answer_headers_problem(struct http_request *, const char *style_hash);

#endif
