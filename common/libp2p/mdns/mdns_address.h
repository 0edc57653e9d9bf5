/* mdns_address: IP addresses with ports as mDNS packets hold them. Pure. */
#ifndef COMMON_LIBP2P_MDNS_MDNS_ADDRESS_H
#define COMMON_LIBP2P_MDNS_MDNS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MDNS_ADDRESS_TEXT_SIZE = 96 };

/* An IP address with a TCP port; also, without port, of an interface. */
struct mdns_address {
	sa_family_t family; /* AF_INET, AF_INET6 */
	uint16_t port;      /* host byte order */
	uint8_t ip[16];     /* four bytes used by AF_INET, the rest zero */
};

bool mdns_address_equal(
    const struct mdns_address *, const struct mdns_address *);
/* From AF_INET or AF_INET6; v4-mapped becomes AF_INET. False: neither. */
bool mdns_address_of_sockaddr(
    const struct sockaddr *, struct mdns_address *ret);
bool mdns_address_is_loopback(const struct mdns_address *);
bool mdns_address_is_link_local(const struct mdns_address *); /* IPv6 only */
/* Not multicast, unspecified or broadcast, and with a port. */
bool mdns_address_is_dialable(const struct mdns_address *);
/* As a multiaddr; with zone (an interface's index, 0: none) if it is
 * link-local. A number, since the reader may be unable to look up names. */
void mdns_address_print(const struct mdns_address *, unsigned int zone,
    char text[MDNS_ADDRESS_TEXT_SIZE]);

#endif
