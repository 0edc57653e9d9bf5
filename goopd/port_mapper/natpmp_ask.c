#include "goopd/port_mapper/natpmp_ask.h"

#include <natpmp.h>
#include <string.h>

#include "goopd/port_mapper/router_socket.h"

/* The sum of ROUTER_TRIES waits. */
enum { WAIT_MS = ROUTER_FIRST_WAIT_MS * ((1 << ROUTER_TRIES) - 1) };

static enum mapping_verdict
verdict_of(int error)
{
	switch (error) {
	case 0:
		return MAPPING_STANDS;
	case NATPMP_ERR_NOTAUTHORIZED:
		return MAPPING_SWITCHED_OFF;
	case NATPMP_ERR_NETWORKFAILURE:
		return MAPPING_NO_PUBLIC_ADDRESS;
	case NATPMP_ERR_OUTOFRESOURCES:
		return MAPPING_TABLE_FULL;
	case NATPMP_ERR_UNSUPPORTEDOPCODE:
	case NATPMP_ERR_UNSUPPORTEDVERSION:
		return MAPPING_UNSUPPORTED;
	case NATPMP_ERR_UNDEFINEDERROR:
		return MAPPING_FAILED;
	default:
		return MAPPING_NOT_ANSWERED;
	}
}

/* The library sends again by itself. 0 or its error. */
static int
receive(natpmp_t *natpmp, uint16_t type, struct mapping_answer *answer,
    natpmpresp_t *ret)
{
	struct monotime deadline = monotime_add_ms(monotime_now(), WAIT_MS);
	struct timeval wait;
	int rc = NATPMP_TRYAGAIN, n;

	for (n = 0; n < ROUTER_DATAGRAMS_MAX && rc == NATPMP_TRYAGAIN &&
		    !monotime_reached(monotime_now(), deadline) &&
		    getnatpmprequesttimeout(natpmp, &wait) == 0;
	     n++) {
		(void)router_socket_wait(natpmp->s,
		    monotime_min(deadline,
			monotime_add_ms(monotime_now(),
			    wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1)));
		rc = readnatpmpresponseorretry(natpmp, ret);
	}
	if (rc == 0 && ret->type != type)
		rc = NATPMP_ERR_UNDEFINEDERROR;
	if (rc == 0) {
		answer->has_epoch = true;
		answer->epoch_s = ret->epoch;
	}
	return rc;
}

static int
ask_address(natpmp_t *natpmp, struct mapping_answer *answer)
{
	natpmpresp_t response = { 0 };
	struct sockaddr_storage address = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (void *)&address;
	int rc;

	sendpublicaddressrequest(natpmp);
	rc = receive(natpmp, NATPMP_RESPTYPE_PUBLICADDRESS, answer, &response);
	v4->sin_addr = response.pnu.publicaddress.addr;
	if (rc == 0 && v4->sin_addr.s_addr != 0)
		mapping_address_of(&address, &answer->external);
	return rc;
}

static enum mapping_verdict
ask_mapping(natpmp_t *natpmp, const struct mapping_ask *ask,
    struct mapping_answer *answer)
{
	bool is_delete = ask->step == MAPPING_DELETE;
	natpmpresp_t response = { 0 };
	int rc;

	sendnewportmappingrequest(natpmp, NATPMP_PROTOCOL_TCP,
	    ask->internal_port, is_delete ? 0 : ask->external_port,
	    is_delete ? 0 : MAPPING_LIFETIME_S);
	rc = receive(natpmp, NATPMP_RESPTYPE_TCPPORTMAPPING, answer, &response);
	if (rc != 0)
		return verdict_of(rc);
	answer->external_port = response.pnu.newportmapping.mappedpublicport;
	answer->lifetime_s = response.pnu.newportmapping.lifetime;
	if (response.pnu.newportmapping.privateport != ask->internal_port ||
	    (!is_delete &&
		(answer->external_port == 0 || answer->lifetime_s == 0)))
		return MAPPING_MALFORMED;
	return MAPPING_GRANTED;
}

void
natpmp_ask(const struct mapping_ask *ask, struct mapping_answer *ret)
{
	natpmp_t natpmp;
	in_addr_t gateway;
	int rc = 0;

	ret->verdict = MAPPING_NOT_ANSWERED;
	memcpy(&gateway, ask->network.gateway.s6_addr + 12, sizeof(gateway));
	if (initnatpmp(&natpmp, 1, gateway) != 0)
		return;
	if (ask->step != MAPPING_DELETE)
		rc = ask_address(&natpmp, ret);
	ret->verdict = verdict_of(rc);
	if (rc == 0 && ask->step != MAPPING_CHECK)
		ret->verdict = ask_mapping(&natpmp, ask, ret);
	closenatpmp(&natpmp);
}
