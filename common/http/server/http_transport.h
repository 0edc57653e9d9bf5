/*
 * http_transport: how a server's connections send and receive, for servers that
 * do not speak plain HTTP. For http_server.h.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_TRANSPORT_H
#define COMMON_HTTP_SERVER_HTTP_TRANSPORT_H

#include "common/http/server/http_wire.h"

struct bufferevent;
struct event_base;

struct http_transport {
	/* For a new connection, whose socket the server sets. */
	struct bufferevent *(*accept)(struct event_base *, void *arg);
	/* For http_takeover: the connection goes on through fd, another number
	 * of its socket, and the bufferevent closes no socket any more. 0 or
	 * -errno with nothing changed. */
	int (*take)(struct bufferevent *, int fd, struct http_wire *ret);
	void *arg;
};

#endif
