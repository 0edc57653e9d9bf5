#include "common/libp2p/host/host_request.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_dial.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/host/host_service.h"

enum request_state {
	REQUEST_START,   /* to be looked at by the next turn of work */
	REQUEST_WAITING, /* for an address of the peer, or a connection */
	REQUEST_DIALLING,
	REQUEST_NEGOTIATING,
	REQUEST_FAILED, /* the next turn of work reports it */
};

struct host_request {
	TAILQ_ENTRY(host_request) entry;
	struct host *host;
	struct peer_id peer;
	const char *const *protocols; /* borrowed */
	size_t count;                 /* 0: only connect */
	host_opened_fn *done;         /* NULL: cancelled while negotiating */
	void *arg;
	enum host_need need;
	enum request_state state;
	int error;
	bool is_retry;    /* the connection was lost under it once */
	bool has_dialled; /* in vain, but there is a connection */
	struct stream *stream;
	struct event *timer;
	struct monotime until;         /* the time-out */
	struct monotime address_until; /* no address till then: wait for one */
};

static void
request_free(struct host_request *request)
{
	if (request->done != NULL)
		TAILQ_REMOVE(&request->host->requests, request, entry);
	event_free(request->timer);
	free(request);
}

/* The last act of a request. */
static void
request_finish(struct host_request *request, struct stream *stream, int error)
{
	struct host *host = request->host;
	host_opened_fn *done = request->done;
	void *arg = request->arg;

	request_free(request);
	if (done != NULL)
		done(host, stream, error, arg);
}

/* Cancelled or timed out; a negotiation ends by itself and frees the
 * request. */
static void
request_abandon(struct host_request *request)
{
	if (request->state != REQUEST_NEGOTIATING) {
		request_free(request);
		return;
	}
	TAILQ_REMOVE(&request->host->requests, request, entry);
	request->done = NULL;
	event_del(request->timer);
	stream_reset(request->stream);
}

void
host_cancel(struct host_request *request)
{
	request_abandon(request);
}

static void
request_arm(struct host_request *request, struct monotime at)
{
	struct timeval wait = timeval_until(at, monotime_now());

	event_add(request->timer, &wait);
}

static void
request_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct host_request *request = arg;
	struct host *host = request->host;
	host_opened_fn *done = request->done;
	void *done_arg = request->arg;
	int error = -ETIMEDOUT;

	(void)fd;
	(void)what;
	if (request->state == REQUEST_WAITING)
		error = request->error;
	request_abandon(request);
	done(host, NULL, error, done_arg);
}

static struct host_request *
request_new(struct host *host, const struct peer_id *peer,
    const char *const *protocols, size_t count, int64_t timeout_ms,
    host_opened_fn *done, void *arg)
{
	struct host_request *request = xzalloc(sizeof(*request));

	request->host = host;
	request->peer = *peer;
	request->protocols = protocols;
	request->count = count;
	request->done = done;
	request->arg = arg;
	request->timer =
	    xcheck(evtimer_new(host->base, request_on_timer, request));
	request->until = monotime_add_ms(monotime_now(), timeout_ms);
	request_arm(request, request->until);
	TAILQ_INSERT_TAIL(&host->requests, request, entry);
	host_wake(host);
	return request;
}

/* May all of them run over limited connections? */
static bool
are_allowed_limited(
    const struct host *host, const char *const *protocols, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!host_is_allowed_limited(host, protocols[i]))
			return false;
	return true;
}

struct host_request *
host_open(struct host *host, const struct peer_id *peer,
    const char *const *protocols, size_t count, int64_t timeout_ms,
    host_opened_fn *done, void *arg)
{
	struct host_request *request =
	    request_new(host, peer, protocols, count, timeout_ms, done, arg);

	if (!are_allowed_limited(host, protocols, count))
		request->need = HOST_NEED_UNLIMITED;
	return request;
}

struct host_request *
host_open_relayed(struct host *host, const struct peer_id *peer,
    const char *const *protocol, int64_t timeout_ms, host_opened_fn *done,
    void *arg)
{
	struct host_request *request =
	    request_new(host, peer, protocol, 1, timeout_ms, done, arg);

	request->need = HOST_NEED_RELAYED_IN;
	return request;
}

struct host_request *
host_connect(struct host *host, const struct peer_id *peer, int64_t timeout_ms,
    host_opened_fn *done, void *arg)
{
	return host_open(host, peer, NULL, 0, timeout_ms, done, arg);
}

struct host_request *
host_connect_direct(struct host *host, const struct peer_id *peer,
    int64_t timeout_ms, host_opened_fn *done, void *arg)
{
	struct host_request *request =
	    request_new(host, peer, NULL, 0, timeout_ms, done, arg);

	request->need = HOST_NEED_DIRECT;
	return request;
}

void
host_wait_for_address(struct host_request *request, struct monotime until)
{
	request->address_until = until;
}

static void
request_fail(struct host_request *request, int error)
{
	request->state = REQUEST_FAILED;
	request->error = error;
}

static void
request_on_negotiated(struct stream *stream, int error, void *arg)
{
	struct host_request *request = arg;

	if (error == 0) {
		request_finish(request, stream, 0);
	} else if (error == -ECONNRESET && request->done != NULL &&
		   !request->is_retry && !request->host->is_closing) {
		/* The connection had died unnoticed: try once more. */
		request->is_retry = true;
		request->state = REQUEST_START;
		host_wake(request->host);
	} else {
		request_finish(request, NULL,
		    error == -ECONNRESET ? -EHOSTUNREACH : error);
	}
}

static void
request_on_eager_answer(struct stream *stream, int error, void *arg)
{
	(void)stream;
	(void)error;
	(void)arg;
}

/* May the stream be used before the answer? Then *ret is the protocol to
 * propose. */
static bool
request_is_eager(const struct host_request *request,
    const struct host_peer *peer, const char *const **ret)
{
	size_t i;

	*ret = request->protocols;
	if (!peer->is_identified)
		return request->count == 1;
	for (i = 0; i < request->count; i++)
		if (identify_speaks(&peer->identify, request->protocols[i])) {
			*ret = request->protocols + i;
			return true;
		}
	return false;
}

static void
request_open(struct host_request *request, struct host_peer *peer)
{
	struct host_connection *connection =
	    host_peer_connection(peer, request->need);
	const char *const *protocols;
	bool is_eager = request_is_eager(request, peer, &protocols);
	struct stream *stream;

	stream = connection_open(connection->machine, protocols, request->count,
	    is_eager,
	    is_eager ? request_on_eager_answer : request_on_negotiated, request,
	    monotime_now());
	connection->is_used |= stream != NULL;
	if (stream == NULL) {
		request_finish(request, NULL, -EBUSY);
	} else if (is_eager) {
		request_finish(request, stream, 0);
	} else {
		request->stream = stream;
		request->state = REQUEST_NEGOTIATING;
	}
}

/* Go on with a connected peer. */
static void
request_use(struct host_request *request, struct host_peer *peer)
{
	if (request->count == 0)
		request_finish(request, NULL, 0);
	else
		request_open(request, peer);
}

static void
request_await(struct host_request *request, struct monotime until)
{
	request->state = REQUEST_WAITING;
	request->error = until.us < request->until.us ? -ENOENT : -ETIMEDOUT;
	request_arm(request, monotime_min(request->until, until));
}

/* A peer whose connections are all suspect is dialled, too: the connection that
 * is ready or answers first is used. */
static void
request_start(struct host_request *request)
{
	struct host_peer *peer = host_peer_find(request->host, &request->peer);
	struct host_connection *connection =
	    peer != NULL ? host_peer_connection(peer, request->need) : NULL;
	int rc;

	if (connection != NULL &&
	    (request->has_dialled || !host_connection_is_suspect(connection))) {
		request_use(request, peer);
		return;
	}
	if (connection == NULL && request->need == HOST_NEED_RELAYED_IN) {
		request_finish(request, NULL, -ENOTCONN);
		return;
	}
	rc = dial_join(request->host, &request->peer);
	if (rc == 0)
		request->state = REQUEST_DIALLING;
	else if (connection != NULL)
		request_use(request, peer);
	else if (host_is_connected(request->host, &request->peer))
		request_await(request, request->until); /* a direct one */
	else if (rc == -ENOENT &&
		 !monotime_reached(monotime_now(), request->address_until))
		request_await(request, request->address_until);
	else
		request_finish(request, NULL, rc);
}

static struct host_request *
request_next(struct host *host)
{
	struct host_request *request;

	TAILQ_FOREACH (request, &host->requests, entry)
		if (request->state == REQUEST_START ||
		    request->state == REQUEST_FAILED)
			return request;
	return NULL;
}

/* Callbacks may make and cancel requests: search from the front each time, but
 * handle no more than there are now. */
void
request_work(struct host *host)
{
	struct host_request *request;
	size_t budget = 0;

	TAILQ_FOREACH (request, &host->requests, entry)
		budget++;
	while ((request = request_next(host)) != NULL) {
		if (budget-- == 0) {
			host_wake(host);
			return;
		}
		if (request->state == REQUEST_FAILED)
			request_finish(request, NULL, request->error);
		else
			request_start(request);
	}
}

void
request_on_reachable(struct host *host, const struct peer_id *peer)
{
	struct host_request *request;

	TAILQ_FOREACH (request, &host->requests, entry) {
		if (request->state != REQUEST_WAITING ||
		    !peer_id_equal(&request->peer, peer))
			continue;
		request->state = REQUEST_START;
		request_arm(request, request->until);
		host_wake(host);
	}
}

void
host_learn(struct host *host, const struct peer_id *peer,
    const struct multiaddr *address, int64_t ttl_ms)
{
	struct monotime now = monotime_now();
	struct multiaddr plain = *address;
	struct peer_id named;

	if (peer_id_equal(peer, &host->self))
		return;
	if (multiaddr_take_peer(&plain, &named) && !peer_id_equal(&named, peer))
		return;
	if (!host_address_is_dialable(host, &plain))
		return;
	if (peer_book_learn(
		host->book, peer, &plain, monotime_add_ms(now, ttl_ms), now))
		host_peer_suspect_elsewhere(host, peer, &plain);
	request_on_reachable(host, peer);
}

void
request_on_dialled(struct host *host, const struct peer_id *peer, int error)
{
	struct host_request *request;
	bool is_connected = host_is_connected(host, peer);

	TAILQ_FOREACH (request, &host->requests, entry) {
		if (request->state != REQUEST_DIALLING ||
		    !peer_id_equal(&request->peer, peer))
			continue;
		request->has_dialled = error < 0;
		if (error < 0 && !is_connected)
			request_fail(request, error);
		else
			request->state = REQUEST_START;
	}
	host_wake(host);
}

void
request_free_all(struct host *host)
{
	struct host_request *request;
	host_opened_fn *done;
	void *arg;

	while ((request = TAILQ_FIRST(&host->requests)) != NULL) {
		done = request->done;
		arg = request->arg;
		request_abandon(request);
		done(host, NULL, -ECANCELED, arg);
	}
}
