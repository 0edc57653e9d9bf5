/* The life of one TCP connection, from socket to streams to its end. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"

COUNTER(streams_over_protocol_limit, "inbound streams reset: too many of one "
				     "protocol from one peer");
COUNTER(links_to_self, "connections to ourselves");

static void
link_on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	link_read(arg);
}

void
link_arm_timer(struct link *link)
{
	const struct host_limits *limits = &link->host->limits;
	struct monotime now = monotime_now(), deadline;
	struct timeval wait;
	int64_t us;

	if (link->state == LINK_CONNECTING)
		deadline = monotime_add_ms(link->since, limits->connect_ms);
	else
		deadline = connection_deadline(link->connection);
	deadline = monotime_min(
	    deadline, monotime_add_ms(link->blocked_since, HOST_STALL_MS));
	if (deadline.us >= link->timer_at.us)
		return; /* looked at again when the armed one fires */
	link->timer_at = deadline;
	us = deadline.us > now.us ? deadline.us - now.us : 0;
	wait = (struct timeval){ us / 1000000, us % 1000000 };
	event_add(link->timer, &wait);
}

static void
link_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	link->timer_at = MONOTIME_NEVER;
	if (link->state == LINK_CONNECTING) {
		link_close(link, "connecting took too long");
		return;
	}
	if (monotime_reached(
		now, monotime_add_ms(link->blocked_since, HOST_STALL_MS))) {
		link_close(link, "the other side takes nothing");
		return;
	}
	connection_tick(link->connection, now);
	link_wake(link);
}

static void
link_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (link->state == LINK_CONNECTING) {
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		if (error != 0)
			link_close(link, strerror(error));
		else
			link_start(link);
		return;
	}
	link_wake(link);
}

struct link *
link_new(
    struct host *host, int fd, bool is_dialer, const struct multiaddr *address)
{
	struct link *link = xzalloc(sizeof(*link));

	link->host = host;
	link->fd = fd;
	link->is_dialer = is_dialer;
	link->address = *address;
	link->state = LINK_CONNECTING;
	link->since = monotime_now();
	link->timer_at = link->blocked_since = MONOTIME_NEVER;
	buffer_init(&link->held, HOST_INPUT_SIZE);
	link->readable = event_new(
	    host->base, fd, EV_READ | EV_PERSIST, link_on_readable, link);
	link->writable =
	    event_new(host->base, fd, EV_WRITE, link_on_writable, link);
	link->timer = evtimer_new(host->base, link_on_timer, link);
	if (link->readable == NULL || link->writable == NULL ||
	    link->timer == NULL)
		die("no memory for the events of a connection");
	TAILQ_INSERT_TAIL(&host->links, link, all);
	host->link_count++;
	if (!is_dialer)
		host->pending_inbound++;
	return link;
}

void
link_wait_connected(struct link *link)
{
	event_add(link->writable, NULL);
	link_arm_timer(link);
}

/* --- what the connection tells --- */

static void
link_on_ready(struct connection *connection, void *arg)
{
	struct link *link = arg;
	struct host *host = link->host;

	if (link->state != LINK_UPGRADING)
		return;
	if (peer_id_equal(connection_remote(connection), &host->self)) {
		counter_add(&links_to_self, 1);
		link_close(link, "it is ourselves");
		return;
	}
	if (!link->is_dialer)
		host->pending_inbound--;
	link->state = LINK_READY;
	link->since = monotime_now();
	if (!host_peer_attach(host, link)) {
		link_close(link, "too many connections to this peer");
		return;
	}
	host_suspect_others(link);
	host_identify_fetch(link);
	dial_on_ready(link);
	request_on_reachable(host, &link->peer->id);
}

static bool
link_speaks(const char *protocol, void *arg)
{
	const struct link *link = arg;

	return host_find_service(link->host, protocol) != NULL;
}

static void
link_on_stream(struct connection *connection, struct stream *stream, void *arg)
{
	struct link *link = arg;
	const char *protocol = stream_protocol(stream);
	struct service *service = host_find_service(link->host, protocol);
	const struct link *other;
	size_t count = 0;

	(void)connection;
	if (link->state != LINK_READY) {
		stream_reset(stream);
		return;
	}
	TAILQ_FOREACH (other, &link->peer->links, of_peer)
		count += connection_count_inbound(other->connection, protocol);
	if (count > link->host->limits.streams_per_protocol) {
		counter_add(&streams_over_protocol_limit, 1);
		stream_reset(stream);
		return;
	}
	link->is_used |= !service->is_upkeep;
	service->on_stream(link->host, stream, service->arg);
}

static void
link_on_output(struct connection *connection, void *arg)
{
	(void)connection;
	link_wake(arg);
}

static bool
is_within_machine(int fd)
{
	struct sockaddr_storage ours, theirs;
	socklen_t our_len = sizeof(ours), their_len = sizeof(theirs);
	struct multiaddr us, them;

	return getsockname(fd, (struct sockaddr *)&ours, &our_len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&theirs, &their_len) == 0 &&
	       multiaddr_of_sockaddr((struct sockaddr *)&ours, &us) == 0 &&
	       multiaddr_of_sockaddr((struct sockaddr *)&theirs, &them) == 0 &&
	       address_is_same_ip(&us, &them);
}

/* Within the machine there is no network to be careful with, and the default
 * may be BBR, which sets a timer for each packet: a third of what sending
 * costs. reno exists everywhere. */
static void
link_unpace(const struct link *link)
{
	static const char plain[] = "reno";

	if (is_within_machine(link->fd))
		setsockopt(link->fd, IPPROTO_TCP, TCP_CONGESTION, plain,
		    sizeof(plain) - 1);
}

void
link_start(struct link *link)
{
	static const struct connection_handler handler = {
		.on_ready = link_on_ready,
		.speaks = link_speaks,
		.on_stream = link_on_stream,
		.on_output = link_on_output,
	};
	const struct connection_config config = {
		.is_dialer = link->is_dialer,
		.identity = link->host->identity,
		.expected = link->expected.len > 0 ? &link->expected : NULL,
		.offers_muxer = true,
		.upgrade_ms = link->host->limits.upgrade_ms,
		.negotiate_ms = link->host->limits.negotiate_ms,
		.handler = &handler,
		.arg = link,
	};

	link_unpace(link);
	link->since = monotime_now();
	link->state = LINK_UPGRADING;
	link->connection = connection_new(&config, link->since);
	event_add(link->readable, NULL);
	link_arm_timer(link);
	link_wake(link);
}

/* --- work and end --- */

void
link_wake(struct link *link)
{
	if (link->in_work || link->host->is_closing)
		return;
	link->in_work = true;
	TAILQ_INSERT_TAIL(&link->host->work_links, link, work);
	host_wake(link->host);
}

void
link_close(struct link *link, const char *reason)
{
	enum link_state was = link->state;

	if (was == LINK_CLOSING)
		return;
	link->state = LINK_CLOSING;
	link->reason = reason;
	event_del(link->readable);
	event_del(link->writable);
	event_del(link->timer);
	if (!link->is_dialer && was != LINK_READY)
		link->host->pending_inbound--;
	host_peer_detach(link);
	dial_on_closed(link);
	link_wake(link);
}

static void
link_log_end(const struct link *link)
{
	char address[MULTIADDR_TEXT_SIZE];

	multiaddr_print(&link->address, address);
	log_debug("connection closed address=%s reason=\"%s\"", address,
	    link->reason);
}

void
link_work(struct link *link)
{
	if (link->state != LINK_CLOSING && link->state != LINK_CONNECTING) {
		connection_run(link->connection, monotime_now());
		link_flush(link);
	}
	if (link->state == LINK_CLOSING && !link->in_work)
		link_free(link);
}

void
link_free(struct link *link)
{
	struct host *host = link->host;
	struct host_peer *peer = link->peer;

	link_log_end(link);
	connection_free(link->connection);
	link_release_output(link);
	buffer_fini(&link->held);
	if (link->in_work)
		TAILQ_REMOVE(&host->work_links, link, work);
	TAILQ_REMOVE(&host->links, link, all);
	host->link_count--;
	event_free(link->readable);
	event_free(link->writable);
	event_free(link->timer);
	close(link->fd);
	free(link);
	if (peer != NULL)
		host_peer_gone(host, peer);
}
