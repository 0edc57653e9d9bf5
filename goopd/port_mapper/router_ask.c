#include "goopd/port_mapper/router_ask.h"

#include "goopd/port_mapper/natpmp_ask.h"
#include "goopd/port_mapper/network.h"
#include "goopd/port_mapper/pcp_ask.h"
#include "goopd/port_mapper/upnp_ask.h"

static void
ask_by(const struct mapping_ask *ask, struct mapping_answer *answer)
{
	*answer = (struct mapping_answer){ .verdict = MAPPING_UNSUPPORTED };
	if (ask->protocol == MAPPING_PCP)
		pcp_ask(ask, answer);
	else if (ask->protocol == MAPPING_NAT_PMP)
		natpmp_ask(ask, answer);
	else if (ask->protocol == MAPPING_UPNP)
		upnp_ask(ask, answer);
	answer->protocol = ask->protocol;
	answer->network = ask->network;
}

/* A mapping at a router that is itself behind another one is of no use. */
static void
refuse_double_nat(const struct mapping_ask *ask, struct mapping_answer *answer)
{
	struct mapping_ask undo = *ask;
	struct mapping_answer ignored;

	if (answer->verdict != MAPPING_GRANTED ||
	    mapping_address_is_public(&answer->external))
		return;
	undo.step = MAPPING_DELETE;
	undo.external_port = answer->external_port;
	ask_by(&undo, &ignored);
	answer->verdict = MAPPING_NO_PUBLIC_ADDRESS;
}

static void
search(struct mapping_ask *ask, struct mapping_answer *ret)
{
	struct mapping_answer best = { .verdict = MAPPING_NOT_ANSWERED,
		.network = ask->network },
			      answer;
	int protocol;

	ask->step = MAPPING_MAP;
	for (protocol = MAPPING_PCP; protocol < MAPPING_PROTOCOLS; protocol++) {
		if (ask->is_ipv6 && protocol == MAPPING_NAT_PMP)
			continue;
		ask->protocol = (enum mapping_protocol)protocol;
		ask_by(ask, &answer);
		refuse_double_nat(ask, &answer);
		if (answer.verdict == MAPPING_GRANTED) {
			best = answer;
			break;
		}
		if (answer.verdict > best.verdict)
			best = answer;
	}
	*ret = best;
}

/* A machine with a public IPv4 address needs no mapping. */
static bool
needs_router(bool is_ipv6, const struct mapping_network *network)
{
	return mapping_has(&network->gateway) && mapping_has(&network->own) &&
	       (is_ipv6 || !mapping_address_is_public(&network->own));
}

void
router_ask(const struct mapping_ask *wish, struct mapping_answer *ret)
{
	struct mapping_ask ask = *wish;

	if (ask.step != MAPPING_DELETE)
		network_find(ask.is_ipv6, &ask.network);
	if (!needs_router(ask.is_ipv6, &ask.network)) {
		*ret = (struct mapping_answer){ .verdict = MAPPING_NO_ROUTER,
			.network = ask.network };
	} else if (ask.step == MAPPING_DELETE ||
		   (ask.protocol != MAPPING_NO_PROTOCOL &&
		       mapping_network_equal(&ask.network, &wish->network))) {
		ask_by(&ask, ret);
		refuse_double_nat(&ask, ret);
	} else {
		ask.location[0] = '\0';
		ask.pinhole[0] = '\0';
		search(&ask, ret);
	}
}
