/* bus_client: the sockets of all clients of a bus, for bus.c. */
#ifndef COMMON_BUS_BUS_CLIENT_H
#define COMMON_BUS_BUS_CLIENT_H

#include "common/bus/bus_internal.h"

int bus_clients_open(struct bus *); /* 0 or -errno */
void bus_clients_free(struct bus *);

#endif
