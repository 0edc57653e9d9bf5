/*
 * mdns_socket: one UDP socket on port 5353 for one interface and one family,
 * bound to the multicast group itself: it shares the port with Avahi and
 * others, and takes no unicast packet away from them. What it receives was sent
 * to the group on its interface, which is proof that the sender is on the
 * interface (RFC 6762 section 11).
 */
#ifndef GOOP_DISCOVERYD_MDNS_MDNS_SOCKET_H
#define GOOP_DISCOVERYD_MDNS_MDNS_SOCKET_H

#include "common/libp2p/mdns/mdns_packet.h"

enum { MDNS_SOCKET_NOTHING = 1 };

/* A socket, or -errno. */
int mdns_socket_open(sa_family_t family, unsigned int interface);

/*
 * The next packet into memory of MDNS_PACKET_IN_MAX bytes: 0,
 * MDNS_SOCKET_NOTHING, or -errno. A packet that is too large or of another
 * interface comes as one of no bytes.
 */
int mdns_socket_receive(int fd, unsigned int interface, uint8_t *memory,
    struct bytes *ret, struct mdns_address *ret_source);

/* Send to the group. 0 or -errno. */
int mdns_socket_send(
    int fd, sa_family_t family, unsigned int interface, struct bytes);

/* Send to one neighbour, on this interface and through no gateway: its address
 * may be forged. 0 or -errno. */
int mdns_socket_answer(int fd, unsigned int interface,
    const struct mdns_address *to, struct bytes);

#endif
