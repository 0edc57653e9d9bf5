/*
 * host_service: the protocols that a host serves; ping is one of them, which
 * sends back what it gets (libp2p ping specification).
 */
#ifndef COMMON_LIBP2P_HOST_HOST_SERVICE_H
#define COMMON_LIBP2P_HOST_HOST_SERVICE_H

#include "common/libp2p/host/host_private.h"

struct host_service {
	TAILQ_ENTRY(host_service) entry;
	const char *protocol; /* borrowed */
	host_stream_fn *on_stream;
	void *arg;
	bool is_upkeep; /* its streams do not count as use of a connection */
};

void host_ping_init(struct host *);
void host_services_free(struct host *);

struct host_service *host_service_add(
    struct host *, const char *protocol, host_stream_fn *, void *arg);
/* May it run over limited connections? */
bool host_is_allowed_limited(const struct host *, const char *protocol);

void host_service_remove(struct host *, const char *protocol);
struct host_service *host_service_find(
    const struct host *, const char *protocol);

#endif
