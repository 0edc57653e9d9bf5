/* stream.h for the streams of yamux. */
#include "common/libp2p/stream/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/yamux/yamux_private.h"

void
stream_set_handler(
    struct stream *stream, const struct stream_handler *handler, void *arg)
{
	stream->handler = handler;
	stream->arg = arg;
	stream->wants_fill = handler->on_fill != NULL;
	stream_update_ready(stream);
	stream_resume(stream);
}

void
stream_set_prelude(
    struct stream *stream, const struct stream_prelude *prelude, void *arg)
{
	stream->prelude = prelude;
	stream->prelude_arg = arg;
	stream_update_ready(stream);
	stream_resume(stream);
}

int
stream_write(struct stream *stream, struct bytes bytes)
{
	int rc;

	if (stream->is_ended || stream->is_finishing)
		return -EPIPE;
	rc = buffer_append(&stream->push, bytes);
	if (rc == 0)
		stream_update_ready(stream);
	return rc;
}

size_t
stream_unsent(const struct stream *stream)
{
	return stream->push.len;
}

void
stream_wake(struct stream *stream)
{
	if (stream->is_ended || stream->fin_sent)
		return;
	stream->wants_fill = true;
	stream_update_ready(stream);
}

void
stream_finish(struct stream *stream)
{
	if (stream->is_ended)
		return;
	stream->is_finishing = true;
	stream_update_ready(stream);
}

void
stream_reset(struct stream *stream)
{
	stream_reset_as(stream, STREAM_ABORTED);
}

void
stream_resume(struct stream *stream)
{
	stream->is_paused = false;
	/* From inside on_data: when more has come. */
	if (!stream->is_ended && !stream->is_offering)
		stream_schedule(stream);
}

void
stream_agreed(struct stream *stream, const char *protocol)
{
	if (stream->is_inbound && stream->protocol == NULL && !stream->is_ended)
		stream->yamux->unnegotiated--;
	free(stream->protocol);
	stream->protocol = xstrdup(protocol);
}

const struct peer_id *
stream_peer(const struct stream *stream)
{
	return &stream->yamux->remote;
}

bool
stream_is_inbound(const struct stream *stream)
{
	return stream->is_inbound;
}

const char *
stream_protocol(const struct stream *stream)
{
	return stream->protocol != NULL ? stream->protocol : "";
}
