/*
 * http_framing: are the end and the host of a request unambiguous? Requests
 * that two parsers could read differently are refused (RFC 9112, 11.2; RFC
 * 9110, 7.2): evhttp itself takes the first of several headers, and takes an
 * unread body for the next request.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_FRAMING_H
#define COMMON_HTTP_SYNTAX_HTTP_FRAMING_H

#include <stdbool.h>

struct evkeyvalq;

struct http_framing_rules {
	bool takes_body; /* does the server read a body for this method? */
	bool needs_host; /* HTTP/1.1; monitors that speak 1.0 name none */
};

bool http_framing_is_sound(
    const struct evkeyvalq *headers, struct http_framing_rules);

#endif
