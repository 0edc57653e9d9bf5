#include "common/http/server/http_server.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/listener.h>

#include "common/base/xalloc.h"
#include "common/http/server/http_connection.h"

const struct http_limits http_limits_default = {
	.connections = 256,
	.head_bytes = 16 * 1024,
	.body_bytes = 64 * 1024,
	.request_ms = 15 * 1000,
	.idle_ms = 60 * 1000,
	.stall_ms = 120 * 1000,
};

static void
configure(struct http_server *server)
{
	struct evhttp *http = server->http;

	evhttp_set_max_headers_size(
	    http, (ev_ssize_t)server->limits.head_bytes);
	evhttp_set_max_body_size(http, (ev_ssize_t)server->limits.body_bytes);
	/* All methods: the handler answers 405. */
	evhttp_set_allowed_methods(http, UINT16_MAX);
	evhttp_set_default_content_type(http, NULL);
	evhttp_set_bevcb(http, http_connection_accept, server);
	evhttp_set_gencb(http, http_request_begin, server);
}

struct http_server *
http_server_new(struct event_base *base, const struct http_limits *limits,
    http_handler_fn *handler, void *arg)
{
	struct http_server *server = xzalloc(sizeof(*server));

	server->base = base;
	server->limits = *limits;
	server->handler = handler;
	server->arg = arg;
	server->transport.accept = http_connection_plain;
	TAILQ_INIT(&server->connections);
	server->http = xcheck(evhttp_new(base));
	server->adopt =
	    xcheck(event_new(base, -1, 0, http_connections_adopt, server));
	server->sweep =
	    xcheck(evtimer_new(base, http_connections_sweep, server));
	configure(server);
	return server;
}

void
http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	/* A connection accepted in this very turn is not adopted yet. */
	http_connections_adopt(-1, 0, server);
	evhttp_free(server->http);
	event_free(server->adopt);
	event_free(server->sweep);
	free(server);
}

void
http_server_set_transport(
    struct http_server *server, const struct http_transport *transport)
{
	server->transport = *transport;
}

void
http_server_set_foreign(
    struct http_server *server, const struct http_foreign *foreign)
{
	server->foreign = *foreign;
}

int
http_server_take_listener(struct http_server *server, int fd)
{
	struct evconnlistener *listener = evconnlistener_new(server->base, NULL,
	    NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);

	if (listener == NULL)
		return -ENOMEM;
	if (evhttp_bind_listener(server->http, listener) == NULL) {
		evconnlistener_free(listener);
		return -ENOMEM;
	}
	return 0;
}

unsigned int
http_server_connections(const struct http_server *server)
{
	return server->count;
}
