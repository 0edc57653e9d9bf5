/* bus_internal: the process's bus, for the sources of this folder. */
#ifndef COMMON_BUS_BUS_INTERNAL_H
#define COMMON_BUS_BUS_INTERNAL_H

#include <sys/queue.h>

#include "common/bus/bus.h"

struct bus {
	struct event_base *base;
	void *zmq;
	char *directory;
	enum op_caller self;
	bool is_held;
	unsigned int monitors; /* so far, to name them apart */
	LIST_HEAD(bus_servers, bus_server) servers;
	LIST_HEAD(bus_clients, bus_client) clients;
};

/* The address of a socket of the daemon called name: malloc'd. */
char *bus_address(const struct bus *, const char *name, const char *kind);

/* A program that asks, and the suffix of the endpoints it asks at. */
struct bus_caller {
	enum op_caller caller;
	const char *name;
	const char *suffix;
};
extern const struct bus_caller bus_callers[OP_CALLERS];
const struct bus_caller *bus_caller(enum op_caller);

#endif
