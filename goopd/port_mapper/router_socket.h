/* router_socket: UDP to the router, which hears nothing but the router. */
#ifndef GOOPD_PORT_MAPPER_ROUTER_SOCKET_H
#define GOOPD_PORT_MAPPER_ROUTER_SOCKET_H

#include "common/base/monotime.h"
#include "goopd/port_mapper/mapping.h"

/* A router on the LAN answers in milliseconds; the first wait is doubled with
 * each try. */
enum {
	ROUTER_FIRST_WAIT_MS = 250,
	ROUTER_TRIES = 3,
	ROUTER_DATAGRAMS_MAX = 16
};

/* A socket from the own address, if it is known, to that port of the gateway:
 * the kernel passes on only what comes from there. The descriptor or -errno. */
int router_socket_open(const struct mapping_network *, uint16_t port);

/* Is there something to read before the deadline? */
bool router_socket_wait(int fd, struct monotime deadline);

#endif
