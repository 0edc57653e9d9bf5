/*
 * http_connection: the connections of a server, for http_server.c and
 * http_request.c only. evhttp owns the sockets; this watches over them: it
 * knows when each began to wait for what, and ends those that take too long.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_CONNECTION_H
#define COMMON_HTTP_SERVER_HTTP_CONNECTION_H

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/http/server/http_server.h"

/*
 * NEW: accepted in this very loop turn; evhttp has not told its object yet.
 * ANSWERED: all that is left is for the client to read.
 */
enum http_state {
	HTTP_STATE_NEW,
	HTTP_STATE_IDLE,
	HTTP_STATE_READING,
	HTTP_STATE_ANSWERING,
	HTTP_STATE_ANSWERED
};

struct http_connection {
	TAILQ_ENTRY(http_connection) next;
	struct http_server *server;
	struct bufferevent *bev; /* a reference of ours */
	struct evhttp_connection *evcon;
	UT_hash_handle hh; /* by evcon */
	enum http_state state;
	struct monotime since;        /* we wait for the client */
	struct monotime deadline;     /* NEVER while answering, leaving */
	bool leaves;                  /* was hung up */
	struct http_request *request; /* what is being answered, or NULL */
	int note;
	bool closes; /* after the answer, whatever evhttp thinks */
	bool has_spoken;
	bool is_foreign; /* evhttp is not told any more what comes */
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

/* http_takeover.c: the connection without what it is doing (http_takeover). */
struct buffer;
int http_connection_take_over(
    struct http_connection *, struct http_wire *ret, struct buffer *early);

/* For evhttp_set_bevcb: the next connection's bufferevent. */
struct bufferevent *http_connection_accept(struct event_base *, void *server);

/* The two events of the server; arg is the server. */
void http_connections_adopt(evutil_socket_t, short, void *server);
void http_connections_sweep(evutil_socket_t, short, void *server);

/* The connection of a request that evhttp brings; NULL is a bug of ours. */
struct http_connection *http_connection_find(
    struct http_server *, struct evhttp_connection *);

/* States. */
void http_connection_answer(
    struct http_connection *, struct http_request *request);
void http_connection_answered(struct http_connection *);
void http_connection_idle(struct http_connection *);

/* http_request.c: evhttp's callback for each request; the client left. */
void http_request_begin(struct evhttp_request *, void *server);
void http_request_gone(struct http_request *);

#endif
