/* What peers send: frames, whole or in parts. */
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/pubsub/pubsub_state.h"
#include "common/libp2p/multiformats/uvarint.h"

COUNTER(pubsub_streams_malformed, "pubsub streams reset: not frames");
COUNTER(pubsub_streams_large, "pubsub streams reset: too many large RPCs");

struct pubsub_pipe *
pubsub_pipe_new(struct pubsub_link *link, struct stream *stream,
    const struct stream_handler *handler)
{
	struct pubsub_pipe *pipe = xzalloc(sizeof(*pipe));

	pipe->link = link;
	pipe->stream = stream;
	pipe->since = monotime_now();
	/* A whole RPC, and what a read brings beyond it. */
	buffer_init(&pipe->partial, 2 * PUBSUB_RPC_MAX);
	stream_set_handler(stream, handler, pipe);
	return pipe;
}

/* Give back what it holds of shared limits. */
static void
pipe_release(struct pubsub_pipe *pipe)
{
	if (pipe->is_large)
		pipe->link->pubsub->large_count--;
	pipe->is_large = false;
	buffer_fini(&pipe->partial);
}

void
pubsub_pipe_abandon(struct pubsub_pipe **pipe)
{
	if (*pipe == NULL)
		return;
	pipe_release(*pipe);
	(*pipe)->link = NULL;
	stream_reset((*pipe)->stream);
	*pipe = NULL;
}

/* Feed all whole RPCs of bytes to the router; returns what is left of them.
 * *ret_failed: these are not frames. */
static struct bytes
receive_frames(struct pubsub_pipe *pipe, struct bytes bytes, bool *ret_failed)
{
	struct pubsub *pubsub = pipe->link->pubsub;
	struct monotime now = monotime_now();
	struct peer_id peer = pipe->link->peer;
	struct bytes rpc;
	size_t len;
	int rc;

	*ret_failed = false;
	while (pipe->link != NULL) {
		rc = uvarint_frame_decode(bytes, PUBSUB_RPC_MAX, &rpc, &len);
		if (rc != 0) {
			*ret_failed = rc < 0;
			break;
		}
		pipe->since = now;
		gossipsub_receive(pubsub->router, &peer, rpc, now);
		pubsub_drain(pubsub); /* may part with the pipe */
		bytes.data += len;
		bytes.len -= len;
	}
	return bytes;
}

/* Is there room for another RPC that is large and not whole? */
static bool
charge_partial(struct pubsub_pipe *pipe)
{
	struct pubsub *pubsub = pipe->link->pubsub;
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
receive_part(struct pubsub_pipe *pipe, struct bytes part)
{
	struct bytes left;
	bool failed;

	if (pipe->partial.len == 0) {
		left = receive_frames(pipe, part, &failed);
		if (pipe->link != NULL && !failed && left.len > 0)
			buffer_append(&pipe->partial, left);
	} else {
		buffer_append(&pipe->partial, part);
		left =
		    receive_frames(pipe, buffer_bytes(&pipe->partial), &failed);
		if (pipe->link != NULL)
			buffer_consume(
			    &pipe->partial, pipe->partial.len - left.len);
	}
	if (pipe->link == NULL)
		return true; /* parted with already */
	if (failed)
		counter_add(&pubsub_streams_malformed, 1);
	return !failed && charge_partial(pipe);
}

static size_t
in_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct pubsub_pipe *pipe = arg;
	struct bytes left = bytes, part;

	(void)stream;
	while (left.len > 0 && pipe->link != NULL) {
		part = left;
		if (part.len > buffer_room(&pipe->partial))
			part.len = buffer_room(&pipe->partial);
		left.data += part.len;
		left.len -= part.len;
		if (!receive_part(pipe, part))
			pubsub_pipe_abandon(&pipe->link->in);
	}
	return bytes.len;
}

static void
in_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct pubsub_pipe *pipe = arg;

	(void)stream;
	(void)end;
	if (pipe->link != NULL) {
		pipe_release(pipe);
		pipe->link->in = NULL;
	}
	buffer_fini(&pipe->partial);
	free(pipe);
}

/*
 * The peer is done with its stream, as js is before it hangs up: so are we.
 * Otherwise we never finish it, nor write: go would take either for our death.
 */
static void
in_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

const struct stream_handler pubsub_in_handler = {
	.on_data = in_on_data,
	.on_end = in_on_end,
	.on_close = in_on_close,
};
