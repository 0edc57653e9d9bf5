#include "common/libp2p/host/host_connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_service.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(connections_to_self, "connections to ourselves");

enum { STALL_MS = 60000 }; /* the remote takes nothing */

static void
enter(struct host_connection *connection, enum host_connection_state state)
{
	static const char *const names[] = {
#define X(name) #name,
		HOST_CONNECTION_STATES(X)
#undef X
	};

	log_debug("connection %p state=%s", (void *)connection, names[state]);
	connection->state = state;
	connection->since = monotime_now();
}

void
host_wake(struct host *host)
{
	/* A timer, not event_active(), which would run before the loop polls
	 * the other sockets. */
	static const struct timeval at_once = { 0, 0 };

	if (!host->is_closing && !event_pending(host->work, EV_TIMEOUT, NULL))
		event_add(host->work, &at_once);
}

void
host_connection_wake(struct host_connection *connection)
{
	if (connection->in_work || connection->host->is_closing)
		return;
	connection->in_work = true;
	TAILQ_INSERT_TAIL(&connection->host->work_queue, connection, work);
	host_wake(connection->host);
}

void
host_connection_close(struct host_connection *connection, const char *reason)
{
	enum host_connection_state was = connection->state;

	if (was == HOST_CONNECTION_CLOSING)
		return;
	enter(connection, HOST_CONNECTION_CLOSING);
	connection->reason = reason;
	event_del(connection->timer);
	connection->pipe->stop(connection);
	if (!connection->is_dialer && was != HOST_CONNECTION_READY)
		connection->host->pending_inbound--;
	connection->host->events->on_closed(connection);
	host_connection_wake(connection);
}

/* --- suspects --- */

bool
host_connection_is_suspect(const struct host_connection *connection)
{
	return connection->state == HOST_CONNECTION_READY &&
	       (connection_is_doubted(connection->machine) ||
		   !connection_is_willing(connection->machine));
}

void
host_connection_suspect(struct host_connection *connection)
{
	if (connection->state != HOST_CONNECTION_READY)
		return;
	connection_doubt(connection->machine, monotime_now());
	host_connection_wake(connection);
}

void
host_suspect_all(struct host *host)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		host_connection_suspect(connection);
}

static bool
is_silent_neighbour(
    const struct host_connection *connection, struct monotime now)
{
	return connection->state == HOST_CONNECTION_READY &&
	       !host_connection_is_relayed(connection) &&
	       (multiaddr_is_private(&connection->address) ||
		   multiaddr_is_local(&connection->address)) &&
	       connection_silent_ms(connection->machine, now) >=
		   HOST_NEIGHBOUR_SILENCE_MS;
}

void
host_suspect_silent_neighbours(struct host *host, struct monotime now)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		if (is_silent_neighbour(connection, now))
			host_connection_suspect(connection);
}

/* They may prove a suspect alive. */
size_t
host_connection_receive(struct host_connection *connection, struct bytes bytes)
{
	bool was_suspect = host_connection_is_suspect(connection);
	size_t used;

	used = connection_receive(connection->machine, bytes, monotime_now());
	if (was_suspect && connection->state == HOST_CONNECTION_READY &&
	    !host_connection_is_suspect(connection))
		connection->host->events->on_proved(connection);
	return used;
}

void
host_connection_arm(struct host_connection *connection)
{
	const struct host_limits *limits = &connection->host->limits;
	struct monotime now = monotime_now(), deadline;
	struct timeval wait;

	if (connection->state == HOST_CONNECTION_CONNECTING)
		deadline =
		    monotime_add_ms(connection->since, limits->connect_ms);
	else
		deadline = connection_deadline(connection->machine);
	deadline = monotime_min(
	    deadline, monotime_add_ms(connection->blocked_since, STALL_MS));
	if (deadline.us >= connection->timer_at.us)
		return; /* checked again when the armed timer fires */
	connection->timer_at = deadline;
	wait = timeval_until(deadline, now);
	event_add(connection->timer, &wait);
}

/* --- output --- */

/* An idle connection holds no area: one is lent to the connection that sends,
 * which keeps it while its pipe takes no more. */
void
host_connection_borrow_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (connection->output != NULL)
		return;
	connection->output = host->spare_output;
	host->spare_output = NULL;
	if (connection->output == NULL)
		connection->output = xreallocarray(NULL, HOST_OUTPUT_SIZE, 1);
}

void
host_connection_release_output(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (host->spare_output == NULL)
		host->spare_output = connection->output;
	else
		free(connection->output);
	connection->output = NULL;
	connection->output_len = connection->output_sent = 0;
}

void
host_connection_flush(struct host_connection *connection)
{
	connection_run(connection->machine, monotime_now());
	connection->pipe->send(connection);
	if (!host_connection_is_closing(connection) &&
	    !connection_is_congested(connection->machine))
		connection->pipe->resume(connection);
	if (host_connection_is_closing(connection))
		return;
	if (connection_reason(connection->machine) != NULL)
		host_connection_close(
		    connection, connection_reason(connection->machine));
	else
		host_connection_arm(connection);
}

/* --- what the machine reports --- */

static void
on_ready(struct connection *machine, void *arg)
{
	struct host_connection *connection = arg;
	struct host *host = connection->host;

	if (connection->state != HOST_CONNECTION_UPGRADING)
		return;
	if (peer_id_equal(connection_remote(machine), &host->self)) {
		counter_add(&connections_to_self, 1);
		host_connection_close(connection, "the remote is ourselves");
		return;
	}
	if (!connection->is_dialer)
		host->pending_inbound--;
	enter(connection, HOST_CONNECTION_READY);
	host->events->on_ready(connection);
}

static bool
speaks(const char *protocol, void *arg)
{
	const struct host_connection *connection = arg;

	const struct host_service *service =
	    host_service_find(connection->host, protocol);

	return service != NULL &&
	       (!connection->is_limited || service->is_upkeep ||
		   host_is_allowed_limited(connection->host, protocol));
}

static void
on_stream(struct connection *machine, struct stream *stream, void *arg)
{
	struct host_connection *connection = arg;

	(void)machine;
	if (connection->state == HOST_CONNECTION_READY)
		connection->host->events->on_stream(connection, stream);
	else
		stream_reset(stream);
}

static void
on_output(struct connection *machine, void *arg)
{
	(void)machine;
	host_connection_wake(arg);
}

/* --- from socket to streams to its end --- */

void
host_connection_start(struct host_connection *connection)
{
	static const struct connection_handler handler = {
		.on_ready = on_ready,
		.speaks = speaks,
		.on_stream = on_stream,
		.on_output = on_output,
	};
	const struct connection_config config = {
		.is_dialer = connection->is_dialer,
		.identity = connection->host->identity,
		.expected =
		    connection->expected.len > 0 ? &connection->expected : NULL,
		.offers_muxer = true,
		.is_nested = connection->carrier != NULL,
		.upgrade_ms = connection->host->limits.upgrade_ms,
		.negotiate_ms = connection->host->limits.negotiate_ms,
		.handler = &handler,
		.arg = connection,
	};

	enter(connection, HOST_CONNECTION_UPGRADING);
	connection->machine = connection_new(&config, connection->since);
	connection->pipe->start(connection);
	host_connection_arm(connection);
	host_connection_wake(connection);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct host_connection *connection = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	connection->timer_at = MONOTIME_NEVER;
	if (connection->state == HOST_CONNECTION_CONNECTING) {
		host_connection_close(connection, "connecting took too long");
		return;
	}
	if (monotime_reached(
		now, monotime_add_ms(connection->blocked_since, STALL_MS))) {
		host_connection_close(connection, "the remote takes nothing");
		return;
	}
	connection_tick(connection->machine, now);
	host_connection_wake(connection);
}

struct host_connection *
host_connection_new(struct host *host, const struct host_pipe *pipe,
    bool is_dialer, const struct multiaddr *address)
{
	struct host_connection *connection = xzalloc(sizeof(*connection));

	connection->host = host;
	connection->pipe = pipe;
	connection->is_dialer = is_dialer;
	connection->address = *address;
	connection->fd = -1;
	enter(connection, HOST_CONNECTION_CONNECTING);
	connection->timer_at = connection->blocked_since = MONOTIME_NEVER;
	connection->timer =
	    xcheck(evtimer_new(host->base, on_timer, connection));
	TAILQ_INSERT_TAIL(&host->connections, connection, all);
	host->connection_count++;
	if (!is_dialer)
		host->pending_inbound++;
	return connection;
}

static void
end(struct host_connection *connection)
{
	struct host *host = connection->host;
	struct host_peer *peer = connection->peer;
	char address[MULTIADDR_TEXT_SIZE];

	multiaddr_print(&connection->address, address);
	log_debug("connection closed address=%s reason=\"%s\"", address,
	    connection->reason);
	connection_free(connection->machine);
	host_connection_release_output(connection);
	connection->pipe->end(connection);
	if (connection->in_work)
		TAILQ_REMOVE(&host->work_queue, connection, work);
	TAILQ_REMOVE(&host->connections, connection, all);
	host->connection_count--;
	event_free(connection->timer);
	free(connection);
	if (peer != NULL)
		host->events->on_freed(host, peer);
}

static void
work(struct host_connection *connection)
{
	if (!host_connection_is_closing(connection) &&
	    connection->state != HOST_CONNECTION_CONNECTING)
		host_connection_flush(connection);
	if (host_connection_is_closing(connection) && !connection->in_work)
		end(connection);
}

void
host_connections_work(struct host *host)
{
	struct host_connection_list queue;
	struct host_connection *connection;

	TAILQ_INIT(&queue);
	TAILQ_CONCAT(&queue, &host->work_queue, work);
	while ((connection = TAILQ_FIRST(&queue)) != NULL) {
		TAILQ_REMOVE(&queue, connection, work);
		connection->in_work = false;
		work(connection);
	}
}

void
host_connections_free(struct host *host)
{
	struct host_connection *connection;

	while ((connection = TAILQ_FIRST(&host->connections)) != NULL) {
		host_connection_close(connection, "the host closes");
		end(connection);
	}
}
