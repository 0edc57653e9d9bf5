/* discovery_handlers: what siblings ask (proto/discovery_ops.h). */
#ifndef GOOP_DISCOVERYD_DISCOVERY_HANDLERS_H
#define GOOP_DISCOVERYD_DISCOVERY_HANDLERS_H

#include "goop-discoveryd/discovery.h"

extern const struct bus_handler discovery_handlers[];

/* Answer the callers that wait for probes, if those are done or late. */
void discovery_run_probe_calls(struct discovery *, struct monotime now);
struct monotime discovery_probe_calls_deadline(const struct discovery *);

#endif
