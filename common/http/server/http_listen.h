/* http_listen: an address as configured, and a socket that listens on it. */
#ifndef COMMON_HTTP_SERVER_HTTP_LISTEN_H
#define COMMON_HTTP_SERVER_HTTP_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* An IPv4 or IPv6 address and port. */
union http_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (loopback); port
 * 0 is any. Names are not looked up. 0 or -EINVAL. */
int http_address_parse(const char *text, union http_address *ret);

bool http_address_is_loopback(const union http_address *);
uint16_t http_address_port(const union http_address *);
void http_address_set_port(union http_address *, uint16_t port);

/* A non-blocking socket that listens there; address gets the real port.
 * 0 or -errno. */
int http_listen(union http_address *, int *ret_fd);

#endif
