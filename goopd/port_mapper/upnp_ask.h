/* upnp_ask: one question to the router by UPnP, through libminiupnpc, from
 * discovery to the answer. Blocks. */
#ifndef GOOPD_PORT_MAPPER_UPNP_ASK_H
#define GOOPD_PORT_MAPPER_UPNP_ASK_H

#include "goopd/port_mapper/mapping.h"

enum {
	UPNP_SEARCH_MS = 1000,  /* for answers, of each kind of device */
	UPNP_LIFETIME_S = 3600, /* routers refuse longer ones */
};

/* ret is zeroed; the question has a network. */
void upnp_ask(const struct mapping_ask *, struct mapping_answer *ret);

#endif
