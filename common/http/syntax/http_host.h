/*
 * http_host: the Host and Origin headers. A server on loopback must check both:
 * DNS rebinding lets foreign pages reach it under their own names.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_HOST_H
#define COMMON_HTTP_SYNTAX_HTTP_HOST_H

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_HOST_NAME_SIZE = 256, HTTP_PORT_DEFAULT = 80 };

struct http_host {
	char name[HTTP_HOST_NAME_SIZE]; /* lower case; IPv6 in brackets */
	uint16_t port;
};

/* "name", "name:port", "[v6]:port", nothing else. 0 or -EINVAL. */
int http_host_parse(const char *text, struct http_host *ret);

/* Is the value of an Origin header "http://" and exactly this host? */
bool http_origin_is(const char *origin, const struct http_host *);

#endif
