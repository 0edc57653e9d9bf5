#include "common/libp2p/host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"

const struct host_limits host_default_limits = {
	.connections = 256,
	.connections_per_peer = 4,
	.connections_per_ip = 8,
	.pending_inbound = 32,
	.dials = 64,
	.dials_per_peer = 4,
	.upgrade_ms = 10000,
	.negotiate_ms = 10000,
	.idle_ms = 10000,
	.connect_ms = 5000,
	.peers = 1024,
	.addresses_per_peer = 32,
	.streams_per_protocol = 64,
};

/* Everything that callbacks have set off. What is set off meanwhile waits for
 * the next turn, so that the loop serves the others in between. */
static void
host_on_work(evutil_socket_t fd, short what, void *arg)
{
	struct host_connection_list connections;
	struct host *host = arg;
	struct host_connection *connection;

	(void)fd;
	(void)what;
	request_work(host);
	TAILQ_INIT(&connections);
	TAILQ_CONCAT(&connections, &host->work_queue, work);
	while ((connection = TAILQ_FIRST(&connections)) != NULL) {
		TAILQ_REMOVE(&connections, connection, work);
		connection->in_work = false;
		host_connection_work(connection);
	}
}

void
host_wake(struct host *host)
{
	/* A timer, not event_active(): that would come before the loop looks
	 * at the sockets of the others. */
	static const struct timeval at_once = { 0, 0 };

	if (!host->is_closing && !event_pending(host->work, EV_TIMEOUT, NULL))
		event_add(host->work, &at_once);
}

int
host_new(const struct host_config *config, const struct host_observer *observer,
    void *arg, struct host **ret)
{
	struct host *host = xzalloc(sizeof(*host));
	int rc;

	host->base = config->base;
	host->identity = config->identity;
	host->self = config->self;
	host->limits = config->limits;
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
	host->book =
	    peer_book_new(host->limits.peers, host->limits.addresses_per_peer);
	host->input = xreallocarray(NULL, HOST_INPUT_SIZE, 1);
	host->work = evtimer_new(host->base, host_on_work, host);
	rc = host->work != NULL ? host_listen(host) : -ENOMEM;
	if (rc < 0) {
		host_free(host);
		return rc;
	}
	rc = interface_watch_new(
	    host->base, host_addresses_on_change, host, &host->watch);
	if (rc < 0)
		log_warn("interfaces are not watched: %s", strerror(-rc));
	host_addresses_read(host);
	host_identify_init(host);
	host_ping_init(host);
	host_suspect_init(host);
	*ret = host;
	return 0;
}

void
host_free(struct host *host)
{
	struct service *service;
	struct host_connection *connection;

	if (host == NULL)
		return;
	host->is_closing = true;
	host_stop_listening(host);
	interface_watch_free(host->watch);
	request_free_all(host);
	dial_free_all(host);
	while ((connection = TAILQ_FIRST(&host->connections)) != NULL) {
		host_connection_close(connection, "the host closes");
		host_connection_free(connection);
	}
	request_free_all(host); /* made by callbacks of closing streams */
	dial_free_all(host);
	while ((service = TAILQ_FIRST(&host->services)) != NULL) {
		TAILQ_REMOVE(&host->services, service, entry);
		free(service);
	}
	if (host->push_timer != NULL)
		event_free(host->push_timer);
	if (host->tick != NULL)
		event_free(host->tick);
	if (host->work != NULL)
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

struct service *
host_find_service(const struct host *host, const char *protocol)
{
	struct service *service;

	TAILQ_FOREACH (service, &host->services, entry)
		if (!strcmp(service->protocol, protocol))
			return service;
	return NULL;
}

struct service *
host_add_service(struct host *host, const char *protocol,
    host_stream_fn *on_stream, void *arg)
{
	struct service *service = xzalloc(sizeof(*service));

	service->protocol = protocol;
	service->on_stream = on_stream;
	service->arg = arg;
	TAILQ_INSERT_TAIL(&host->services, service, entry);
	host_identify_changed(host);
	return service;
}

void
host_serve(struct host *host, const char *protocol, host_stream_fn *on_stream,
    void *arg)
{
	host_add_service(host, protocol, on_stream, arg);
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
		host_suspect_elsewhere(host, peer, &plain);
	request_on_reachable(host, peer);
}

void
host_clear_backoff(struct host *host, const struct peer_id *peer)
{
	peer_book_forgive(host->book, peer);
}
