#include "common/http/server/http_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"

enum {
	INPUT_OVER_BODY = 96 * 1024, /* a head, and a part of what follows */
	SEND_AT_ONCE = 256 * 1024,
	SWEEP_MS = 1000,
};

COUNTER(http_connections_accepted, "HTTP connections accepted");
COUNTER(http_connections_evicted,
    "silent or slow HTTP connections closed to make room for new ones");
COUNTER(http_connections_refused, "HTTP connections over the limit");
COUNTER(http_requests_broken,
    "HTTP connections ended within a request: malformed, too large, or cut");
COUNTER(http_requests_late, "HTTP connections closed for a slow request");

static void
connection_free(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->state == HTTP_STATE_READING && !connection->leaves)
		counter_add(&http_requests_broken, 1);
	TAILQ_REMOVE(&server->connections, connection, next);
	if (connection->evcon != NULL)
		HASH_DEL(server->by_evcon, connection);
	server->count--;
	server->leaving -= connection->leaves;
	if (connection->request != NULL)
		connection->on_gone(connection->request);
	bufferevent_decref(connection->bev);
	free(connection);
	if (server->count == 0)
		evtimer_del(server->sweep);
}

/* evhttp frees its connection. */
static void
on_close(struct evhttp_connection *evcon, void *arg)
{
	(void)evcon;
	connection_free(arg);
}

enum { NO_DEADLINE = -1 };

/* The only assignment of the state; ms is how long it may last. */
static void
enter(struct http_connection *connection, enum http_state state, int64_t ms)
{
	connection->state = state;
	connection->since = monotime_now();
	connection->deadline = ms == NO_DEADLINE
				   ? MONOTIME_NEVER
				   : monotime_add_ms(connection->since, ms);
}

/* If this is not HTTP, evhttp must not see it: the connection is given away in
 * a turn of its own. */
static bool
is_foreign(struct http_connection *connection, struct evbuffer *input)
{
	const struct http_foreign *foreign = &connection->server->foreign;
	size_t len = evbuffer_get_contiguous_space(input);
	struct bytes first = { evbuffer_pullup(input, (ev_ssize_t)len), len };

	if (foreign->is == NULL || connection->has_spoken ||
	    !foreign->is(first))
		return false;
	connection->is_foreign = true;
	bufferevent_setcb(connection->bev, NULL, NULL, NULL, NULL);
	event_active(connection->server->adopt, EV_TIMEOUT, 0);
	return true;
}

/* Empty lines before a request line mean nothing: some clients end a body with
 * one (RFC 9112, 2.2). False: there is nothing else. */
static bool
skip_empty_lines(struct evbuffer *input)
{
	char line[2];
	ev_ssize_t len;

	while ((len = evbuffer_copyout(input, line, sizeof(line))) > 0) {
		if (line[0] == '\n')
			evbuffer_drain(input, 1);
		else if (len == 2 && line[0] == '\r' && line[1] == '\n')
			evbuffer_drain(input, 2);
		else
			return len == 2 || line[0] != '\r';
	}
	return false;
}

/* The first bytes of a request start its clock; dripping does not reset it. */
static void
on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct http_connection *connection = arg;

	if (info->n_added == 0 || connection->leaves ||
	    connection->state != HTTP_STATE_IDLE ||
	    is_foreign(connection, input) || !skip_empty_lines(input))
		return;
	connection->has_spoken = true;
	enter(connection, HTTP_STATE_READING,
	    connection->server->limits.request_ms);
}

static void
start_sweep(struct http_server *server)
{
	const struct timeval period = timeval_of_ms(SWEEP_MS);

	if (!evtimer_pending(server->sweep, NULL))
		evtimer_add(server->sweep, &period);
}

struct bufferevent *
http_connection_plain(struct event_base *base, void *arg)
{
	(void)arg;
	/* evhttp itself would close the socket before its events are gone. */
	return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

/* How many bytes of a client may be unread: evhttp takes a body only when it is
 * complete. */
static size_t
input_max(const struct http_server *server)
{
	return server->limits.body_bytes + INPUT_OVER_BODY;
}

static struct bufferevent *
bufferevent_for(struct http_server *server)
{
	const struct http_transport *transport = &server->transport;
	struct bufferevent *bev =
	    xcheck(transport->accept(server->base, transport->arg));
	struct timeval stall = { server->limits.stall_ms / 1000, 0 };

	bufferevent_set_timeouts(bev, NULL, &stall);
	bufferevent_setwatermark(bev, EV_READ, 0, input_max(server));
	bufferevent_set_max_single_write(bev, SEND_AT_ONCE);
	return bev;
}

struct bufferevent *
http_connection_accept(struct event_base *base, void *arg)
{
	struct http_server *server = arg;
	struct http_connection *connection = xzalloc(sizeof(*connection));

	(void)base;
	connection->server = server;
	enter(connection, HTTP_STATE_NEW, NO_DEADLINE);
	connection->bev = bufferevent_for(server);
	bufferevent_incref(connection->bev);
	evbuffer_add_cb(
	    bufferevent_get_input(connection->bev), on_input, connection);
	TAILQ_INSERT_TAIL(&server->connections, connection, next);
	server->count++;
	counter_add(&http_connections_accepted, 1);
	/* evhttp sets socket and callbacks after we return. */
	event_active(server->adopt, EV_TIMEOUT, 0);
	start_sweep(server);
	return connection->bev;
}

/* evhttp sees the end of the stream and frees everything its own way. */
static void
hang_up(struct http_connection *connection)
{
	connection->deadline = MONOTIME_NEVER;
	if (!connection->leaves)
		connection->server->leaving++;
	connection->leaves = true;
	(void)shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
}

/* The connection that has kept us waiting longest: idle, in the middle of a
 * request, or not reading its answer. Otherwise many slow clients would lock
 * out all others. NULL if all are being answered. */
static struct http_connection *
longest_awaited(
    struct http_server *server, const struct http_connection *newcomer)
{
	struct http_connection *connection, *found = NULL;

	TAILQ_FOREACH (connection, &server->connections, next) {
		if (connection == newcomer ||
		    connection->state == HTTP_STATE_NEW ||
		    connection->state == HTTP_STATE_ANSWERING ||
		    connection->leaves)
			continue;
		if (found == NULL || connection->since.us < found->since.us)
			found = connection;
	}
	return found;
}

static void
make_room(struct http_server *server, struct http_connection *newcomer)
{
	struct http_connection *late = longest_awaited(server, newcomer);

	if (late != NULL) {
		counter_add(&http_connections_evicted, 1);
		hang_up(late);
		return;
	}
	counter_add(&http_connections_refused, 1);
	log_stranger("http connection refused reason=limit limit=%u",
	    server->limits.connections);
	hang_up(newcomer);
}

/* evhttp's object is the argument of the callbacks that it set; without them it
 * is freed already. */
static void
adopt(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	int one = 1;
	void *evcon = NULL;

	bufferevent_getcb(connection->bev, NULL, NULL, NULL, &evcon);
	if (evcon == NULL) {
		connection_free(connection);
		return;
	}
	connection->evcon = evcon;
	HASH_ADD_PTR(server->by_evcon, evcon, connection);
	enter(connection, HTTP_STATE_IDLE, server->limits.request_ms);
	evhttp_connection_set_closecb(evcon, on_close, connection);
	(void)setsockopt(bufferevent_getfd(connection->bev), IPPROTO_TCP,
	    TCP_NODELAY, &one, sizeof(one));
	if (server->count - server->leaving > server->limits.connections)
		make_room(server, connection);
}

/*
 * evhttp shuts the socket down by its number when it frees its connection: so
 * the socket moves to a new number, above the standard ones, and a placeholder
 * takes the old one.
 */
static int
put_aside(int fd, int *ret)
{
	int aside, stand_in, rc = 0;

	aside = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (aside == -1)
		return -errno;
	stand_in = eventfd(0, EFD_CLOEXEC);
	if (stand_in == -1 || dup3(stand_in, fd, O_CLOEXEC) == -1)
		rc = -errno;
	if (stand_in != -1)
		(void)close(stand_in);
	if (rc < 0)
		(void)close(aside);
	else
		*ret = aside;
	return rc;
}

static int
take_input(struct bufferevent *bev, struct buffer *early)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(input);

	return buffer_append(
	    early, (struct bytes){ evbuffer_pullup(input, -1), len });
}

/* Move the session to another number of its socket. */
static int
hand_over(struct http_connection *connection, int fd, int aside,
    struct http_wire *ret)
{
	const struct http_transport *transport = &connection->server->transport;
	int rc;

	if (transport->take == NULL) {
		http_wire_init(ret, aside);
		return 0;
	}
	rc = transport->take(connection->bev, aside, ret);
	if (rc == 0)
		return 0;
	(void)dup3(aside, fd, O_CLOEXEC);
	(void)close(aside);
	return rc;
}

int
http_connection_take_over(struct http_connection *connection,
    struct http_wire *ret, struct buffer *early)
{
	bool is_plain = connection->server->transport.take == NULL;
	int fd = bufferevent_getfd(connection->bev), aside = -1, rc;
	short enabled = bufferevent_get_enabled(connection->bev);
	size_t before = early->len;

	rc = take_input(connection->bev, early);
	if (rc < 0)
		return rc;
	/* epoll watches the socket, not its number: stop that first. */
	bufferevent_disable(connection->bev, EV_READ | EV_WRITE);
	rc = put_aside(fd, &aside);
	if (rc == 0)
		rc = hand_over(connection, fd, aside, ret);
	if (rc < 0) {
		early->len = before;
		bufferevent_enable(connection->bev, enabled);
		return rc;
	}
	evhttp_connection_free(connection->evcon);
	if (!is_plain) /* the bufferevent closes no socket: transport.take */
		(void)close(fd);
	return 0;
}

static void
give_away(struct http_connection *connection)
{
	const struct http_foreign *foreign = &connection->server->foreign;
	struct http_wire wire;
	struct buffer early;

	buffer_init(&early, input_max(connection->server));
	if (http_connection_take_over(connection, &wire, &early) == 0)
		foreign->take(wire.fd, buffer_bytes(&early), foreign->arg);
	else
		evhttp_connection_free(connection->evcon);
	buffer_fini(&early);
}

void
http_connections_adopt(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *server = arg;
	struct http_connection *connection, *next;

	(void)fd;
	(void)what;
	/* New ones are at the end; freeing one leaves the others in place. */
	for (connection = TAILQ_FIRST(&server->connections); connection != NULL;
	     connection = next) {
		next = TAILQ_NEXT(connection, next);
		if (connection->state == HTTP_STATE_NEW)
			adopt(connection);
		else if (connection->is_foreign)
			give_away(connection);
	}
}

/* evhttp does not poll the socket before a handler begins to answer. */
static bool
has_left(const struct http_connection *connection)
{
	struct pollfd pfd = { bufferevent_getfd(connection->bev), POLLRDHUP,
		0 };

	return poll(&pfd, 1, 0) == 1 &&
	       (pfd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void
look_after(struct http_connection *connection, struct monotime now)
{
	if (connection->state == HTTP_STATE_ANSWERING) {
		if (connection->request != NULL &&
		    !connection->request->streams && has_left(connection))
			evhttp_connection_free(connection->evcon);
		return;
	}
	if (!monotime_reached(now, connection->deadline))
		return;
	if (connection->state == HTTP_STATE_READING) {
		counter_add(&http_requests_late, 1);
		log_stranger("http connection closed reason=slow-request");
	}
	hang_up(connection);
}

void
http_connections_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *server = arg;
	struct http_connection *connection, *next;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	for (connection = TAILQ_FIRST(&server->connections); connection != NULL;
	     connection = next) {
		next = TAILQ_NEXT(connection, next);
		look_after(connection, now);
	}
	if (server->count > 0)
		start_sweep(server);
}

struct http_connection *
http_connection_find(
    struct http_server *server, struct evhttp_connection *evcon)
{
	struct http_connection *connection;

	HASH_FIND_PTR(server->by_evcon, &evcon, connection);
	return connection;
}

void
http_connection_answer(struct http_connection *connection,
    struct http_request *request, void (*on_gone)(struct http_request *))
{
	enter(connection, HTTP_STATE_ANSWERING, NO_DEADLINE);
	connection->request = request;
	connection->on_gone = on_gone;
}

void
http_connection_answered(struct http_connection *connection)
{
	enter(connection, HTTP_STATE_ANSWERED, NO_DEADLINE);
	connection->request = NULL;
}

void
http_connection_idle(struct http_connection *connection)
{
	const struct http_limits *limits = &connection->server->limits;
	struct evbuffer *input = bufferevent_get_input(connection->bev);
	bool more = skip_empty_lines(input); /* pipelined */

	if (connection->closes) {
		hang_up(connection);
		return;
	}
	enter(connection, more ? HTTP_STATE_READING : HTTP_STATE_IDLE,
	    more ? limits->request_ms : limits->idle_ms);
}
