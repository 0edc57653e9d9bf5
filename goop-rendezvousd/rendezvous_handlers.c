#include "goop-rendezvousd/rendezvous_handlers.h"

#include "common/bus/daemon_bus.h"
#include "goop-rendezvousd/service/rendezvous_state.h"

const struct bus_handler rendezvous_handlers[] = BUS_HANDLERS(RENDEZVOUSD_OPS);

void
handle_peers_present(
    struct peers_present_call call, const struct peer_ids *asked, void *arg)
{
	const struct rendezvous *rendezvous =
	    ((struct daemon_context *)arg)->state;
	struct peer_ids present = { 0 };
	size_t i;

	for (i = 0; i < asked->peer_ids.count; i++)
		if (roster_find(rendezvous->roster, asked->peer_ids.items[i]) !=
		    NULL)
			strings_add(
			    &present.peer_ids, asked->peer_ids.items[i]);
	reply_peers_present(call, &present);
	strings_free(&present.peer_ids);
}
