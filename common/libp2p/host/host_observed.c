#include "common/libp2p/host/host_observed.h"

#include <string.h>

#include "common/libp2p/host/host_peer.h"

void
host_dial_from_port(struct host *host, const struct peer_id *peer)
{
	struct peer_id *list = host->from_port;

	if (host_dials_from_port(host, peer))
		return;
	if (host->from_port_count < HOST_FROM_PORT_MAX)
		host->from_port_count++;
	memmove(
	    &list[1], &list[0], (host->from_port_count - 1) * sizeof(list[0]));
	list[0] = *peer;
}

bool
host_dials_from_port(const struct host *host, const struct peer_id *peer)
{
	size_t i;

	for (i = 0; i < host->from_port_count; i++)
		if (peer_id_equal(&host->from_port[i], peer))
			return true;
	return false;
}

bool
host_observed(const struct host *host, const struct peer_id *id,
    struct host_observation *ret)
{
	const struct host_peer *peer = host_peer_find(host, id);
	const struct host_connection *connection;
	bool is_found = false;

	if (peer == NULL)
		return false;
	TAILQ_FOREACH (connection, &peer->connections, of_peer) {
		if (connection->observed.len == 0)
			continue;
		ret->address = connection->observed;
		ret->from = connection->address;
		ret->is_of_port =
		    !connection->is_dialer || connection->is_from_port;
		is_found = true;
		if (ret->is_of_port)
			break; /* it says more than others */
	}
	return is_found;
}
