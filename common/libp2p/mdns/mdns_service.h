/* mdns_service: the names behind struct mdns_service, for mdns_*.c alone. */
#ifndef COMMON_LIBP2P_MDNS_MDNS_SERVICE_H
#define COMMON_LIBP2P_MDNS_MDNS_SERVICE_H

#include <ldns/ldns.h>

#include "common/libp2p/mdns/mdns_packet.h"

/* Every TXT string that tells an address starts so (libp2p mdns specification,
 * "Response"). */
#define MDNS_TXT_PREFIX "dnsaddr="

struct mdns_service {
	ldns_rdf *name; /* goop-mdns.local. */
	ldns_rdf *meta; /* _services._dns-sd._udp.local. (RFC 6763 section 9) */
	ldns_rdf *local; /* local. */
};

#endif
