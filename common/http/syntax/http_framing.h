/*
 * http_framing: is it beyond doubt where a request ends, and whom it is for?
 * What two readers could read differently is refused (RFC 9112, 11.2; RFC
 * 9110, 7.2): evhttp by itself takes the first of several, and what follows a
 * body it did not see for the next request.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_FRAMING_H
#define COMMON_HTTP_SYNTAX_HTTP_FRAMING_H

#include <stdbool.h>

struct evkeyvalq;

/* takes_body: does the server read a body for this method? */
bool http_framing_is_sound(const struct evkeyvalq *headers, bool takes_body);

#endif
