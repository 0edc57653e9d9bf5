/*
 * error_page: an error, for browsers as a page, for programs as one line of
 * text.
 */
#ifndef GOOP_VIEWERD_ANSWERS_ERROR_PAGE_H
#define GOOP_VIEWERD_ANSWERS_ERROR_PAGE_H

#include "common/http/server/http_request.h"
#include "proto/op.h"

struct problem {
	int status;
	const char *title;  /* "This peer cannot be reached" */
	const char *advice; /* what it means, what to do */
	const char *detail; /* of this case; NULL or any text */
	bool may_retry;     /* shows "Try again" */
	int retry_s;        /* reloads after so long; 0: does not */
};

/* Answer with a page, or a line if the client does not accept HTML. */
void error_page_reply(struct http_request *, const struct problem *);

/* Answer with a status and one line of text, as the API does. */
void error_page_reply_text(struct http_request *, int status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What a bus error means to a user who opens a site. */
struct problem error_page_of_bus(enum bus_code, const char *detail);

/* The HTTP status of a bus code. */
int error_page_status(enum bus_code);

/* A daemon is being restarted. */
struct problem error_page_restarting(void);

#endif
