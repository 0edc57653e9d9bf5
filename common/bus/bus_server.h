/* bus_server: the sockets of all servers of a bus, for bus.c. */
#ifndef COMMON_BUS_BUS_SERVER_H
#define COMMON_BUS_BUS_SERVER_H

#include "common/bus/bus_internal.h"

int bus_servers_open(struct bus *); /* 0 or -errno */
void bus_servers_free(struct bus *);

#endif
