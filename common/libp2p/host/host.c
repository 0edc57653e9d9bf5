#include "common/libp2p/host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_addresses.h"
#include "common/libp2p/host/host_dial.h"
#include "common/libp2p/host/host_identify.h"
#include "common/libp2p/host/host_listen.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/host/host_private.h"
#include "common/libp2p/host/host_punch_private.h"
#include "common/libp2p/host/host_request.h"
#include "common/libp2p/host/host_service.h"
#include "common/libp2p/host/host_tcp.h"

COUNTER(streams_over_protocol_limit,
    "inbound streams reset: too many of one protocol from one peer");

enum {
	TICK_MS = 5000,
	SUSPEND_MS = 20000, /* ticks so far apart: we were suspended */
};

const struct host_limits host_default_limits = {
	.connections = 256,
	.connections_per_peer = 4,
	.connections_per_ip = 8,
	.pending_inbound = 32,
	.dials = 64,
	.dials_per_peer = 16,
	.upgrade_ms = 10000,
	.negotiate_ms = 10000,
	.idle_ms = 10000,
	.connect_ms = 5000,
	.peers = 1024,
	.addresses_per_peer = 32,
	.streams_per_protocol = 64,
};

/* The work that callbacks have scheduled. */
static void
host_on_work(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;

	(void)fd;
	(void)what;
	request_work(host);
	host_connections_work(host);
}

/* --- what the lower files report --- */

static void
on_ready(struct host_connection *connection)
{
	struct host *host = connection->host;

	if (!host_peer_attach(connection)) {
		host_connection_close(
		    connection, "too many connections to this peer");
		return;
	}
	host_peer_report(connection, true);
	host_peer_suspect_others(connection);
	host_identify_fetch(host, connection->peer);
	dial_on_ready(connection);
	punch_on_ready(connection);
	request_on_reachable(host, &connection->peer->id);
}

static void
on_stream(struct host_connection *connection, struct stream *stream)
{
	struct host *host = connection->host;
	const char *protocol = stream_protocol(stream);
	struct host_service *service = host_service_find(host, protocol);

	if (host_peer_count_inbound(connection->peer, protocol) >
	    host->limits.streams_per_protocol) {
		counter_add(&streams_over_protocol_limit, 1);
		stream_reset(stream);
		return;
	}
	connection->is_used |= !service->is_upkeep;
	service->on_stream(host, stream, service->arg);
}

static void
on_closed(struct host_connection *connection)
{
	host_peer_detach(connection);
	host_peer_report(connection, false);
	dial_on_closed(connection);
}

static void
on_addresses(struct host *host)
{
	host_identify_changed(host);
	if (host->observer.on_addresses != NULL)
		host->observer.on_addresses(host, host->arg);
}

static void
on_interfaces(void *arg)
{
	struct host *host = arg;

	if (!host_addresses_read(host))
		return;
	peer_book_forgive_all(host->book); /* it may have been our network */
	on_addresses(host);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	if (monotime_since_ms(now, host->ticked) > SUSPEND_MS) {
		log_info("host resumed from suspend, checking connections");
		host_suspect_all(host);
	}
	host->ticked = now;
	host_suspect_silent_neighbours(host, now);
	host_peers_tidy(host, now);
}

static void
start_tick(struct host *host)
{
	static const struct timeval period = { TICK_MS / 1000, 0 };

	host->ticked = monotime_now();
	host->tick =
	    xcheck(event_new(host->base, -1, EV_PERSIST, on_tick, host));
	event_add(host->tick, &period);
}

static int
start_listening(struct host *host)
{
	int rc = host_listen(host);

	if (rc < 0)
		return rc;
	rc = interface_watch_new(host->base, on_interfaces, host, &host->watch);
	if (rc < 0)
		log_warn("host interfaces not watched: %s", strerror(-rc));
	host_addresses_read(host);
	return 0;
}

int
host_new(const struct host_config *config, const struct host_observer *observer,
    void *arg, struct host **ret)
{
	static const struct host_events events = {
		.on_ready = on_ready,
		.on_stream = on_stream,
		.on_proved = dial_on_proved,
		.on_closed = on_closed,
		.on_freed = host_peer_release,
		.on_circuit_dialled = dial_on_circuit,
		.on_addresses = on_addresses,
		.on_dialled = request_on_dialled,
	};
	struct host *host = xzalloc(sizeof(*host));
	int rc;

	host->base = config->base;
	host->identity = config->identity;
	host->self = config->self;
	host->limits = config->limits;
	host->events = &events;
	host->port = config->listen_port;
	host->agent =
	    xstrdup(config->agent_version != NULL ? config->agent_version : "");
	host->protocol_version = xstrdup(
	    config->protocol_version != NULL ? config->protocol_version : "");
	if (observer != NULL)
		host->observer = *observer;
	host->arg = arg;
	TAILQ_INIT(&host->services);
	TAILQ_INIT(&host->connections);
	TAILQ_INIT(&host->requests);
	TAILQ_INIT(&host->work_queue);
	host_identify_init(host);
	host_ping_init(host);
	host->book =
	    peer_book_new(host->limits.peers, host->limits.addresses_per_peer);
	host->input = xreallocarray(NULL, HOST_INPUT_SIZE, 1);
	host->work = xcheck(evtimer_new(host->base, host_on_work, host));
	rc = config->is_only_dialler ? 0 : start_listening(host);
	if (rc < 0) {
		host_free(host);
		return rc;
	}
	start_tick(host);
	*ret = host;
	return 0;
}

void
host_free(struct host *host)
{
	if (host == NULL)
		return;
	host->is_closing = true;
	host_stop_listening(host);
	interface_watch_free(host->watch);
	request_free_all(host);
	dial_free_all(host);
	punch_free_all(host);
	host_connections_free(host);
	request_free_all(host); /* made by callbacks of closing streams */
	dial_free_all(host);
	host_services_free(host);
	host_identify_free(host);
	if (host->tick != NULL)
		event_free(host->tick);
	event_free(host->work);
	peer_book_free(host->book);
	free(host->input);
	free(host->spare_output);
	free(host->agent);
	free(host->protocol_version);
	free(host);
}

uint16_t
host_port(const struct host *host)
{
	return host->port;
}

struct event_base *
host_base(const struct host *host)
{
	return host->base;
}

const struct peer_id *
host_self(const struct host *host)
{
	return &host->self;
}

void
host_serve(
    struct host *host, const char *protocol, host_stream_fn *serve, void *arg)
{
	host_service_add(host, protocol, serve, arg);
	host_identify_changed(host);
}

void
host_unserve(struct host *host, const char *protocol)
{
	host_service_remove(host, protocol);
	host_identify_changed(host);
}

void
host_clear_backoff(struct host *host, const struct peer_id *peer)
{
	peer_book_forgive(host->book, peer);
}
