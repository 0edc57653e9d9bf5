/*
 * http_url: where a server is: an http or https URL without user name, query
 * and fragment (RFC 3986; RFC 9110, 4.2), as configured or as a redirect says.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_URL_H
#define COMMON_HTTP_SYNTAX_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HTTP_URL_HOST_SIZE = 256,
	HTTP_URL_PATH_SIZE = 256,
	HTTP_URL_TEXT_SIZE = 544, /* "https://[host]:65535path" */
};

struct http_url {
	bool is_secure;                /* https */
	bool is_ipv6;                  /* host is an IPv6 literal */
	uint16_t port;                 /* never 0 */
	char host[HTTP_URL_HOST_SIZE]; /* lower case, no brackets */
	char path[HTTP_URL_PATH_SIZE]; /* "" or "/base", no slash at the end */
};

/* 0 or -EINVAL: another scheme, no host, a user name, a port that is none, a
 * query, characters that belong to no URL, an unspecified address. */
int http_url_parse(const char *text, struct http_url *ret);

/* In normal form; a port is named only if it is not the scheme's own. */
void http_url_print(const struct http_url *, char text[HTTP_URL_TEXT_SIZE]);

/* The value of the Host header: "name", "name:port", "[v6]:port". */
void http_url_print_host(
    const struct http_url *, char text[HTTP_URL_TEXT_SIZE]);

/* Is the host an address rather than a name? */
bool http_url_is_literal(const struct http_url *);

/*
 * What a redirect's Location means (RFC 9110, 10.2.2) for whom asked url for
 * path, which starts with '/': the URL under which the same path is now. 0, or
 * -EINVAL: it is no URL, or leads to another path than asked for.
 */
int http_url_redirect(const struct http_url *, const char *path,
    const char *location, struct http_url *ret);

#endif
