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
link_is_suspect(const struct link *link)
{
	return link->state == LINK_READY &&
	       (connection_is_doubted(link->connection) ||
		   !connection_is_willing(link->connection));
}

static void
link_suspect(struct link *link)
{
	if (link->state != LINK_READY)
		return;
	connection_doubt(link->connection, monotime_now());
	link_wake(link);
}

void
host_suspect_others(const struct link *proven)
{
	struct link *link;

	TAILQ_FOREACH (link, &proven->peer->links, of_peer)
		if (link != proven)
			link_suspect(link);
}

void
host_suspect_elsewhere(struct host *host, const struct peer_id *id,
    const struct multiaddr *address)
{
	struct host_peer *peer = host_find_peer(host, id);
	struct link *link;

	if (peer == NULL)
		return;
	TAILQ_FOREACH (link, &peer->links, of_peer)
		if (address_is_same_family(&link->address, address) &&
		    !address_is_same_ip(&link->address, address))
			link_suspect(link);
}

void
host_suspect_all(struct host *host)
{
	struct link *link;

	TAILQ_FOREACH (link, &host->links, all)
		link_suspect(link);
}

size_t
link_receive(struct link *link, struct bytes bytes)
{
	bool was_suspect = link_is_suspect(link);
	size_t used;

	used = connection_receive(link->connection, bytes, monotime_now());
	if (was_suspect && link->state == LINK_READY && !link_is_suspect(link))
		dial_on_proved(link);
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
