/*
 * host_events: what the host and pubsub observe, as events on the bus. The
 * argument of both observers is struct goopd.
 */
#ifndef GOOPD_HOST_EVENTS_H
#define GOOPD_HOST_EVENTS_H

#include "common/libp2p/host/host.h"
#include "common/libp2p/pubsub/pubsub.h"

extern const struct host_observer goopd_host_observer;
extern const struct pubsub_observer goopd_pubsub_observer;

#endif
