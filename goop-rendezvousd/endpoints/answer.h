/*
 * answer: how this server answers: headers that are on everything, plain
 * sentences, JSON. Texts are those of the original where it has one
 * (reference 1.0, 1.1).
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_ANSWER_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_ANSWER_H

#include "common/http/server/http_request.h"

#define ANSWER_VERSION "1.1" /* docs/rendezvous-1.1.md */

/* What every answer says; the router calls it. */
void answer_begin(struct http_request *);

/* A sentence and a line end. */
void answer_text(struct http_request *, int status, const char *text);

/* The same, and when to come back; seconds is at least 1. */
void answer_later(
    struct http_request *, int status, int64_t seconds, const char *text);

/* 405, and what would be right: "GET, HEAD". */
void answer_method(struct http_request *, const char *allow);

/* A JSON text of ours, with a line end. */
void answer_json(struct http_request *, struct bytes json);

/* The headers of a page that may run nothing but our files. */
void answer_page_headers(struct http_request *);

#endif
