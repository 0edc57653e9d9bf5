#include "goopd/port_mapper/upnp_ask.h"

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/miniwget.h>
#include <miniupnpc/upnpcommands.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goopd/port_mapper/upnp_message.h"

#define DESCRIPTION "Goop2"

/* TEXT_SIZE: the library writes up to 128 bytes into what it answers. */
enum { TTL = 2, NUMBER_SIZE = 12, TEXT_SIZE = 128, HTTP_OK = 200 };

struct upnp {
	const struct mapping_ask *ask;
	struct mapping_answer *answer;
	struct in6_addr host; /* of the router */
	struct IGDdatas services;
	char control[MAPPING_LOCATION_SIZE];
	const char *type;
	char internal[NUMBER_SIZE];
	char own[INET6_ADDRSTRLEN];
};

/* --- the router and its description */

/*
 * Where the router answers. By IPv4 its address is that of the gateway, and so
 * is the host of the description, whatever that says. By IPv6 a router has
 * several addresses: one of our own prefix, so that we speak to it from the
 * address that the pinhole is for.
 */
static bool
find_host(struct upnp *upnp, const char *location)
{
	const struct mapping_network *network = &upnp->ask->network;

	if (!upnp->ask->is_ipv6) {
		upnp->host = network->gateway;
		return true;
	}
	return upnp_url_host(location, &upnp->host) &&
	       memcmp(&upnp->host, &network->own, sizeof(upnp->host) / 2) ==
		   0 &&
	       !mapping_address_equal(&upnp->host, &network->own);
}

static enum mapping_verdict
describe(struct upnp *upnp, const char *location)
{
	char url[MAPPING_LOCATION_SIZE], from[INET6_ADDRSTRLEN] = "";
	CLEANUP_FREE char *text = NULL;
	int size = 0, status = 0;

	if (!find_host(upnp, location) ||
	    upnp_url_at(&upnp->host, NULL, location, url) < 0)
		return MAPPING_MALFORMED;
	text = miniwget_getaddr(url, &size, from, sizeof(from),
	    upnp->ask->network.interface, &status);
	if (text == NULL) /* nothing, or something odd after its head */
		return status == 0 ? MAPPING_NOT_ANSWERED : MAPPING_MALFORMED;
	/* a redirect is not followed; another address of ours gets nothing */
	if (status != HTTP_OK || size < 0 ||
	    upnp_description_check(
		(struct bytes){ (const uint8_t *)text, (size_t)size }) < 0)
		return MAPPING_MALFORMED;
	if (strcmp(from, upnp->own) != 0)
		return MAPPING_FAILED;
	parserootdesc(text, size, &upnp->services);
	memcpy(upnp->answer->location, url, sizeof(url));
	return MAPPING_STANDS;
}

static enum mapping_verdict
discover(struct upnp *upnp)
{
	static const char *const kinds[] = {
		"urn:schemas-upnp-org:device:InternetGatewayDevice:2",
		"urn:schemas-upnp-org:device:InternetGatewayDevice:1",
		NULL,
	};
	enum mapping_verdict verdict = MAPPING_NOT_ANSWERED;
	struct UPNPDev *devices, *one;
	int error = 0;

	devices = upnpDiscoverDevices(kinds, UPNP_SEARCH_MS,
	    upnp->ask->is_ipv6 ? NULL : upnp->own, NULL, UPNP_LOCAL_PORT_ANY,
	    upnp->ask->is_ipv6, TTL, &error, 0);
	for (one = devices; one != NULL && verdict != MAPPING_STANDS;
	     one = one->pNext) {
		memset(&upnp->services, 0, sizeof(upnp->services));
		verdict = describe(upnp, one->descURL);
	}
	freeUPNPDevlist(devices);
	return verdict;
}

/* Find the router and read its description: where it was last time, else
 * where it says it is now. */
static enum mapping_verdict
find_router(struct upnp *upnp)
{
	enum mapping_verdict verdict = MAPPING_NOT_ANSWERED;

	if (upnp->ask->location[0] != '\0')
		verdict = describe(upnp, upnp->ask->location);
	if (verdict != MAPPING_STANDS && upnp->ask->step != MAPPING_DELETE)
		verdict = discover(upnp);
	return verdict;
}

/* --- services */

/* False if the description names none, or a bad address. */
static bool
use_service(struct upnp *upnp, const struct IGDdatas_service *service)
{
	const char *location = upnp->answer->location;
	char base[MAPPING_LOCATION_SIZE];

	if (service->servicetype[0] == '\0' ||
	    upnp_url_at(&upnp->host, location,
		upnp->services.urlbase[0] != '\0' ? upnp->services.urlbase
						  : location,
		base) < 0)
		return false;
	upnp->type = service->servicetype;
	return upnp_url_at(
		   &upnp->host, base, service->controlurl, upnp->control) == 0;
}

/* The outer address of this service; none: it has none, or is not connected. */
static void
ask_external(struct upnp *upnp, struct in6_addr *ret)
{
	char status[TEXT_SIZE] = "", last_error[TEXT_SIZE] = "",
	     address[TEXT_SIZE] = "";
	unsigned int uptime = 0;

	*ret = (struct in6_addr){ 0 };
	if (UPNP_GetStatusInfo(
		upnp->control, upnp->type, status, &uptime, last_error) == 0 &&
	    strcasecmp(status, "Connected") != 0 &&
	    strcasecmp(status, "Up") != 0)
		return;
	if (UPNP_GetExternalIPAddress(upnp->control, upnp->type, address) !=
		0 ||
	    strcmp(address, "0.0.0.0") == 0 ||
	    mapping_address_parse(address, ret) < 0)
		*ret = (struct in6_addr){ 0 };
}

/* Of several services the one with a public address. */
static enum mapping_verdict
choose_service(struct upnp *upnp)
{
	const struct IGDdatas_service *both[] = { &upnp->services.first,
		&upnp->services.second };
	bool has_service = false;
	struct in6_addr external;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		if (!use_service(upnp, both[i]))
			continue;
		has_service = true;
		ask_external(upnp, &external);
		if (mapping_has(&external))
			upnp->answer->external = external;
		if (mapping_address_is_public(&external))
			return MAPPING_STANDS;
	}
	return has_service ? MAPPING_NO_PUBLIC_ADDRESS : MAPPING_UNSUPPORTED;
}

/* --- IPv4: mappings */

/* Is the entry of this port ours? STANDS, CONFLICT: another's, LOST: there is
 * none, or what the router said. */
static enum mapping_verdict
look_up(struct upnp *upnp, uint16_t external_port)
{
	char client[TEXT_SIZE] = "", port[TEXT_SIZE] = "",
	     text[2 * TEXT_SIZE] = "", enabled[TEXT_SIZE] = "",
	     lease[TEXT_SIZE] = "", external[NUMBER_SIZE];
	int error;

	snprintf(external, sizeof(external), "%u", external_port);
	error = UPNP_GetSpecificPortMappingEntry(upnp->control, upnp->type,
	    external, "TCP", NULL, client, port, text, enabled, lease);
	if (error != 0)
		return upnp_verdict(error);
	if (strcmp(client, upnp->own) != 0 || strcmp(port, upnp->internal) != 0)
		return MAPPING_CONFLICT;
	return MAPPING_STANDS;
}

static int
add_mapping(struct upnp *upnp, const struct upnp_try *wanted)
{
	char external[NUMBER_SIZE], lease[NUMBER_SIZE];
	int error;

	snprintf(external, sizeof(external), "%u", wanted->external_port);
	snprintf(lease, sizeof(lease), "%u", wanted->lifetime_s);
	upnp->answer->external_port = wanted->external_port;
	upnp->answer->lifetime_s = wanted->lifetime_s;
	error = UPNP_AddPortMapping(upnp->control, upnp->type, external,
	    upnp->internal, upnp->own, DESCRIPTION, "TCP", NULL, lease);
	/* An entry that conflicts may be our own, of another run. */
	if (upnp_verdict(error) == MAPPING_CONFLICT &&
	    look_up(upnp, wanted->external_port) == MAPPING_STANDS)
		return 0;
	return error;
}

static enum mapping_verdict
map_port(struct upnp *upnp)
{
	struct upnp_try next = { .external_port = upnp->ask->external_port,
		.lifetime_s = UPNP_LIFETIME_S };
	enum mapping_verdict verdict;
	int error;

	do
		error = add_mapping(upnp, &next);
	while (error != 0 &&
	       upnp_try_next(&next, error, upnp->ask->internal_port));
	if (error != 0)
		return upnp_verdict(error);
	/* Some routers say yes and do nothing; some cannot be asked. */
	verdict = look_up(upnp, upnp->answer->external_port);
	return verdict == MAPPING_STANDS || verdict == MAPPING_UNSUPPORTED
		   ? MAPPING_GRANTED
		   : verdict;
}

static enum mapping_verdict
unmap_port(struct upnp *upnp)
{
	char external[NUMBER_SIZE];

	/* Never take back what another device has. */
	if (look_up(upnp, upnp->ask->external_port) != MAPPING_STANDS)
		return MAPPING_LOST;
	snprintf(external, sizeof(external), "%u", upnp->ask->external_port);
	return upnp_verdict(UPNP_DeletePortMapping(
	    upnp->control, upnp->type, external, "TCP", NULL));
}

static enum mapping_verdict
ask_ipv4(struct upnp *upnp)
{
	enum mapping_verdict verdict = choose_service(upnp);

	if (verdict != MAPPING_STANDS)
		return verdict;
	if (upnp->ask->step == MAPPING_MAP)
		return map_port(upnp);
	if (upnp->ask->step == MAPPING_DELETE)
		return unmap_port(upnp);
	return look_up(upnp, upnp->ask->external_port);
}

/* --- IPv6: pinholes (WANIPv6FirewallControl:1) */

/* A renewal is also the check whether it is still there. */
static enum mapping_verdict
make_pinhole(struct upnp *upnp)
{
	struct mapping_answer *answer = upnp->answer;
	char lease[NUMBER_SIZE], id[TEXT_SIZE] = "";
	int error = -1;

	snprintf(lease, sizeof(lease), "%d", UPNP_LIFETIME_S);
	snprintf(id, sizeof(id), "%s", upnp->ask->pinhole);
	if (id[0] != '\0')
		error =
		    UPNP_UpdatePinhole(upnp->control, upnp->type, id, lease);
	if (error != 0)
		error = UPNP_AddPinhole(upnp->control, upnp->type, "empty", "0",
		    upnp->own, upnp->internal, "6", lease, id);
	snprintf(answer->pinhole, sizeof(answer->pinhole), "%.*s",
	    MAPPING_PINHOLE_SIZE - 1, id);
	return upnp_verdict(error);
}

static enum mapping_verdict
ask_ipv6(struct upnp *upnp)
{
	int is_enabled = 0, is_allowed = 0, error;

	if (!use_service(upnp, &upnp->services.IPv6FC))
		return MAPPING_UNSUPPORTED;
	if (upnp->ask->step == MAPPING_DELETE)
		return upnp_verdict(UPNP_DeletePinhole(
		    upnp->control, upnp->type, upnp->ask->pinhole));
	error = UPNP_GetFirewallStatus(
	    upnp->control, upnp->type, &is_enabled, &is_allowed);
	if (error != 0)
		return upnp_verdict(error);
	upnp->answer->external = upnp->ask->network.own;
	upnp->answer->external_port = upnp->ask->internal_port;
	upnp->answer->lifetime_s = UPNP_LIFETIME_S;
	if (!is_enabled) /* nothing to make a hole in */
		return MAPPING_GRANTED;
	return is_allowed ? make_pinhole(upnp) : MAPPING_SWITCHED_OFF;
}

void
upnp_ask(const struct mapping_ask *ask, struct mapping_answer *ret)
{
	struct upnp upnp = { .ask = ask, .answer = ret };

	snprintf(
	    upnp.internal, sizeof(upnp.internal), "%u", ask->internal_port);
	mapping_address_print(&ask->network.own, upnp.own);
	ret->verdict = find_router(&upnp);
	if (ret->verdict == MAPPING_STANDS)
		ret->verdict = ask->is_ipv6 ? ask_ipv6(&upnp) : ask_ipv4(&upnp);
}
