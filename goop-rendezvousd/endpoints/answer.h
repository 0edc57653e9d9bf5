/*
 * answer: the parts that answers share: headers, sentences, JSON. Sentences are
 * those of the original where it has one.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_ANSWER_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_ANSWER_H

#include "common/http/server/http_request.h"

#define ANSWER_VERSION "1.1" /* docs/rendezvous-1.1.md */

/* Add the headers of every answer; for the router. */
void answer_begin(struct http_request *);

/* Answer with a sentence and a line end. */
void answer_text(struct http_request *, int status, const char *text);

/* The same with Retry-After; seconds is at least 1. */
void answer_later(
    struct http_request *, int status, int64_t seconds, const char *text);

/* 405 with the methods that are allowed: "GET, HEAD". */
void answer_method(struct http_request *, const char *allow);

/* 200 with a JSON text that ends its line. */
void answer_json(struct http_request *, struct bytes json);

/* Add the headers of a page that may load our own files only. */
void answer_page_headers(struct http_request *);

#endif
