/*
 * http_server: HTTP/1.1 on libevent's evhttp, with every limit named: how many
 * connections, how large a head and a body, how long a client may take to send
 * a request, to send the next one, and to read the answer. It refuses requests
 * whose end is ambiguous (RFC 9112, 11.2) before a handler sees them. Access
 * control is the handler's.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_HTTP_SERVER_H

#include <event2/event.h>

#include "common/http/server/http_request.h"
#include "common/http/server/http_transport.h"

struct http_limits {
	unsigned int connections; /* when full, the longest awaited is closed */
	size_t head_bytes;        /* request line and headers: else 400 */
	size_t body_bytes;        /* of a request: else 413 */
	int64_t request_ms;       /* from its first byte to its last */
	int64_t idle_ms;          /* between requests */
	int64_t stall_ms;         /* a reader that takes no byte */
};

/* The defaults. */
extern const struct http_limits http_limits_default;

struct http_server;

/* The handler answers each request exactly once, now or later. */
typedef void http_handler_fn(struct http_request *, void *arg);

/* limits is copied. */
struct http_server *http_server_new(struct event_base *,
    const struct http_limits *limits, http_handler_fn *handler, void *arg);

/* Drops all connections; pending requests get on_gone. NULL is fine. */
void http_server_free(struct http_server *);

/* Before the first listener: not plain HTTP. Copied. */
void http_server_set_transport(
    struct http_server *, const struct http_transport *);

/* Takes over connections whose first bytes are not HTTP. */
struct http_foreign {
	bool (*is)(struct bytes first);
	/* Gets the non-blocking socket and the bytes read from it. */
	void (*take)(int fd, struct bytes early, void *arg);
	void *arg;
};

/* Before the first listener, and only without a transport. Copied. */
void http_server_set_foreign(struct http_server *, const struct http_foreign *);

/* Serve on a listening non-blocking socket; takes it. 0 or -errno. */
int http_server_take_listener(struct http_server *, int fd);

/* Connections open right now. */
unsigned int http_server_connections(const struct http_server *);

#endif
