/* What we send: one stream to each peer, and what waits for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/libp2p/pubsub/pubsub_state.h"

COUNTER(pubsub_streams_slow, "pubsub streams reset: control did not fit");
COUNTER(pubsub_streams_lost, "pubsub streams to peers lost");

const char *const pubsub_protocols[PUBSUB_PROTOCOL_COUNT] = {
	"/meshsub/1.1.0",
	"/meshsub/1.0.0",
	"/floodsub/1.0.0",
};
/* What each of them makes of a peer. */
static const enum gossipsub_protocol levels[PUBSUB_PROTOCOL_COUNT] = {
	GOSSIPSUB_V1_1,
	GOSSIPSUB_V1_0,
	GOSSIPSUB_FLOODSUB,
};
static void
schedule_reopen(struct pubsub_link *link, struct monotime now)
{
	int64_t delay = PUBSUB_REOPEN_MS;
	unsigned int i;

	for (i = 0; i < link->losses && delay < PUBSUB_REOPEN_MAX_MS; i++)
		delay *= 2;
	link->losses++;
	link->reopen = monotime_add_ms(now, delay);
}

static void
out_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct pubsub_pipe *pipe = arg;
	struct pubsub_link *link = pipe->link;
	struct monotime now = monotime_now();

	(void)stream;
	if (link != NULL) {
		counter_add(&pubsub_streams_lost, 1);
		if (monotime_since_ms(now, pipe->since) > PUBSUB_STEADY_MS)
			link->losses = 0;
		link->out = NULL;
		gossipsub_set_protocol(
		    link->pubsub->router, &link->peer, GOSSIPSUB_NONE);
		if (end != STREAM_LOST)
			schedule_reopen(link, now);
		if (end == STREAM_REFUSED)
			link->reopen = MONOTIME_NEVER; /* till identified */
		/* One connection is lost: another one may be there. */
		if (end == STREAM_LOST)
			pubsub_link_open(link);
	}
	free(pipe);
}

/* Nothing is ever said to us on a stream that we opened. */
static const struct stream_handler out_handler = {
	.on_close = out_on_close,
};

static enum gossipsub_protocol
level_of(const char *protocol)
{
	size_t i;

	for (i = 0; i < PUBSUB_PROTOCOL_COUNT - 1; i++)
		if (strcmp(protocol, pubsub_protocols[i]) == 0)
			break;
	return levels[i];
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	struct pubsub_link *link = arg;

	(void)host;
	link->opening = NULL;
	if (stream == NULL) {
		schedule_reopen(link, monotime_now());
		if (error == -EPROTONOSUPPORT)
			link->reopen = MONOTIME_NEVER; /* till identified */
		return;
	}
	link->out = pubsub_pipe_new(link, stream, &out_handler);
	gossipsub_set_protocol(link->pubsub->router, &link->peer,
	    level_of(stream_protocol(stream)));
	pubsub_drain(link->pubsub);
}

void
pubsub_link_open(struct pubsub_link *link)
{
	struct host *host = link->pubsub->host;

	if (link->out != NULL || link->opening != NULL ||
	    !host_is_connected(host, &link->peer))
		return;
	link->opening = host_open(host, &link->peer, pubsub_protocols,
	    PUBSUB_PROTOCOL_COUNT, PUBSUB_OPEN_MS, on_opened, link);
}

static size_t
queue_max(enum gossipsub_urgency urgency)
{
	switch (urgency) {
	case GOSSIPSUB_CONTROL:
		return PUBSUB_QUEUE_CONTROL_MAX;
	case GOSSIPSUB_MESSAGE:
		return PUBSUB_QUEUE_MESSAGE_MAX;
	case GOSSIPSUB_GOSSIP:
		break;
	}
	return PUBSUB_QUEUE_GOSSIP_MAX;
}

void
pubsub_count_queued(struct pubsub *pubsub)
{
	const struct pubsub_link *link;

	pubsub->queued = 0;
	for (link = pubsub->links; link != NULL; link = link->hh.next)
		if (link->out != NULL)
			pubsub->queued += stream_unsent(link->out->stream);
}

static bool
has_room(struct pubsub *pubsub, struct stream *stream, size_t len,
    enum gossipsub_urgency urgency)
{
	if (stream_unsent(stream) + len > queue_max(urgency))
		return false;
	if (urgency == GOSSIPSUB_CONTROL ||
	    pubsub->queued + len <= PUBSUB_QUEUES_MAX)
		return true;
	pubsub_count_queued(pubsub);
	return pubsub->queued + len <= PUBSUB_QUEUES_MAX;
}

bool
pubsub_send(const struct peer_id *peer, struct bytes frame,
    enum gossipsub_urgency urgency, void *arg)
{
	struct pubsub *pubsub = arg;
	struct pubsub_link *link = pubsub_link_find(pubsub, peer);

	if (link == NULL || link->out == NULL)
		return false;
	if (has_room(pubsub, link->out->stream, frame.len, urgency) &&
	    stream_write(link->out->stream, frame) == 0) {
		pubsub->queued += frame.len;
		return true;
	}
	if (urgency == GOSSIPSUB_CONTROL) {
		/* Without it we would disagree for good: start afresh. */
		counter_add(&pubsub_streams_slow, 1);
		stream_reset(link->out->stream);
	}
	return false;
}
