/*
 * http_connection: the connections of a server and their time limits, for
 * common/http/server alone. evhttp owns the sockets; this module knows since
 * when each connection waits for its client, and closes those that take too
 * long.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_CONNECTION_H
#define COMMON_HTTP_SERVER_HTTP_CONNECTION_H

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "common/base/buffer.h"
#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/http/server/http_server.h"

/* Each state with the time that it may last. */
enum http_state {
	HTTP_STATE_NEW,       /* accepted; adopted in this turn of the loop */
	HTTP_STATE_IDLE,      /* limits.request_ms before the first request,
				 limits.idle_ms after it */
	HTTP_STATE_READING,   /* limits.request_ms */
	HTTP_STATE_ANSWERING, /* as long as the handler takes */
	HTTP_STATE_ANSWERED,  /* the client reads; limits.stall_ms a write */
};

struct http_connection {
	TAILQ_ENTRY(http_connection) next;
	struct http_server *server;
	struct bufferevent *bev; /* a reference of ours */
	struct evhttp_connection *evcon;
	UT_hash_handle hh; /* by evcon */
	enum http_state state;
	struct monotime since;        /* the state was entered */
	struct monotime deadline;     /* NEVER while answering, leaving */
	bool leaves;                  /* was hung up */
	struct http_request *request; /* being answered, or NULL */
	void (*on_gone)(struct http_request *); /* the client left */
	int note;
	bool closes; /* after the answer, whatever evhttp decides */
	bool has_spoken;
	bool is_foreign; /* evhttp does not get its input any more */
};
TAILQ_HEAD(http_connections, http_connection);

struct http_request {
	struct http_connection *connection;
	struct evhttp_request *req;
	enum http_method method;
	struct bytes path;
	void (*on_gone)(void *);
	void *gone_arg;
	void (*on_sent)(void *);
	void *sent_arg;
	bool streams;
	bool may_have_body; /* of the answer */
};

struct http_server {
	struct event_base *base;
	struct evhttp *http;
	struct http_limits limits;
	struct http_transport transport;
	struct http_foreign foreign;
	http_handler_fn *handler;
	void *arg;
	struct http_connections connections;
	struct http_connection *by_evcon; /* all but the NEW ones */
	unsigned int count, leaving;
	struct event *adopt; /* looks at the NEW ones */
	struct event *sweep; /* once a second while there are any */
};

/* http_transport.accept of a server without a transport of its own. */
struct bufferevent *http_connection_plain(struct event_base *, void *arg);

/* Take the socket, or the TLS session, out of evhttp; see http_takeover(). */
int http_connection_take_over(
    struct http_connection *, struct http_wire *ret, struct buffer *early);

/* For evhttp_set_bevcb: the next connection's bufferevent. */
struct bufferevent *http_connection_accept(struct event_base *, void *server);

/* The two events of the server; arg is the server. */
void http_connections_adopt(evutil_socket_t, short, void *server);
void http_connections_sweep(evutil_socket_t, short, void *server);

/* The connection of evhttp's object, or NULL. */
struct http_connection *http_connection_find(
    struct http_server *, struct evhttp_connection *);

/* A request is complete; on_gone comes when the client leaves before
 * http_connection_answered(). */
void http_connection_answer(struct http_connection *,
    struct http_request *request, void (*on_gone)(struct http_request *));

/* The answer is written; then, evhttp has sent it: wait for the next request.
 */
void http_connection_answered(struct http_connection *);
void http_connection_idle(struct http_connection *);

/* In http_request.c: evhttp's callback for each request. */
void http_request_begin(struct evhttp_request *, void *server);

#endif
