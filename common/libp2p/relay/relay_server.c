#include "common/libp2p/relay/relay_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/relay/relay_pipe.h"

COUNTER(relay_requests_malformed, "requests to the relay that make no sense");
COUNTER(relay_requests_relayed, "requests to the relay over a relay, refused");
COUNTER(relay_circuits_ended_by_limit,
    "circuits ended: their time or bytes were used up");
COUNTER(relay_stops_failed, "circuits that the target did not accept");

enum {
	REQUEST_MS =
	    30000,        /* for a request to arrive, and for a target's yes */
	EXPIRE_MS = 5000, /* so often the table is looked through */
};

/* A request on a hop stream; if it asks for a circuit, until the target has
 * answered. Then the circuit, until it ends. */
struct request {
	LIST_ENTRY(request) entry;
	struct relay_server *server;
	struct stream *hop;  /* NULL: closed, or the pipe's */
	struct stream *stop; /* the same */
	struct host_request *opening;
	struct relay_pipe *pipe;
	struct event *timer;
	struct peer_id source, target;
	bool is_counted; /* as a circuit, in the table */
	bool is_answered;
};

struct relay_server {
	struct host *host;
	struct relay_server_config config;
	struct relay_table *table;
	struct event *expiry;
	LIST_HEAD(, request) requests;
	uint64_t circuits_total, bytes_total, refused_total;
};

static void
report(struct relay_server *server)
{
	if (server->config.on_change != NULL)
		server->config.on_change(server, server->config.arg);
}

static bool
is_known(const struct relay_server *server, const struct peer_id *peer)
{
	return server->config.is_known(peer, server->config.arg);
}

/* --- the end of a request --- */

/* When nothing holds it any more. */
static void
request_settle(struct request *request)
{
	struct relay_server *server = request->server;

	if (request->hop != NULL || request->stop != NULL ||
	    request->opening != NULL || request->pipe != NULL)
		return;
	LIST_REMOVE(request, entry);
	if (request->timer != NULL)
		event_free(request->timer);
	if (request->is_counted) {
		relay_table_release(
		    server->table, &request->source, &request->target);
		report(server);
	}
	free(request);
}

static void
send_message(struct stream *stream, enum relay_kind kind,
    const struct relay_message *message)
{
	struct buffer wire;

	buffer_init(&wire, RELAY_MESSAGE_MAX);
	if (relay_message_encode(kind, message, &wire) < 0 ||
	    stream_write(stream, buffer_bytes(&wire)) < 0)
		stream_reset(stream);
	buffer_fini(&wire);
}

/* The last word on a request; a circuit's hop stream stays open. */
static void
answer(struct request *request, const struct relay_message *message)
{
	request->is_answered = true;
	if (request->hop != NULL)
		send_message(request->hop, RELAY_HOP, message);
}

static void
refuse(struct request *request, enum relay_status status)
{
	const struct relay_message message = { .type = RELAY_STATUS,
		.status = status };

	request->server->refused_total++;
	answer(request, &message);
	if (request->hop != NULL)
		stream_finish(request->hop);
}

static void
set_limit(const struct relay_server *server, struct relay_message *message)
{
	const struct relay_limits *limits = &server->config.limits;

	message->has_limit = limits->circuit_s > 0 || limits->circuit_bytes > 0;
	message->limit_s = limits->circuit_s;
	message->limit_bytes = limits->circuit_bytes;
}

/* --- circuits --- */

static void
on_pipe_ended(enum relay_pipe_end end, uint64_t bytes, void *arg)
{
	struct request *request = arg;

	if (end == RELAY_PIPE_TOO_LONG || end == RELAY_PIPE_TOO_MUCH)
		counter_add(&relay_circuits_ended_by_limit, 1);
	request->server->bytes_total += bytes;
	request->pipe = NULL;
	request_settle(request);
}

static void
start_pipe(struct request *request)
{
	struct relay_server *server = request->server;
	const struct relay_limits *limits = &server->config.limits;
	struct relay_message message = { .type = RELAY_STATUS,
		.status = RELAY_OK };

	set_limit(server, &message);
	answer(request, &message);
	event_free(request->timer);
	request->timer = NULL;
	request->pipe = relay_pipe_new(host_base(server->host), request->hop,
	    request->stop, limits->circuit_s, limits->circuit_bytes,
	    on_pipe_ended, request);
	request->hop = request->stop = NULL;
	server->circuits_total++;
}

static void
stop_failed(struct request *request, enum relay_status status)
{
	counter_add(&relay_stops_failed, 1);
	if (request->stop != NULL)
		stream_reset(request->stop);
	refuse(request, status);
}

/* The target's answer; what follows it belongs to the circuit. */
static size_t
on_stop_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct request *request = arg;
	struct relay_message message;
	size_t len;
	int rc = relay_message_decode(RELAY_STOP, bytes, &message, &len);

	if (rc == RELAY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (request->is_answered || request->hop == NULL)
		return bytes.len;
	if (rc < 0 || message.type != RELAY_STATUS ||
	    message.status != RELAY_OK) {
		stop_failed(request, rc == 0 && message.status != 0
					 ? (enum relay_status)message.status
					 : RELAY_CONNECTION_FAILED);
		return bytes.len;
	}
	start_pipe(request);
	return len;
}

static void
on_stop_end(struct stream *stream, void *arg)
{
	(void)stream;
	stop_failed(arg, RELAY_CONNECTION_FAILED);
}

static void
on_stop_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct request *request = arg;

	(void)stream;
	(void)end;
	request->stop = NULL;
	if (!request->is_answered)
		refuse(request, RELAY_CONNECTION_FAILED);
	request_settle(request);
}

static void
on_stop_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_stop_data,
		.on_end = on_stop_end,
		.on_close = on_stop_close,
	};
	struct request *request = arg;
	struct relay_message message = { .type = RELAY_CONNECT,
		.peer = request->source };

	(void)host;
	request->opening = NULL;
	if (stream == NULL || request->hop == NULL) {
		if (stream != NULL)
			stream_reset(stream);
		log_debug("relay stop error=%d", error);
		stop_failed(request, RELAY_CONNECTION_FAILED);
		request_settle(request);
		return;
	}
	request->stop = stream;
	set_limit(request->server, &message);
	stream_set_handler(stream, &handler, request);
	send_message(stream, RELAY_STOP, &message);
}

static void
connect_to(struct request *request, const struct peer_id *target)
{
	static const char *const protocol[] = { RELAY_PROTOCOL_STOP };
	struct relay_server *server = request->server;
	enum relay_status status;

	status = relay_table_connect(server->table, &request->source,
	    is_known(server, &request->source), target, monotime_now());
	if (status == RELAY_OK && !host_is_unlimited(server->host, target)) {
		relay_table_release(server->table, &request->source, target);
		status = RELAY_NO_RESERVATION;
	}
	if (status != RELAY_OK) {
		refuse(request, status);
		return;
	}
	request->target = *target;
	request->is_counted = true;
	request->opening = host_open(server->host, target, protocol, 1,
	    REQUEST_MS, on_stop_opened, request);
	report(server);
}

/* --- reservations --- */

/* Public addresses if there are any, else what there is. */
static void
add_addresses(const struct relay_server *server, struct relay_message *message)
{
	struct multiaddr own[HOST_ANNOUNCED_MAX], *address;
	size_t count, i;
	int pass;

	count = host_addresses(server->host, false, own, HOST_ANNOUNCED_MAX);
	for (pass = 0; pass < 2 && message->address_count == 0; pass++)
		for (i = 0;
		     i < count && message->address_count < RELAY_ADDRESSES_MAX;
		     i++) {
			if (pass == 0 && (multiaddr_is_private(&own[i]) ||
					     multiaddr_is_local(&own[i])))
				continue;
			address = &message->addresses[message->address_count];
			*address = own[i];
			if (multiaddr_append_peer(
				address, host_self(server->host)) == 0)
				message->address_count++;
		}
}

static void
reserve(struct request *request, const struct multiaddr *from)
{
	struct relay_server *server = request->server;
	const struct relay_limits *limits = &server->config.limits;
	struct relay_message message = { .type = RELAY_STATUS };

	message.status = relay_table_reserve(server->table, &request->source,
	    from, is_known(server, &request->source), monotime_now());
	if (message.status != RELAY_OK) {
		refuse(request, (enum relay_status)message.status);
		return;
	}
	message.expire = (uint64_t)walltime_ms() / 1000 + limits->reservation_s;
	add_addresses(server, &message);
	set_limit(server, &message);
	answer(request, &message);
	stream_finish(request->hop);
	report(server);
}

/* --- requests --- */

static size_t
on_hop_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct request *request = arg;
	struct relay_message message;
	struct host_path path;
	size_t len;
	int rc = relay_message_decode(RELAY_HOP, bytes, &message, &len);

	/* A source may send ahead: that belongs to the circuit. */
	if (request->is_counted)
		return 0;
	if (rc == RELAY_MORE && !request->is_answered) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (request->is_answered)
		return bytes.len;
	if (!host_stream_path(request->server->host, stream, &path) ||
	    path.is_relayed) {
		counter_add(&relay_requests_relayed, 1);
		refuse(request, RELAY_PERMISSION_DENIED);
	} else if (rc == 0 && message.type == RELAY_RESERVE) {
		reserve(request, &path.address);
	} else if (rc == 0 && message.type == RELAY_CONNECT &&
		   message.peer.len > 0) {
		connect_to(request, &message.peer);
	} else {
		counter_add(&relay_requests_malformed, 1);
		refuse(request, rc == 0 ? RELAY_UNEXPECTED_MESSAGE
					: RELAY_MALFORMED_MESSAGE);
		return bytes.len;
	}
	return len;
}

static void
on_hop_end(struct stream *stream, void *arg)
{
	struct request *request = arg;

	if (request->is_counted && !request->is_answered) {
		stop_failed(request, RELAY_CONNECTION_FAILED);
	} else if (!request->is_answered) {
		counter_add(&relay_requests_malformed, 1);
		refuse(request, RELAY_MALFORMED_MESSAGE);
	}
	stream_finish(stream);
}

static void
on_hop_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct request *request = arg;

	(void)stream;
	(void)end;
	request->hop = NULL;
	if (request->opening != NULL)
		host_cancel(request->opening);
	request->opening = NULL;
	if (request->stop != NULL)
		stream_reset(request->stop);
	request_settle(request);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct request *request = arg;

	(void)fd;
	(void)what;
	if (request->is_counted && !request->is_answered)
		stop_failed(request, RELAY_CONNECTION_FAILED);
	else if (request->hop != NULL)
		stream_reset(request->hop);
}

static void
on_hop(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_hop_data,
		.on_end = on_hop_end,
		.on_close = on_hop_close,
	};
	struct request *request = xzalloc(sizeof(*request));
	struct timeval limit = timeval_of_ms(REQUEST_MS);

	request->server = arg;
	request->hop = stream;
	request->source = *stream_peer(stream);
	request->timer =
	    xcheck(evtimer_new(host_base(host), on_timer, request));
	event_add(request->timer, &limit);
	LIST_INSERT_HEAD(&request->server->requests, request, entry);
	stream_set_handler(stream, &handler, request);
}

/* --- the server --- */

static void
on_expiry(evutil_socket_t fd, short what, void *arg)
{
	struct relay_server *server = arg;
	size_t before = relay_table_reservations(server->table);

	(void)fd;
	(void)what;
	relay_table_expire(server->table, server->config.is_known,
	    server->config.arg, monotime_now());
	if (relay_table_reservations(server->table) != before)
		report(server);
}

struct relay_server *
relay_server_new(struct host *host, const struct relay_server_config *config)
{
	static const struct timeval period = { EXPIRE_MS / 1000, 0 };
	struct relay_server *server = xzalloc(sizeof(*server));

	server->host = host;
	server->config = *config;
	server->table = relay_table_new(&config->limits);
	LIST_INIT(&server->requests);
	server->expiry = xcheck(
	    event_new(host_base(host), -1, EV_PERSIST, on_expiry, server));
	event_add(server->expiry, &period);
	host_serve(host, RELAY_PROTOCOL_HOP, on_hop, server);
	return server;
}

void
relay_server_free(struct relay_server *server)
{
	if (server == NULL)
		return;
	event_free(server->expiry);
	relay_table_free(server->table);
	free(server);
}

void
relay_server_on_disconnected(
    struct relay_server *server, const struct peer_id *peer)
{
	relay_table_leave(server->table, peer);
	report(server);
}

struct relay_server_figures
relay_server_figures(const struct relay_server *server)
{
	return (struct relay_server_figures){
		.reservations = relay_table_reservations(server->table),
		.circuits = relay_table_circuits(server->table),
		.circuits_total = server->circuits_total,
		.refused_total = server->refused_total,
		.bytes_total = server->bytes_total,
	};
}
