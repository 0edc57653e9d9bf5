/*
 * Connections that may have died unnoticed: a peer that has moved to another
 * address, or a machine that was suspended, closes nothing. A suspect is
 * pinged at once and closed if it stays silent (yamux_doubt()); meanwhile it is
 * the last choice for new streams. So is one whose other side wants no more.
 */
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/libp2p/host/host_private.h"

bool
host_connection_is_suspect(const struct host_connection *connection)
{
	return connection->state == HOST_CONNECTION_READY &&
	       (connection_is_doubted(connection->machine) ||
		   !connection_is_willing(connection->machine));
}

static void
host_connection_suspect(struct host_connection *connection)
{
	if (connection->state != HOST_CONNECTION_READY)
		return;
	connection_doubt(connection->machine, monotime_now());
	host_connection_wake(connection);
}

void
host_suspect_others(const struct host_connection *proven)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &proven->peer->connections, of_peer)
		if (connection != proven)
			host_connection_suspect(connection);
}

void
host_suspect_elsewhere(struct host *host, const struct peer_id *id,
    const struct multiaddr *address)
{
	struct host_peer *peer = host_find_peer(host, id);
	struct host_connection *connection;

	if (peer == NULL)
		return;
	TAILQ_FOREACH (connection, &peer->connections, of_peer)
		if (address_is_same_family(&connection->address, address) &&
		    !address_is_same_ip(&connection->address, address))
			host_connection_suspect(connection);
}

void
host_suspect_all(struct host *host)
{
	struct host_connection *connection;

	TAILQ_FOREACH (connection, &host->connections, all)
		host_connection_suspect(connection);
}

size_t
host_connection_receive(struct host_connection *connection, struct bytes bytes)
{
	bool was_suspect = host_connection_is_suspect(connection);
	size_t used;

	used = connection_receive(connection->machine, bytes, monotime_now());
	if (was_suspect && connection->state == HOST_CONNECTION_READY &&
	    !host_connection_is_suspect(connection))
		dial_on_proved(connection);
	return used;
}

static void
host_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	if (monotime_since_ms(now, host->ticked) > HOST_SUSPEND_MS) {
		log_info("woken up: are the connections still there?");
		host_suspect_all(host);
	}
	host->ticked = now;
}

void
host_suspect_init(struct host *host)
{
	static const struct timeval period = { HOST_TICK_MS / 1000, 0 };

	host->ticked = monotime_now();
	host->tick = event_new(host->base, -1, EV_PERSIST, host_on_tick, host);
	if (host->tick == NULL)
		die("no memory for a timer");
	event_add(host->tick, &period);
}
