/*
 * data_call: one call of the data API: the question to a database, and its
 * answer, or what went wrong, to the page.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_CALL_H
#define GOOP_VIEWERD_DATA_DATA_CALL_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/data/data_client.h"

/* Answer the request; put_headers adds those of its origin. */
void data_call_start(struct data_queries *, struct http_request *,
    const struct data_question *, void (*put_headers)(struct http_request *));

/* Answer with a line of text, and the status that is right for it. */
void data_call_refuse(struct http_request *, enum bus_code, const char *words);

#endif
