/*
 * port_mapper: has the router pass the peer's port on, by a child process that
 * talks to routers and has no other right (mapper_child.h). goopd's side of it.
 */
#ifndef GOOPD_PORT_MAPPER_PORT_MAPPER_H
#define GOOPD_PORT_MAPPER_PORT_MAPPER_H

#include <event2/event.h>

#include "proto/reach_ops.h"

struct port_mapper;

/* Fork the child: before there are secrets in memory. 0 or -errno. */
int port_mapper_start(struct port_mapper **ret);

/* The child takes the mappings back by itself; at most MAPPER_END_MS are waited
 * for. NULL is fine. */
void port_mapper_free(struct port_mapper *);

/* state and rows as in struct reachability_report; borrowed. */
typedef void port_mapper_fn(
    const char *state, const struct reach_mapping *, size_t count, void *arg);

/* Map this port from now on; on_change comes from the loop. Without a child
 * that answers, the state is "none". */
void port_mapper_listen(struct port_mapper *, struct event_base *,
    uint16_t port, port_mapper_fn *on_change, void *arg);

#endif
