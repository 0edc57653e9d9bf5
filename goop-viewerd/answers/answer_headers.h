/*
 * answer_headers: what each kind of answer tells the browser to forbid.
 * design "Who may do what".
 */
#ifndef GOOP_VIEWERD_ANSWERS_ANSWER_HEADERS_H
#define GOOP_VIEWERD_ANSWERS_ANSWER_HEADERS_H

#include "common/http/server/http_request.h"

/* A page or an API answer at the owner's origin: only our own files run. */
void answer_headers_owner(struct http_request *);

/* A site's file at the site's origin: what it brings itself, nothing else. */
void answer_headers_site(struct http_request *);

/* A site's file at the owner's origin: dead bytes. */
void answer_headers_sandbox(struct http_request *);

/* A page of ours with nothing but text and one style, at either origin. */
void answer_headers_problem(struct http_request *, const char *style_hash);

#endif
