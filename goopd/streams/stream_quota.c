#include "goopd/streams/stream_quota.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"

COUNTER(streams_over_peer_limit, "inbound streams over a peer's share");
COUNTER(streams_over_limit, "inbound streams over a protocol's limit");
COUNTER(streams_expired, "inbound streams reset at their deadline");
COUNTER(streams_over_memory, "inbound streams over the memory limit");

static const struct stream_limits default_limits = {
	.per_peer = STREAMS_PER_PEER,
	.in_all = STREAMS_PER_PROTOCOL,
};

struct peer_usage { /* a peer with streams */
	struct peer_id peer;
	unsigned int streams;
	size_t bytes;
	UT_hash_handle hh;
};

struct stream_quota {
	struct event_base *base;
	const struct stream_limits *limits;
	struct peer_usage *usages;
	unsigned int streams;
	size_t bytes;
};

struct stream_quota *
stream_quota_new(struct event_base *base, const struct stream_limits *limits)
{
	struct stream_quota *quota = xzalloc(sizeof(*quota));

	quota->base = base;
	quota->limits = limits != NULL ? limits : &default_limits;
	return quota;
}

void
stream_quota_free(struct stream_quota *quota)
{
	if (quota == NULL)
		return;
	if (quota->streams > 0)
		bug("stream_quota: %u streams left", quota->streams);
	free(quota);
}

static struct peer_usage *
peer_usage_of(struct stream_quota *quota, const struct peer_id *peer)
{
	struct peer_usage *usage;

	HASH_FIND(hh, quota->usages, peer, sizeof(*peer), usage);
	if (usage != NULL)
		return usage;
	usage = xzalloc(sizeof(*usage));
	usage->peer = *peer;
	HASH_ADD(hh, quota->usages, peer, sizeof(usage->peer), usage);
	return usage;
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct stream_lease *lease = arg;

	(void)fd;
	(void)what;
	counter_add(&streams_expired, 1);
	stream_reset(lease->stream);
}

bool
stream_lease_init(struct stream_lease *lease, struct stream_quota *quota,
    struct stream *stream)
{
	struct peer_usage *usage;

	if (quota->streams >= quota->limits->in_all) {
		counter_add(&streams_over_limit, 1);
		return false;
	}
	usage = peer_usage_of(quota, stream_peer(stream));
	if (usage->streams >= quota->limits->per_peer) {
		counter_add(&streams_over_peer_limit, 1);
		return false;
	}
	usage->streams++;
	quota->streams++;
	lease->quota = quota;
	lease->stream = stream;
	lease->peer = usage->peer;
	lease->bytes = 0;
	evtimer_assign(&lease->deadline, quota->base, on_deadline, lease);
	return true;
}

void
stream_lease_expire(struct stream_lease *lease, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	evtimer_add(&lease->deadline, &wait);
}

void
stream_lease_keep(struct stream_lease *lease)
{
	evtimer_del(&lease->deadline);
}

bool
stream_lease_charge(struct stream_lease *lease, size_t bytes)
{
	struct stream_quota *quota = lease->quota;
	struct peer_usage *usage = peer_usage_of(quota, &lease->peer);

	if (bytes > quota->limits->bytes_in_all - quota->bytes ||
	    bytes > quota->limits->bytes_per_peer - usage->bytes) {
		counter_add(&streams_over_memory, 1);
		return false;
	}
	quota->bytes += bytes;
	usage->bytes += bytes;
	lease->bytes += bytes;
	return true;
}

void
stream_lease_discharge(struct stream_lease *lease, size_t bytes)
{
	struct peer_usage *usage = peer_usage_of(lease->quota, &lease->peer);

	lease->quota->bytes -= bytes;
	usage->bytes -= bytes;
	lease->bytes -= bytes;
}

void
stream_lease_fini(struct stream_lease *lease)
{
	struct peer_usage *usage = peer_usage_of(lease->quota, &lease->peer);

	stream_lease_discharge(lease, lease->bytes);
	evtimer_del(&lease->deadline);
	lease->quota->streams--;
	if (--usage->streams > 0)
		return;
	HASH_DEL(lease->quota->usages, usage);
	free(usage);
}
