#include "common/libp2p/host/host_service.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/xalloc.h"

COUNTER(pings_refused, "ping streams reset: the remote reads nothing");

enum { PING_UNSENT_MAX = 4096 };

static size_t
ping_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)arg;
	if (stream_unsent(stream) > PING_UNSENT_MAX) {
		counter_add(&pings_refused, 1);
		stream_reset(stream);
	} else {
		stream_write(stream, bytes);
	}
	return bytes.len;
}

static void
ping_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static void
on_ping(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = ping_on_data,
		.on_end = ping_on_end,
	};

	(void)host;
	(void)arg;
	stream_set_handler(stream, &handler, NULL);
}

struct host_service *
host_service_find(const struct host *host, const char *protocol)
{
	struct host_service *service;

	TAILQ_FOREACH (service, &host->services, entry)
		if (!strcmp(service->protocol, protocol))
			return service;
	return NULL;
}

bool
host_is_allowed_limited(const struct host *host, const char *protocol)
{
	size_t i;

	for (i = 0; i < host->limited_count; i++)
		if (!strcmp(host->limited[i], protocol))
			return true;
	return false;
}

void
host_allow_limited(struct host *host, const char *protocol)
{
	if (host_is_allowed_limited(host, protocol))
		return;
	if (host->limited_count == HOST_LIMITED_PROTOCOLS_MAX)
		bug("host: too many protocols for limited connections");
	host->limited[host->limited_count++] = protocol;
}

struct host_service *
host_service_add(struct host *host, const char *protocol,
    host_stream_fn *on_stream, void *arg)
{
	struct host_service *service = xzalloc(sizeof(*service));

	service->protocol = protocol;
	service->on_stream = on_stream;
	service->arg = arg;
	TAILQ_INSERT_TAIL(&host->services, service, entry);
	return service;
}

void
host_service_remove(struct host *host, const char *protocol)
{
	struct host_service *service = host_service_find(host, protocol);

	if (service == NULL)
		return;
	TAILQ_REMOVE(&host->services, service, entry);
	free(service);
}

void
host_ping_init(struct host *host)
{
	host_service_add(host, "/ipfs/ping/1.0.0", on_ping, NULL)->is_upkeep =
	    true;
}

void
host_services_free(struct host *host)
{
	struct host_service *service;

	while ((service = TAILQ_FIRST(&host->services)) != NULL) {
		TAILQ_REMOVE(&host->services, service, entry);
		free(service);
	}
}
