/*
 * ticket: the way to the bytes that goopd keeps for us: connect to its Unix
 * stream goopd.stream and show the ticket that came over the bus.
 */
#ifndef GOOP_VIEWERD_GOOPD_TICKET_H
#define GOOP_VIEWERD_GOOPD_TICKET_H

#include <stdbool.h>
#include <sys/un.h>

#include "proto/goopd_ops.h"

/* The address of a socket by its path. */
struct sockaddr_un ticket_address(const char *socket_path);

/*
 * The non-blocking socket from which to read, or -errno: goopd is not there.
 * wishes_ring: the wish for a shared ring goes in the same send.
 */
int ticket_show(
    const struct sockaddr_un *, struct octets ticket, bool wishes_ring);

#endif
