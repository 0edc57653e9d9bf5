#include "common/libp2p/pubsub/pubsub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub.h"
#include "common/libp2p/multiformats/uvarint.h"

COUNTER(pubsub_streams_stalled, "peers left: a pubsub RPC took too long");
COUNTER(pubsub_streams_malformed, "peers left: no pubsub frames");
COUNTER(pubsub_streams_large, "peers left: too many large pubsub RPCs");
COUNTER(pubsub_streams_slow, "pubsub streams reset: control did not fit");
COUNTER(pubsub_streams_lost, "pubsub streams to peers lost");

enum { PROTOCOL_COUNT = 3 };

/* One stream, in or out. It lives until the stream's on_close; without
 * peer_streams it is only waiting for that. */
struct pipe {
	struct peer_streams *streams;
	struct stream *stream;
	struct buffer partial; /* in: an RPC that is not whole yet */
	bool is_large;         /* in: counted in large_count */
	struct monotime since; /* in: of the partial RPC; out: opened */
};

/* A peer: one pipe each way. */
struct peer_streams {
	struct pubsub *pubsub;
	struct peer_id peer;
	struct pipe *in;
	struct pipe *out;
	struct host_request *opening;
	unsigned int losses;
	struct monotime reopen;
	UT_hash_handle hh;
};

struct pubsub {
	struct host *host;
	const struct pubsub_observer *observer;
	pubsub_sign_fn *sign;
	void *arg; /* for these two */
	struct gossipsub *router;
	struct event *heartbeat;
	struct peer_streams *peers;
	unsigned int large_count;
	size_t queued; /* by all peers; never too low */
};

/* Newest first. */
static const char *const protocols[PROTOCOL_COUNT] = {
	"/meshsub/1.1.0",
	"/meshsub/1.0.0",
	"/floodsub/1.0.0",
};
/* The level of each protocol. */
static const enum gossipsub_protocol levels[PROTOCOL_COUNT] = {
	GOSSIPSUB_V1_1,
	GOSSIPSUB_V1_0,
	GOSSIPSUB_FLOODSUB,
};

static struct peer_streams *
find_peer(const struct pubsub *pubsub, const struct peer_id *peer)
{
	struct peer_streams *streams;

	HASH_FIND(hh, pubsub->peers, peer, sizeof(*peer), streams);
	return streams;
}

static void
drain(struct pubsub *pubsub)
{
	const struct pubsub_observer *observer = pubsub->observer;
	struct gossipsub_event event;

	while (gossipsub_next_event(pubsub->router, &event)) {
		if (!gossipsub_has_joined(pubsub->router, event.topic))
			; /* left meanwhile, maybe by a callback */
		else if (event.type == GOSSIPSUB_DELIVERY)
			observer->on_message(pubsub, event.topic, &event.peer,
			    event.seqno, event.data, pubsub->arg);
		else if (observer->on_subscriber != NULL)
			observer->on_subscriber(pubsub, event.topic,
			    &event.peer, event.type == GOSSIPSUB_SUBSCRIBED,
			    pubsub->arg);
		gossipsub_event_fini(&event);
	}
}

/* --- receiving: frames, whole or in parts */

static struct pipe *
pipe_new(struct peer_streams *streams, struct stream *stream,
    const struct stream_handler *handler)
{
	struct pipe *pipe = xzalloc(sizeof(*pipe));

	pipe->streams = streams;
	pipe->stream = stream;
	pipe->since = monotime_now();
	/* A whole RPC, and what a read brings beyond it. */
	buffer_init(&pipe->partial, 2 * PUBSUB_RPC_MAX);
	stream_set_handler(stream, handler, pipe);
	return pipe;
}

/* Release its share of the limits. */
static void
pipe_release(struct pipe *pipe)
{
	if (pipe->is_large)
		pipe->streams->pubsub->large_count--;
	pipe->is_large = false;
	buffer_fini(&pipe->partial);
}

static void
pipe_abandon(struct pipe **pipe)
{
	if (*pipe == NULL)
		return;
	pipe_release(*pipe);
	(*pipe)->streams = NULL;
	stream_reset((*pipe)->stream);
	*pipe = NULL;
}

/* Nothing more can be read. Peers of go and js open no other stream after a
 * reset, and would be mute for ever: the connection ends, so that both sides
 * begin anew. */
static void
leave_peer(struct peer_streams *streams)
{
	pipe_abandon(&streams->in);
	host_disconnect(streams->pubsub->host, &streams->peer);
}

/* Feed all whole RPCs of bytes to the router; returns what is left of them.
 * *ret_failed: these are not frames. */
static struct bytes
receive_frames(struct pipe *pipe, struct bytes bytes, bool *ret_failed)
{
	struct pubsub *pubsub = pipe->streams->pubsub;
	struct monotime now = monotime_now();
	struct peer_id peer = pipe->streams->peer;
	struct bytes rpc;
	size_t len;
	int rc;

	*ret_failed = false;
	while (pipe->streams != NULL) {
		rc = uvarint_frame_decode(bytes, PUBSUB_RPC_MAX, &rpc, &len);
		if (rc != 0) {
			*ret_failed = rc < 0;
			break;
		}
		pipe->since = now;
		gossipsub_receive(pubsub->router, &peer, rpc, now);
		drain(pubsub); /* may abandon the pipe */
		bytes.data += len;
		bytes.len -= len;
	}
	return bytes;
}

/* Is there room for another RPC that is large and not whole? */
static bool
charge_partial(struct pipe *pipe)
{
	struct pubsub *pubsub = pipe->streams->pubsub;
	bool is_large = pipe->partial.len > PUBSUB_PARTIAL_SMALL;

	if (is_large == pipe->is_large)
		return true;
	if (is_large && pubsub->large_count == PUBSUB_PARTIAL_LARGE_MAX) {
		counter_add(&pubsub_streams_large, 1);
		return false;
	}
	pubsub->large_count += is_large ? 1u : -1u;
	pipe->is_large = is_large;
	return true;
}

/* Keep what is not whole; false if the stream has to go. */
static bool
receive_part(struct pipe *pipe, struct bytes part)
{
	struct bytes left;
	bool failed;

	if (pipe->partial.len == 0) {
		left = receive_frames(pipe, part, &failed);
		if (pipe->streams != NULL && !failed && left.len > 0)
			buffer_append(&pipe->partial, left);
	} else {
		buffer_append(&pipe->partial, part);
		left =
		    receive_frames(pipe, buffer_bytes(&pipe->partial), &failed);
		if (pipe->streams != NULL)
			buffer_consume(
			    &pipe->partial, pipe->partial.len - left.len);
	}
	if (pipe->streams == NULL)
		return true; /* abandoned already */
	if (failed)
		counter_add(&pubsub_streams_malformed, 1);
	return !failed && charge_partial(pipe);
}

static size_t
in_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct pipe *pipe = arg;
	struct bytes left = bytes, part;

	(void)stream;
	while (left.len > 0 && pipe->streams != NULL) {
		part = left;
		if (part.len > buffer_room(&pipe->partial))
			part.len = buffer_room(&pipe->partial);
		left.data += part.len;
		left.len -= part.len;
		if (!receive_part(pipe, part))
			leave_peer(pipe->streams);
	}
	return bytes.len;
}

static void
in_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct pipe *pipe = arg;

	(void)stream;
	(void)end;
	if (pipe->streams != NULL) {
		pipe_release(pipe);
		pipe->streams->in = NULL;
	}
	buffer_fini(&pipe->partial);
	free(pipe);
}

/*
 * The peer finished its stream, as js does before it disconnects: finish our
 * half. Otherwise we neither finish nor write: go would take either for a lost
 * peer.
 */
static void
in_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static const struct stream_handler in_handler = {
	.on_data = in_on_data,
	.on_end = in_on_end,
	.on_close = in_on_close,
};

/* --- sending: one stream to each peer, and its queue */

static void open_out(struct peer_streams *);

static void
schedule_reopen(struct peer_streams *streams, struct monotime now)
{
	int64_t delay = PUBSUB_REOPEN_MS;
	unsigned int i;

	for (i = 0; i < streams->losses && delay < PUBSUB_REOPEN_MAX_MS; i++)
		delay *= 2;
	streams->losses++;
	streams->reopen = monotime_add_ms(now, delay);
}

static void
out_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct pipe *pipe = arg;
	struct peer_streams *streams = pipe->streams;
	struct monotime now = monotime_now();

	(void)stream;
	if (streams != NULL) {
		counter_add(&pubsub_streams_lost, 1);
		if (monotime_since_ms(now, pipe->since) > PUBSUB_STEADY_MS)
			streams->losses = 0;
		streams->out = NULL;
		gossipsub_set_protocol(
		    streams->pubsub->router, &streams->peer, GOSSIPSUB_NONE);
		if (end != STREAM_LOST)
			schedule_reopen(streams, now);
		if (end == STREAM_REFUSED)
			streams->reopen = MONOTIME_NEVER; /* till identified */
		/* One connection is lost: another one may be there. */
		if (end == STREAM_LOST)
			open_out(streams);
	}
	free(pipe);
}

/* Peers send nothing on a stream that we opened. */
static const struct stream_handler out_handler = {
	.on_close = out_on_close,
};

static enum gossipsub_protocol
level_of(const char *protocol)
{
	size_t i;

	for (i = 0; i < PROTOCOL_COUNT - 1; i++)
		if (strcmp(protocol, protocols[i]) == 0)
			break;
	return levels[i];
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	struct peer_streams *streams = arg;

	(void)host;
	streams->opening = NULL;
	if (stream == NULL) {
		schedule_reopen(streams, monotime_now());
		if (error == -EPROTONOSUPPORT)
			streams->reopen = MONOTIME_NEVER; /* till identified */
		return;
	}
	streams->out = pipe_new(streams, stream, &out_handler);
	gossipsub_set_protocol(streams->pubsub->router, &streams->peer,
	    level_of(stream_protocol(stream)));
	drain(streams->pubsub);
}

static void
open_out(struct peer_streams *streams)
{
	struct host *host = streams->pubsub->host;

	if (streams->out != NULL || streams->opening != NULL ||
	    !host_is_unlimited(host, &streams->peer))
		return;
	streams->opening = host_open(host, &streams->peer, protocols,
	    PROTOCOL_COUNT, PUBSUB_OPEN_MS, on_opened, streams);
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

static void
count_queued(struct pubsub *pubsub)
{
	const struct peer_streams *streams;

	pubsub->queued = 0;
	for (streams = pubsub->peers; streams != NULL;
	     streams = streams->hh.next)
		if (streams->out != NULL)
			pubsub->queued += stream_unsent(streams->out->stream);
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
	count_queued(pubsub);
	return pubsub->queued + len <= PUBSUB_QUEUES_MAX;
}

static bool
send_frame(const struct peer_id *peer, struct bytes frame,
    enum gossipsub_urgency urgency, void *arg)
{
	struct pubsub *pubsub = arg;
	struct peer_streams *streams = find_peer(pubsub, peer);

	if (streams == NULL || streams->out == NULL)
		return false;
	if (has_room(pubsub, streams->out->stream, frame.len, urgency) &&
	    stream_write(streams->out->stream, frame) == 0) {
		pubsub->queued += frame.len;
		return true;
	}
	if (urgency == GOSSIPSUB_CONTROL) {
		/* Without it the two routers would disagree for good: start
		 * over. */
		counter_add(&pubsub_streams_slow, 1);
		stream_reset(streams->out->stream);
	}
	return false;
}

/* --- peers */

static int
on_sign(struct bytes message, uint8_t signature[64], void *arg)
{
	struct pubsub *pubsub = arg;

	return pubsub->sign(message, signature, pubsub->arg);
}

/* Did we dial the peer? The router trusts those a little more. */
static bool
is_outbound(const struct pubsub *pubsub, const struct peer_id *peer)
{
	struct host_peer_row row;

	return host_peer(pubsub->host, peer, &row) && !row.is_inbound;
}

/* Find or make; NULL if the router has no room. */
static struct peer_streams *
peer_get(struct pubsub *pubsub, const struct peer_id *peer)
{
	struct peer_streams *streams = find_peer(pubsub, peer);

	if (streams != NULL)
		return streams;
	if (gossipsub_add_peer(pubsub->router, peer, is_outbound(pubsub, peer),
		monotime_now()) != 0)
		return NULL;
	streams = xzalloc(sizeof(*streams));
	streams->pubsub = pubsub;
	streams->peer = *peer;
	HASH_ADD(hh, pubsub->peers, peer, sizeof(streams->peer), streams);
	return streams;
}

static void
peer_drop(struct peer_streams *streams)
{
	struct pubsub *pubsub = streams->pubsub;

	if (streams->opening != NULL)
		host_cancel(streams->opening);
	pipe_abandon(&streams->in);
	pipe_abandon(&streams->out);
	gossipsub_remove_peer(pubsub->router, &streams->peer);
	HASH_DEL(pubsub->peers, streams);
	free(streams);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	struct peer_streams *streams = peer_get(arg, stream_peer(stream));

	(void)host;
	if (streams == NULL) {
		stream_reset(stream);
		return;
	}
	pipe_abandon(&streams->in); /* the newer one counts, as in go and js */
	streams->in = pipe_new(streams, stream, &in_handler);
	open_out(streams);
}

void
pubsub_on_identified(struct pubsub *pubsub, const struct peer_id *peer)
{
	static const char js_agent[] = "js-libp2p";
	struct peer_streams *streams;
	size_t i = 0;

	while (i < PROTOCOL_COUNT &&
	       !host_peer_speaks(pubsub->host, peer, protocols[i]))
		i++;
	streams = i < PROTOCOL_COUNT ? peer_get(pubsub, peer)
				     : find_peer(pubsub, peer);
	if (streams == NULL)
		return;
	if (strncmp(host_peer_agent(pubsub->host, peer), js_agent,
		sizeof(js_agent) - 1) == 0)
		gossipsub_set_js(pubsub->router, peer);
	open_out(streams);
}

void
pubsub_on_disconnected(struct pubsub *pubsub, const struct peer_id *peer)
{
	struct peer_streams *streams = find_peer(pubsub, peer);

	if (streams == NULL)
		return;
	peer_drop(streams);
	drain(pubsub);
}

/* --- the service */

static void
peer_tick(struct peer_streams *streams, struct monotime now)
{
	struct pipe *in = streams->in;

	if (in != NULL && in->partial.len > 0 &&
	    monotime_since_ms(now, in->since) > PUBSUB_PARTIAL_MS) {
		counter_add(&pubsub_streams_stalled, 1);
		leave_peer(streams);
	}
	if (streams->out == NULL && monotime_reached(now, streams->reopen))
		open_out(streams);
}

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
	struct pubsub *pubsub = arg;
	struct monotime now = monotime_now();
	struct peer_streams *streams, *next;

	(void)fd;
	(void)what;
	count_queued(pubsub);
	HASH_ITER (hh, pubsub->peers, streams, next)
		peer_tick(streams, now);
	gossipsub_heartbeat(pubsub->router, now);
	drain(pubsub);
}

struct pubsub *
pubsub_new(struct host *host, const struct pubsub_observer *observer,
    pubsub_sign_fn *sign, void *arg)
{
	static const struct timeval period = {
		.tv_sec = GOSSIPSUB_HEARTBEAT_MS / 1000
	};
	struct pubsub *pubsub = xzalloc(sizeof(*pubsub));
	size_t i;

	pubsub->host = host;
	pubsub->observer = observer;
	pubsub->sign = sign;
	pubsub->arg = arg;
	pubsub->router = gossipsub_new(
	    &(struct gossipsub_config){
		.self = *host_self(host),
		/* Nanoseconds, as go: above those of earlier runs. */
		.first_seqno = (uint64_t)walltime_ms() * 1000000,
		.sign = on_sign,
		.send = send_frame,
		.arg = pubsub,
	    },
	    monotime_now());
	pubsub->heartbeat = xcheck(
	    event_new(host_base(host), -1, EV_PERSIST, on_heartbeat, pubsub));
	event_add(pubsub->heartbeat, &period);
	for (i = 0; i < PROTOCOL_COUNT; i++)
		host_serve(host, protocols[i], on_stream, pubsub);
	return pubsub;
}

void
pubsub_free(struct pubsub *pubsub)
{
	struct peer_streams *streams, *next;

	if (pubsub == NULL)
		return;
	event_free(pubsub->heartbeat);
	HASH_ITER (hh, pubsub->peers, streams, next)
		peer_drop(streams);
	gossipsub_free(pubsub->router);
	free(pubsub);
}

void
pubsub_join(struct pubsub *pubsub, const char *topic)
{
	if (gossipsub_join(pubsub->router, topic) != 0)
		bug("pubsub: cannot join \"%s\"", topic);
	drain(pubsub);
}

void
pubsub_leave(struct pubsub *pubsub, const char *topic)
{
	gossipsub_leave(pubsub->router, topic, monotime_now());
}

int
pubsub_publish(struct pubsub *pubsub, const char *topic, struct bytes data,
    size_t *ret_peers)
{
	size_t peers;
	int rc;

	rc = gossipsub_publish(
	    pubsub->router, topic, data, monotime_now(), &peers);
	if (rc == 0 && ret_peers != NULL)
		*ret_peers = peers;
	return rc;
}

const struct gossipsub *
pubsub_router(const struct pubsub *pubsub)
{
	return pubsub->router;
}
