/*
 * http_url: the address of a server: an http or https URL without query and
 * fragment (RFC 3986; RFC 9110, 4.2), from the configuration or a redirect.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_URL_H
#define COMMON_HTTP_SYNTAX_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HTTP_URL_HOST_SIZE = 256,
	HTTP_URL_PATH_SIZE = 256,
	HTTP_URL_TEXT_SIZE = 544, /* "https://[host]:65535path" */
	HTTP_URL_LOGIN_SIZE = 256,
	HTTP_URL_ZONE_SIZE = 16, /* as an interface's name (IFNAMSIZ) */
};

struct http_url {
	bool is_secure;                /* https */
	bool is_ipv6;                  /* host is an IPv6 literal */
	uint16_t port;                 /* never 0 */
	char host[HTTP_URL_HOST_SIZE]; /* lower case, no brackets; may be UTF-8
					*/
	char zone[HTTP_URL_ZONE_SIZE]; /* of a link-local address, or "" */
	char login[HTTP_URL_LOGIN_SIZE]; /* "user:password" as written, or "" */
	char path[HTTP_URL_PATH_SIZE]; /* "" or "/base", no slash at the end */
};

/* White space around the URL is skipped. 0, or -EINVAL: another scheme, no
 * host, a bad port, a query, characters that are not allowed in a URL, an
 * unspecified address, a link-local one without a zone (RFC 6874). */
int http_url_parse(const char *text, struct http_url *ret);

/* Why http_url_parse refuses this: "has a space in it"; NULL if it does not. */
const char *http_url_explain(const char *text);

/* In normal form, without the login; a port is named only if it is not the
 * scheme's own. */
void http_url_print(const struct http_url *, char text[HTTP_URL_TEXT_SIZE]);

/* "name", "name:port", "[v6]:port", "[fe80::1%25eth0]". */
void http_url_print_host(
    const struct http_url *, char text[HTTP_URL_TEXT_SIZE]);

/* Is the host an address rather than a name? */
bool http_url_is_literal(const struct http_url *);

/* Is it this machine: localhost, 127.0.0.0/8, ::1? */
bool http_url_is_loopback(const struct http_url *);

/*
 * What a redirect's Location means (RFC 9110, 10.2.2) for a client that asked
 * url for path, which starts with '/': the URL under which the same path is
 * now. 0, or -EINVAL: it is no URL, has a login, or leads to another path than
 * asked for.
 */
int http_url_redirect(const struct http_url *, const char *path,
    const char *location, struct http_url *ret);

#endif
